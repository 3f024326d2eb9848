"""The website chat against the whole bot: nothing lost, nothing doubled, nobody else's, and no bad input hurts."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession, WSServerHandshakeError

from tests.clock import FakeClock
from tests.web.website_house import SHOP, Frame, Open, Visitor, WebsiteHouse, Window, message, opened

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc0000003010100c9fe92ef"
    "0000000049454e44ae426082"
)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"\x00" * 20
FOREIGN = ("https://evil.example", "null", "", "http://127.0.0.1", "http://127.0.0.1.evil.example", "file://")


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def house(tmp_path: Path) -> AsyncIterator[WebsiteHouse]:
    """A fresh bot."""
    async with opened(tmp_path) as one:
        yield one


@pytest_asyncio.fixture(loop_scope="module")
async def lan(house: WebsiteHouse) -> Visitor:
    return await house.visitor()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WebsiteHouse]:
    """One bot for the tables of bad input: it must outlive them all."""
    async with opened(tmp_path_factory.mktemp("busy")) as one:
        yield one


@pytest_asyncio.fixture(loop_scope="module")
async def busy(running: WebsiteHouse) -> WebsiteHouse:
    assert isinstance(running.clock, FakeClock)
    running.clock.forward(minutes=2)  # the limits of the last test are over
    return running


@pytest_asyncio.fixture(loop_scope="module")
async def huy(busy: WebsiteHouse) -> Visitor:
    return await busy.visitor()


async def asks(window: Window, text: str = "Cửa hàng mở cửa mấy giờ?") -> Frame:
    """Ask, and return the answer's line."""
    await window.say(message(text))
    return await window.until("line", **{"from": "bot"})


async def calls_a_person(house: WebsiteHouse, lan: Visitor, window: Window) -> None:
    await window.say(message("gặp nhân viên"))
    await window.until("line", **{"from": "bot"})
    await house.until(lambda: len(window.frames) > 1, "an answer")


# --- Saying and hearing -------------------------------------------------------------------------------------------


async def test_a_first_visit_is_ready_and_empty(house: WebsiteHouse, lan: Visitor) -> None:
    window = await lan.opens()
    assert window.frames == [{"t": "ready", "cursor": 0, "first_visit": True}]
    assert await house.count("SELECT count(*) FROM conversations") == 0


async def test_a_question_is_acknowledged_shown_and_answered_in_order(huy: Visitor) -> None:
    window = await huy.opens()
    sent = message("Cửa hàng mở cửa mấy giờ?")
    await window.say(sent)
    answer = await window.until("line", **{"from": "bot"})
    assert {"t": "ack", "id": sent["id"]} in window.frames
    own, _ = window.lines()
    assert (own["seq"], own["id"], own["from"]) == (1, sent["id"], "you")
    assert (answer["seq"], answer["recalled"]) == (2, False)
    assert "8 giờ 30" in answer["text"]
    assert answer["choices"][:2] == ["👍 Được rồi", "👎 Chưa đúng ý"]
    assert answer["chosen"] is None


async def test_an_acknowledgement_comes_only_after_the_commit(house: WebsiteHouse, lan: Visitor) -> None:
    window = await lan.opens()
    go_on = threading.Event()

    async def hold(db: Any) -> None:
        go_on.wait(10)  # the writer's own thread: nothing can be committed meanwhile

    held = asyncio.create_task(house.app.engine.write(hold))
    await window.say(message("chờ chút"))
    await window.silent()
    assert await house.count("SELECT count(*) FROM events") == 0
    go_on.set()
    await held
    await window.until("ack")
    assert await house.count("SELECT count(*) FROM events") == 1


async def test_the_same_message_twice_is_one_line(house: WebsiteHouse, lan: Visitor) -> None:
    window, other = await lan.opens(), await lan.opens()
    sent = message("Cửa hàng mở cửa mấy giờ?", id="m-1")
    await window.say(sent)
    await window.until("line", **{"from": "bot"})
    await window.say(sent)
    await window.until("ack", id="m-1")
    await other.say(sent)
    await other.until("ack", id="m-1")
    assert (await lan.sends(sent)) == {"t": "ack", "id": "m-1"}
    await window.silent()
    assert [line.author for line in await lan.kept()] == ["customer", "bot"]


async def test_a_hundred_repeats_at_once_are_one_line(house: WebsiteHouse, lan: Visitor) -> None:
    window = await lan.opens()
    await asyncio.gather(*(window.say(message("chào shop", id="m-1")) for _ in range(40)))
    for _ in range(40):
        await window.until("ack", id="m-1")
    assert [line.author for line in await lan.kept()] == ["customer", "bot"]


async def test_every_tab_of_a_visitor_sees_everything_once(huy: Visitor) -> None:
    first, second = await huy.opens(), await huy.opens()
    await asks(first)
    await second.until("line", **{"from": "bot"})
    assert [line["seq"] for line in second.lines()] == [1, 2]
    assert first.texts() == second.texts()


async def test_a_return_replays_only_what_was_missed(huy: Visitor) -> None:
    window = await huy.opens()
    await asks(window)
    await window.socket.close()
    back = await huy.opens(cursor=1)
    assert [line["seq"] for line in back.lines()] == [2]
    assert back.frames[-1] == {"t": "ready", "cursor": 2, "first_visit": False}


async def test_a_cursor_that_goes_back_repeats_lines_with_the_same_places(huy: Visitor) -> None:
    window = await huy.opens()
    for number in range(3):
        await asks(window, "Cửa hàng mở cửa mấy giờ?" if number % 2 else "Phí giao hàng đi tỉnh bao nhiêu?")
    again = await huy.opens(cursor=0)
    assert [line["seq"] for line in again.lines()] == list(range(1, 7))
    assert again.lines() == window.lines()


async def test_a_cursor_from_the_future_gets_nothing_and_learns_where_we_are(huy: Visitor) -> None:
    window = await huy.opens()
    await asks(window)
    ahead = await huy.opens(cursor=2**53)
    assert ahead.lines() == []


async def test_of_a_long_history_the_newest_come(house: WebsiteHouse, lan: Visitor) -> None:
    minh = await house.hire()
    await lan.sends(message("gặp nhân viên"))
    case = await lan.case()
    for number in range(250):
        await house.act(minh, "reply", case_id=case.id, text=f"dòng {number}")
    await house.app.settle()
    window = await lan.opens()
    assert len(window.lines()) == 200
    assert window.texts()[-1] == "dòng 249"
    seqs = [line["seq"] for line in window.lines()]
    assert seqs == list(range(seqs[0], seqs[0] + 200))


async def test_many_visitors_hear_only_their_own(house: WebsiteHouse) -> None:
    people = [await house.visitor() for _ in range(8)]
    windows = [await one.opens() for one in people]
    await asyncio.gather(*(window.say(message(f"xin chào {place}")) for place, window in enumerate(windows)))
    for place, window in enumerate(windows):
        await window.until("line", **{"from": "bot"})
        assert [one for one in window.texts() if one.startswith("xin chào")] == [f"xin chào {place}"]


async def test_lines_said_before_a_restart_come_after_it(tmp_path: Path) -> None:
    place = Open(tmp_path)
    house = await place.__aenter__()
    lan = await house.visitor()
    window = await lan.opens()
    await asks(window)
    house = await place.again()
    try:
        lan = Visitor(house, lan.key, house.url)
        back = await lan.opens(cursor=1)
        assert [line["seq"] for line in back.lines()] == [2]
    finally:
        await place.__aexit__()


async def test_a_stopping_bot_sends_its_visitors_away_kindly(tmp_path: Path) -> None:
    place = Open(tmp_path)
    house = await place.__aenter__()
    window = await (await house.visitor()).opens()
    closing = asyncio.create_task(window.closes())
    await house.app.stop()
    assert await closing == 1001
    await house.session.close()


# --- Without sockets ----------------------------------------------------------------------------------------------


async def test_a_browser_without_sockets_sends_and_fetches(house: WebsiteHouse, lan: Visitor) -> None:
    sent = message("Cửa hàng mở cửa mấy giờ?")
    assert await lan.sends(sent) == {"t": "ack", "id": sent["id"]}
    seen: list[Frame] = []
    while not any(frame.get("from") == "bot" for frame in seen):
        cursor = max((frame["seq"] for frame in seen if "seq" in frame), default=0)
        seen += await lan.polls(cursor, wait=5)
    assert [frame["seq"] for frame in seen if frame["t"] == "line"] == [1, 2]
    assert (await lan.polls(2))[-1] == {"t": "ready", "cursor": 2, "first_visit": False}


async def test_a_waiting_poll_ends_as_soon_as_there_is_news(house: WebsiteHouse, lan: Visitor) -> None:
    waiting = asyncio.create_task(lan.polls(0, wait=25))
    await house.until(lambda: len(house.website.hub) == 1, "a waiting poll")
    await lan.sends(message("chào shop"))
    frames = await asyncio.wait_for(waiting, 5)
    assert frames[0]["from"] == "you"
    await house.until(lambda: len(house.website.hub) == 0, "the poll left")


async def test_both_ways_tell_the_same_story(huy: Visitor) -> None:
    window = await huy.opens()
    await asks(window)
    assert [one for one in await huy.polls(0) if one["t"] == "line"] == window.lines()


@pytest.mark.parametrize(
    "body", ["", "[]", "null", "{", '{"cursor":-1}', '{"cursor":"x"}', '{"wait":"long"}', "[" * 1000]
)
async def test_an_unreadable_poll_is_refused(huy: Visitor, body: str) -> None:
    assert (await huy.posts("/chat/poll", body)).status == 400


async def test_a_frame_in_many_small_pieces_is_one_frame(busy: WebsiteHouse, huy: Visitor) -> None:
    sent = json.dumps(message("á" * 1000)).encode()

    async def slowly() -> AsyncIterator[bytes]:
        for start in range(0, len(sent), 500):
            yield sent[start : start + 500]
            await asyncio.sleep(0)

    answer = await busy.session.post(f"{busy.url}/chat/send", data=slowly(), headers=huy.headers())
    assert (await answer.json())["t"] == "ack"


# --- Buttons, recalls, typing -------------------------------------------------------------------------------------


async def test_a_pressed_button_shows_in_every_tab(house: WebsiteHouse, lan: Visitor) -> None:
    first, second = await lan.opens(), await lan.opens()
    answer = await asks(first)
    await second.until("line", **{"from": "bot"})
    await first.say({"t": "press", "id": "p-1", "ref": answer["ref"], "n": 0})
    for window in (first, second):
        assert (await window.until("update", seq=answer["seq"]))["chosen"] == 0
    assert (await lan.opens()).lines()[1]["chosen"] == 0


async def test_a_button_of_another_visitor_does_nothing_for_me(house: WebsiteHouse, lan: Visitor) -> None:
    answer = await asks(await lan.opens())
    huy = await (await house.visitor()).opens()
    await huy.say({"t": "press", "id": "p-1", "ref": answer["ref"], "n": 0})
    assert "hết dùng được" in (await huy.until("line", **{"from": "bot"}))["text"]
    assert await house.count("SELECT count(*) FROM outbox WHERE chosen IS NOT NULL") == 0


async def test_a_recalled_line_leaves_open_windows_and_later_ones(house: WebsiteHouse, lan: Visitor) -> None:
    minh, window = await house.hire(), await lan.opens()
    await calls_a_person(house, lan, window)
    await house.act(minh, "reply", case_id=(await lan.case()).id, text="Dạ hết hàng rồi ạ")
    line = await window.until("line", **{"from": "staff"})
    assert line["name"] == "Minh"
    number = next(one.id for one in await lan.kept() if one.author == "staff")
    await house.act(minh, "recall", line_id=number)
    gone = await window.until("update", seq=line["seq"])
    assert (gone["recalled"], gone["text"]) == (True, "")
    back = await lan.opens(cursor=line["seq"] - 1)
    assert (back.lines()[0]["recalled"], back.lines()[0]["text"]) == (True, "")
    assert "hết hàng" not in json.dumps(back.frames)


async def test_a_note_never_travels(house: WebsiteHouse, lan: Visitor) -> None:
    minh, window = await house.hire(), await lan.opens()
    await calls_a_person(house, lan, window)
    case = await lan.case()
    await house.act(minh, "note", case_id=case.id, text="khách này khó tính")
    await house.act(minh, "reply", case_id=case.id, text="Dạ em đây ạ")
    await window.until("line", **{"from": "staff"})
    everything = json.dumps([window.frames, (await lan.opens()).frames, await lan.polls(0)])
    assert "khó tính" not in everything
    seqs = [line["seq"] for line in window.lines()]
    assert seqs == list(range(1, len(seqs) + 1))  # no gap that would betray it


async def test_a_colleague_who_types_is_seen_in_that_thread_only(busy: WebsiteHouse, huy: Visitor) -> None:
    window = await huy.opens()
    await asks(window)
    other = await (await busy.visitor()).opens()
    await asks(other)
    await busy.website.show_typing((await huy.thread()).id, "Minh")
    assert await window.until("typing") == {"t": "typing", "name": "Minh"}
    await other.silent()


async def test_how_far_the_customer_has_read_is_kept(busy: WebsiteHouse, huy: Visitor) -> None:
    window = await huy.opens()
    await asks(window)
    for seq in (2, 1, 99):  # never back, never beyond what there is
        await window.say({"t": "seen", "seq": seq})
    await window.say({"t": "ping"})
    await window.until("pong")
    assert (await huy.thread()).seen_seq == 2


async def test_the_greeting_comes_once_for_all_tabs(huy: Visitor) -> None:
    first, second = await huy.opens(), await huy.opens()
    await first.say({"t": "greet", "id": "g-1"})
    await first.until("line", **{"from": "bot"})
    await second.say({"t": "greet", "id": "g-2"})
    await second.until("ack", id="g-2")
    await second.silent()
    assert len(second.lines()) == 1
    assert len(await huy.kept()) == 1


async def test_a_touchpoint_link_asks_for_a_level(busy: WebsiteHouse, huy: Visitor) -> None:
    page = await busy.session.get(f"{busy.url}/t/giao_hang")
    assert "t_giao_hang" in await page.text()
    assert (await busy.session.get(f"{busy.url}/t/khong_co")).status == 404
    window = await huy.opens()
    await window.say({"t": "start", "id": "s-1", "payload": "t_giao_hang"})
    line = await window.until("line", **{"from": "bot"})
    assert len(line["choices"]) == 6


async def test_english_visitors_are_answered_in_english(huy: Visitor) -> None:
    window = await huy.opens(lang="en")
    await window.say({"t": "greet", "id": "g-1"})
    assert "automatic assistant of Nhà Mây" in (await window.until("line", **{"from": "bot"}))["text"]


# --- Bad input ----------------------------------------------------------------------------------------------------

BAD = [
    "",
    "x",
    "null",
    "[]",
    "{}",
    '{"t":5}',
    '{"t":"nope","id":"a"}',
    '{"t":"msg"}',
    '{"t":"msg","id":""}',
    '{"t":"msg","id":"' + "a" * 65 + '","text":"x"}',
    '{"t":"msg","id":7,"text":"x"}',
    '{"t":"msg","id":"a","text":null}',
    '{"t":"msg","id":"a","text":"x","files":["../../etc/passwd"]}',
    '{"t":"msg","id":"a","text":"x","files":["\\ud800"]}',
    '{"t":"press","id":"a","ref":"1","n":-1}',
    '{"t":"press","id":"a","ref":"9999999999999999999999","n":0}',
    '{"t":"press","id":"a","ref":"1","n":1e99}',
    '{"t":"seen","seq":-1}',
    '{"t":"seen","seq":' + "9" * 40 + "}",
    '{"t":"msg","id":"a","text":"x","deep":' + "[" * 20_000 + "]" * 20_000 + "}",
    '{"t":"msg","id":"a","text":"' + "x" * 50_000 + '"}',
    '{"t":"msg","id":"a","text":"   \\n\\t  "}',
    '{"t":"msg","id":"a","text":"x","files":["' + "A" * 32 + '"]}',
    '{"t":"start","id":"a"}',
]


@pytest.mark.parametrize("bad", BAD, ids=range(len(BAD)))
async def test_bad_frames_are_refused_and_the_chat_goes_on(busy: WebsiteHouse, huy: Visitor, bad: str) -> None:
    window = await huy.opens()
    await window.say(bad)
    assert (await window.until("error"))["text"]
    answer = await huy.posts("/chat/send", bad)
    assert answer.status == 200
    assert (await answer.json())["t"] == "error"
    assert "8 giờ 30" in (await asks(window))["text"]
    assert await busy.count("SELECT count(*) FROM events WHERE state = 'aside'") == 0


STRANGE = [
    "\x00\x01\x02",
    "một\x00hai",
    "\u202egnoud",
    "a\u0301" * 300,
    "Z\u0337\u0321" * 200,
    "👩‍👩‍👧‍👦 🇻🇳",
    "{tên} {anh} {x.__class__} %(name)s %s {{ 7*7 }}",
    "'; DROP TABLE lines; --",
    "<script>alert(1)</script>",
    "x" * 4000,
]


@pytest.mark.parametrize("text", STRANGE, ids=range(len(STRANGE)))
async def test_strange_texts_are_kept_or_refused_but_never_break_anything(
    busy: WebsiteHouse, huy: Visitor, text: str
) -> None:
    window = await huy.opens()
    await window.say(message(text))
    frame = await window.next()
    assert frame["t"] in ("ack", "error", "line")
    assert "8 giờ 30" in (await answer_about_hours(window))["text"]
    assert await busy.count("SELECT count(*) FROM events WHERE state = 'aside'") == 0


async def answer_about_hours(window: Window) -> Frame:
    await window.say(message("Cửa hàng mở cửa mấy giờ?"))
    while "8 giờ 30" not in (line := await window.until("line", **{"from": "bot"}))["text"]:
        pass
    return line


async def test_half_an_emoji_at_the_end_does_not_lose_the_text(huy: Visitor) -> None:
    window = await huy.opens()
    await window.say('{"t":"msg","id":"a","text":"đẹp quá \\ud83d"}')
    await window.until("ack", id="a")
    assert (await window.until("line"))["text"].startswith("đẹp quá")


async def test_a_refused_frame_is_named_so_that_the_browser_can_say_so(huy: Visitor) -> None:
    window = await huy.opens()
    await window.say({"t": "msg", "id": "m-7", "text": 5})
    assert (await window.until("error"))["id"] == "m-7"


async def test_bytes_are_ignored_and_a_giant_frame_ends_the_socket(huy: Visitor) -> None:
    window = await huy.opens()
    await window.say(b"\xff\xfe")
    await asks(window)
    await window.say("x" * 70_000)
    assert await window.closes() == 1009
    assert (await huy.opens()).lines()


async def test_a_giant_body_is_refused(huy: Visitor) -> None:
    assert (await huy.posts("/chat/send", "x" * 70_000)).status == 413
    assert (await huy.posts("/chat/poll", "x" * 70_000)).status == 400


async def test_a_text_too_long_says_so(huy: Visitor) -> None:
    answer = await huy.sends(message("😀" * 2001))
    assert (answer["t"], answer["code"]) == ("error", "too_long")
    assert (await huy.sends(message("😀" * 2000)))["t"] == "ack"


async def test_a_browser_that_takes_nothing_is_cut_off_and_holds_nobody_up(house: WebsiteHouse, lan: Visitor) -> None:
    window = await lan.opens()
    await asks(window)
    thread = await lan.thread()
    deaf = await raw_socket(house, lan)
    await house.until(lambda: len(house.website.hub) == 2, "both windows")
    heavy = "x" * 30_000
    for _ in range(1400):
        await house.website.hub.show_typing(thread.id, heavy)
        await window.until("typing")
    await house.until(lambda: len(house.website.hub) == 1, "the deaf one is gone")
    deaf.close()


async def raw_socket(house: WebsiteHouse, lan: Visitor) -> asyncio.StreamWriter:
    """A browser that says hello and never reads."""
    import base64
    import struct

    _, writer = await asyncio.open_connection("127.0.0.1", house.app.port, limit=1024)
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    writer.write(
        f"GET /chat/ws HTTP/1.1\r\nHost: x\r\nOrigin: {house.url}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {base64.b64encode(b'x' * 16).decode()}\r\n\r\n".encode()
    )
    hello = json.dumps({"t": "hello", "key": lan.key}).encode()
    writer.write(struct.pack("!BBI", 0x81, 0x80 | len(hello), 0) + hello)  # masked with zeros
    await writer.drain()
    return writer


# --- T26: who may -------------------------------------------------------------------------------------------------

POSTS = ("/chat/visitor", "/chat/send", "/chat/poll", "/chat/upload")


@pytest.mark.parametrize("origin", FOREIGN)
@pytest.mark.parametrize("path", POSTS)
async def test_a_foreign_page_gets_nothing(busy: WebsiteHouse, huy: Visitor, path: str, origin: str) -> None:
    headers = {"Authorization": f"Bearer {huy.key}"} | ({"Origin": origin} if origin else {})
    answer = await busy.session.post(f"{busy.url}{path}", data="{}", headers=headers)
    assert answer.status == 403
    assert "Access-Control-Allow-Origin" not in answer.headers
    asked = headers | {"Access-Control-Request-Method": "POST"}
    preflight = await busy.session.options(f"{busy.url}{path}", headers=asked)
    assert preflight.status == 403
    assert "Access-Control-Allow-Origin" not in preflight.headers


@pytest.mark.parametrize("origin", FOREIGN)
async def test_a_foreign_page_opens_no_socket(busy: WebsiteHouse, origin: str) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        await busy.session.ws_connect(f"{busy.url}/chat/ws", headers={"Origin": origin} if origin else {})
    assert refused.value.status == 403


async def test_a_foreign_page_cannot_read_the_settings(busy: WebsiteHouse) -> None:
    answer = await busy.session.get(f"{busy.url}/chat/config", headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in answer.headers


async def test_a_listed_page_may_and_only_exactly_that_one(tmp_path: Path) -> None:
    async with opened(tmp_path, allowed_origins=("https://nhamay.vn",), public_url="https://chat.nhamay.vn") as house:
        for origin in ("https://nhamay.vn", "https://chat.nhamay.vn", "HTTPS://NHAMAY.VN"):
            asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
            preflight = await house.session.options(f"{house.url}/chat/send", headers=asked)
            assert preflight.status == 204
            assert preflight.headers["Access-Control-Allow-Origin"] == origin
            assert preflight.headers["Vary"] == "Origin"
            assert "Access-Control-Allow-Credentials" not in preflight.headers
        for origin in (
            "http://nhamay.vn",
            "https://nhamay.vn:8443",
            "https://a.nhamay.vn",
            "https://nhamay.vn.evil.vn",
        ):
            answer = await house.session.post(f"{house.url}/chat/visitor", headers={"Origin": origin})
            assert answer.status == 403, origin


KEYS = ("", "x", "x" * 22, "A" * 64, "A" * 65, "' OR 1=1 --........", "ÿ" * 20, "../../../../etc/passwd")


@pytest.mark.parametrize("key", KEYS)
async def test_a_wrong_key_opens_nothing(busy: WebsiteHouse, huy: Visitor, key: str) -> None:
    await asks(await huy.opens())
    guesser = Visitor(busy, key, busy.url)
    window = await guesser.connects()
    await window.say({"t": "hello", "key": key})
    assert await window.closes() == 4401
    assert [frame["code"] for frame in window.frames] == ["key"]
    if key.isascii():
        for path in POSTS[1:]:
            assert (await guesser.posts(path, "{}")).status == 401
    else:
        assert await raw_status(busy, key) == 401


async def raw_status(house: WebsiteHouse, key: str) -> int:
    """A header in bytes no library would send."""
    reader, writer = await asyncio.open_connection("127.0.0.1", house.app.port)
    request = f"POST /chat/poll HTTP/1.1\r\nHost: x\r\nOrigin: {house.url}\r\nAuthorization: Bearer {key}\r\n"
    writer.write(request.encode("latin-1") + b"Content-Length: 2\r\nConnection: close\r\n\r\n{}")
    status = (await reader.readline()).split()[1]
    writer.close()
    return int(status)


async def test_a_socket_that_does_not_begin_with_a_key_is_closed(huy: Visitor) -> None:
    for first in (
        message("chào"),
        {"t": "ping"},
        "x",
        b"x",
        {"t": "hello"},
        {"t": "hello", "key": huy.key, "cursor": -1},
    ):
        window = await huy.connects()
        await window.say(first)
        assert await window.closes() == 4401


async def test_hello_in_the_middle_changes_nobody(house: WebsiteHouse, lan: Visitor) -> None:
    huy = await house.visitor()
    await asks(await huy.opens())
    window = await lan.opens()
    await window.say({"t": "hello", "key": huy.key})
    assert await window.next() == {"t": "pong"}
    await asks(window)
    assert len(window.lines()) == 2


async def test_a_key_is_made_by_the_server_and_kept_as_a_hash(house: WebsiteHouse) -> None:
    chosen = "k" * 22
    answer = await house.session.post(
        f"{house.url}/chat/visitor", json={"key": chosen, "lang": "vi"}, headers={"Origin": house.url}
    )
    key = (await answer.json())["key"]
    assert key != chosen
    assert len(key) == 22  # 128 bits
    assert "Set-Cookie" not in answer.headers
    dump = str(await house.rows("SELECT * FROM visitors"))
    assert key not in dump


async def test_in_public_an_address_gets_five_new_visitors_an_hour(tmp_path: Path) -> None:
    clock = FakeClock()
    async with opened(tmp_path, clock, public_url="https://chat.nhamay.vn") as house:
        people = [await house.visitor() for _ in range(5)]
        answer = await house.session.post(f"{house.url}/chat/visitor", headers={"Origin": house.url})
        assert answer.status == 429
        assert int(answer.headers["Retry-After"]) == 3600
        assert (await answer.json())["code"] == "too_many"
        await asks(await people[0].opens())  # those who are in are not disturbed
        clock.forward(hours=1)
        await house.visitor()


async def test_at_home_new_visitors_are_not_counted(busy: WebsiteHouse) -> None:
    assert len({(await busy.visitor()).key for _ in range(12)}) == 12


async def test_an_address_may_say_so_much_a_minute(tmp_path: Path) -> None:
    clock = FakeClock()
    async with opened(tmp_path, clock, chat_rate=10) as house:
        lan = await house.visitor()
        window = await lan.opens()
        for number in range(10):
            await window.say(message(f"tin {number}"))
        await window.say(message("quá nhiều", id="m-11"))
        refused = await window.until("error")
        assert (refused["code"], refused["id"]) == ("too_fast", "m-11")
        assert (await lan.sends(message("qua đường khác")))["code"] == "too_fast"
        assert (await lan.uploads(PNG)).status == 429
        clock.forward(minutes=1)
        await window.say(message("quá nhiều", id="m-11"))
        await window.until("ack", id="m-11")
        assert "quá nhiều" in [line.text for line in await lan.kept()]


async def test_frames_that_cost_little_have_a_limit_too(tmp_path: Path) -> None:
    async with opened(tmp_path) as house:
        window = await (await house.visitor()).opens()
        for _ in range(601):
            await window.say({"t": "ping"})
        assert (await window.until("error"))["code"] == "too_fast"


@pytest.mark.parametrize(
    ("trusted", "forwarded", "is_shared"),
    [
        ((), ("1.1.1.1", "2.2.2.2"), True),  # nobody told us to believe anybody
        (("127.0.0.1",), ("1.1.1.1", "2.2.2.2"), False),
        (("127.0.0.1",), ("9.9.9.9, 1.1.1.1", "8.8.8.8, 1.1.1.1"), True),  # what a stranger wrote in front
        (("127.0.0.1",), ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"), True),  # one customer's network
        (("127.0.0.1",), ("2001:db8:1:2::1", "2001:db8:1:3::1"), False),
        (("127.0.0.1",), ("::ffff:1.1.1.1", "1.1.1.1"), True),
        (("10.0.0.9",), ("1.1.1.1", "2.2.2.2"), True),  # another proxy is trusted, not this one
    ],
)
async def test_a_forwarded_address_is_believed_only_from_a_trusted_proxy(
    tmp_path: Path, trusted: tuple[str, ...], forwarded: tuple[str, str], is_shared: bool
) -> None:
    settings: dict[str, Any] = {"public_url": "https://chat.nhamay.vn", "chat_new_visitors": 1}
    async with opened(tmp_path, trusted_proxies=trusted, **settings) as house:
        statuses = []
        for address in forwarded:
            headers = {"Origin": house.url, "X-Forwarded-For": address}
            statuses.append((await house.session.post(f"{house.url}/chat/visitor", headers=headers)).status)
        assert statuses == [200, 429 if is_shared else 200]


# --- Files --------------------------------------------------------------------------------------------------------


async def test_a_picture_travels_to_the_thread_and_back(busy: WebsiteHouse, huy: Visitor) -> None:
    answer = await huy.uploads(PNG, "áo rách.PNG")
    kept = await answer.json()
    assert (answer.status, kept["kind"], kept["name"], kept["size"]) == (200, "image", "áo rách.png", len(PNG))
    window = await huy.opens()
    await window.say(message("", kept["file"]))
    media = (await window.until("line"))["media"]
    assert [one["kind"] for one in media] == ["image"]
    found = await busy.session.get(f"{busy.url}{media[0]['url']}")
    assert await found.read() == PNG
    assert found.headers["Content-Type"] == "image/png"
    assert found.headers["Content-Disposition"].startswith("inline")
    assert found.headers["X-Content-Type-Options"] == "nosniff"
    assert found.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


REFUSED = [
    ("trang.png", b"<html><script>alert(1)</script></html>"),
    ("hinh.svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
    ("hinh.png", b'<?xml version="1.0"?><svg onload="alert(1)"/>'),
    ("chuong_trinh.exe", b"MZ\x90\x00"),
    ("tai_lieu.docx", b"PK\x03\x04"),
    ("chu.txt", b"xin chao"),
    ("rong.png", b""),
    ("script.sh", b"#!/bin/sh\nrm -rf /"),
    ("java.class", b"\xca\xfe\xba\xbe"),
]


@pytest.mark.parametrize(("name", "data"), REFUSED, ids=[name for name, _ in REFUSED])
async def test_the_content_decides_not_the_name(house: WebsiteHouse, lan: Visitor, name: str, data: bytes) -> None:
    answer = await lan.uploads(data, name, "image/png")
    assert answer.status == 415
    assert (await answer.json())["code"] == "file_type"
    assert await house.count("SELECT count(*) FROM attachments") == 0
    assert not list(house.app.settings.media_dir.rglob("*.*"))


POLYGLOTS = [
    ("a.html", JPEG + b"<script>alert(1)</script>", "image/jpeg", "inline"),
    ("a.html", b"GIF89a/*<svg onload=alert(1)>*/=1;alert(1)", "image/gif", "inline"),
    ("a.js", b"%PDF-1.7 <script>app.alert(1)</script>", "application/pdf", "attachment"),
    ("a.htm", PNG + b"<html>", "image/png", "inline"),
    ("a.svg", b"\x00\x00\x00\x18ftypheic<svg/>", "image/heic", "attachment"),
]


@pytest.mark.parametrize(("name", "data", "mime", "how"), POLYGLOTS, ids=range(len(POLYGLOTS)))
async def test_a_file_that_is_two_things_is_served_as_the_harmless_one(
    busy: WebsiteHouse, huy: Visitor, name: str, data: bytes, mime: str, how: str
) -> None:
    kept = await (await huy.uploads(data, name, "text/html")).json()
    found = await busy.session.get(f"{busy.url}{kept['url']}")
    assert found.headers["Content-Type"] == mime
    assert found.headers["Content-Disposition"].startswith(how)
    assert not found.headers["Content-Disposition"].lower().endswith((".html", ".htm", ".js", ".svg"))
    assert found.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in found.headers["Content-Security-Policy"]


NAMES = [
    "../../etc/passwd.png",
    "..\\..\\a.png",
    "a\r\nSet-Cookie: x=1.png",
    "\u202egpj.exe",
    "x" * 500,
    ".png",
    'a"b.png',
    "con.png",
]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
async def test_a_name_is_only_a_name(house: WebsiteHouse, lan: Visitor, name: str) -> None:
    kept = await (await lan.uploads(PNG, name)).json()
    assert kept["name"].endswith(".png")
    assert len(kept["name"]) <= 84
    assert not set(kept["name"]) & set('/\\"\r\n\x00\u202e')
    found = await house.session.get(f"{house.url}{kept['url']}")
    assert found.status == 200
    assert "Set-Cookie" not in found.headers
    files = [path for path in house.app.settings.media_dir.rglob("*") if path.is_file()]
    assert len(files) == 1
    assert files[0].name.startswith(kept["file"])
    assert files[0].stat().st_mode & 0o077 == 0


async def test_a_file_too_large_is_refused_before_it_is_kept(house: WebsiteHouse, lan: Visitor) -> None:
    for data in (PNG + b"\x00" * (10 * 1024 * 1024), PNG + b"\x00" * (11 * 1024 * 1024)):
        answer = await lan.uploads(data)
        assert answer.status == 413
    assert await house.count("SELECT count(*) FROM attachments") == 0


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "multipart/form-data; boundary=x"),
        (b"--x\r\n\r\n", "multipart/form-data; boundary=x"),
        (b"--x\r\nContent-Disposition: form-data; name=file\r\n\r\nabc", "multipart/form-data; boundary=x"),
        (b"abc", "multipart/form-data"),
        (b"abc", "text/plain"),
        (b'--x\r\nContent-Disposition: form-data; filename="\x00"\r\n\r\n--x--', "multipart/form-data; boundary=x"),
        (b"{}", "application/json"),
        (b"--x\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n--y--\r\n--x--", "multipart/form-data; boundary=x"),
    ],
)
async def test_a_form_nobody_can_read_is_refused(huy: Visitor, body: bytes, kind: str) -> None:
    answer = await huy.posts("/chat/upload", body, **{"Content-Type": kind})
    assert 400 <= answer.status < 500


@pytest.mark.parametrize(
    "path", ["/media/x/a.png", "/media/%00/a", "/media/%ff/a", "/media/..%2f..%2fcham.db/a", "/media/a"]
)
async def test_files_are_found_only_by_their_token(busy: WebsiteHouse, path: str) -> None:
    async with ClientSession() as session:
        assert (await session.get(f"{busy.url}{path}")).status == 404


async def test_more_than_ten_files_or_a_foreign_token_are_refused(busy: WebsiteHouse, huy: Visitor) -> None:
    token = (await (await huy.uploads(PNG)).json())["file"]
    assert (await huy.sends(message("", *[token] * 11)))["code"] == "too_many_files"
    assert (await huy.sends(message("", token[:-1] + "x")))["code"] == "file_gone"


async def test_the_settings_are_words_for_the_widget(busy: WebsiteHouse) -> None:
    config = await (await busy.session.get(f"{busy.url}/chat/config?lang=vi")).json()
    assert (config["shop"], config["lang"], config["greet_after_ms"]) == ("Nhà Mây", "vi", 5000)
    assert "image/svg+xml" not in config["accept"]
    assert "text/html" not in config["accept"]
    assert all(config["texts"].values())
    english = await (await busy.session.get(f"{busy.url}/chat/config?lang=en-GB")).json()
    assert english["texts"].keys() == config["texts"].keys()
    assert english["texts"] != config["texts"]


async def test_the_script_is_kept_by_browsers_until_it_changes(busy: WebsiteHouse) -> None:
    for path in ("/chat.js", "/chat.css"):
        first = await busy.session.get(f"{busy.url}{path}")
        again = await busy.session.get(f"{busy.url}{path}", headers={"If-None-Match": first.headers["ETag"]})
        assert (first.status, again.status) == (200, 304)
        assert first.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_port_of_the_systems_choosing_works_too(tmp_path: Path) -> None:
    async with opened(tmp_path, port=0) as house:
        assert not house.url.endswith(":0")
        await asks(await (await house.visitor()).opens())


def test_the_shop_of_these_tests_is_a_shop() -> None:
    from care import shop

    assert shop.parse(SHOP).shop == "Nhà Mây"

"""The desk over HTTP: who sees what, what is sent once, and what became of it."""

import asyncio
import re
from collections.abc import AsyncIterator
from html import escape
from pathlib import Path

import pytest
from aiohttp import ClientResponse, FormData

from care import logins
from storage import conversations, staff
from storage.records import Case
from tests.web.desk_house import Browser, DeskHouse, open_desk

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc0000003010100c9fe92ef"
    "0000000049454e44ae426082"
)
XSS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "</textarea><script>alert(1)</script>",
    "</li></ul><iframe src=//evil.example>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\u202e<b>ngược</b>",
)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[DeskHouse]:
    async with open_desk(tmp_path) as house:
        yield house


@pytest.fixture
async def minh(desk: DeskHouse) -> Browser:
    return await desk.sign_in(await desk.hire("Minh"))


def listed(page: str) -> list[int]:
    """The numbers of the cases in a list, in order."""
    return [int(found) for found in re.findall(r'data-case="(\d+)"', page)]


async def show_list(browser: Browser, query: str = "") -> list[int]:
    return listed(await browser.page(f"/desk{query}", **{"X-Part": "list"}))


async def thread(browser: Browser, case: Case) -> str:
    return await browser.page(f"/desk/case/{case.id}", **{"X-Part": "older"})


async def refusal(answer: ClientResponse) -> str:
    assert answer.status == 409, answer.status
    return str((await answer.json())["text"])


# --- Lists ----------------------------------------------------------------------------------------------------------


async def test_the_most_pressing_case_stands_first(desk: DeskHouse, minh: Browser) -> None:
    later = await desk.waiting_case("Huy")
    desk.clock.forward(minutes=-3)
    sooner = await desk.waiting_case("Lan")
    urgent = await desk.waiting_case("Mai", kind="complaint", urgent=True)
    assert await show_list(minh) == [urgent.id, sooner.id, later.id]


async def test_lists_are_filtered_by_holder_state_and_kind(desk: DeskHouse, minh: Browser) -> None:
    mine, free = await desk.waiting_case("Lan"), await desk.waiting_case("Huy", kind="complaint")
    done = await desk.waiting_case("Mai")
    await minh.post(f"/desk/case/{mine.id}/claim")
    await minh.post(f"/desk/case/{done.id}/resolve", root_cause="san_pham")
    assert await show_list(minh, "?show=mine") == [mine.id]
    assert await show_list(minh, "?show=waiting") == [free.id]
    assert await show_list(minh, "?show=resolved") == [done.id]
    assert await show_list(minh, "?kind=complaint") == [free.id]
    assert set(await show_list(minh, "?show=nonsense&kind=nonsense")) == {mine.id, free.id}


async def test_cases_are_found_by_name_and_by_number(desk: DeskHouse, minh: Browser) -> None:
    lan, huy = await desk.waiting_case("Lan"), await desk.waiting_case("Huy")
    await minh.post(f"/desk/case/{huy.id}/customer", name="Trần Đức Huy", pronoun="anh", phone="0903 123 456")
    assert await show_list(minh, "?q=Lan") == [lan.id]
    assert await show_list(minh, f"?q=%23{huy.id}") == [huy.id]
    assert await show_list(minh, "?q=tran+duc") == [huy.id]
    assert await show_list(minh, "?q=%25") == []
    for nonsense in ("%27%20OR%201=1--", "_", "%23", "99999999999999999999"):
        assert await show_list(minh, f"?q={nonsense}") == []
    assert len(await show_list(minh, "?q=%00%E2%80%8B")) == 2  # nothing readable is no search


async def test_the_list_counts_what_nobody_answered(desk: DeskHouse, minh: Browser) -> None:
    case = await desk.waiting_case("Lan")
    conversation = await desk.engine.read(lambda db: conversations.get(db, case.conversation_id))
    assert conversation is not None
    await desk.says(conversation, "alo", case.id)
    assert re.search(r'class="unread".*?</span> 2</span>', await minh.page("/desk"))
    await minh.post(f"/desk/case/{case.id}/reply", text="Dạ em đây ạ")
    assert 'class="unread"' not in await minh.page("/desk")


async def test_an_empty_desk_says_so(desk: DeskHouse, minh: Browser) -> None:
    assert 'class="empty"' in await minh.page("/desk")
    for show in ("mine", "resolved", "waiting"):
        assert 'class="empty"' in await minh.page(f"/desk?show={show}")


# --- What may be seen -----------------------------------------------------------------------------------------------


async def test_what_is_for_owners_only_does_not_exist_for_staff(desk: DeskHouse, minh: Browser) -> None:
    owner = await desk.sign_in(await desk.hire("Bà Tư", "owner"))
    secret = await desk.waiting_case("Lan", text="bạn Minh nói cộc", kind="staff_complaint", owner_only=True)
    assert await show_list(owner) == [secret.id]
    assert await show_list(minh) == []
    assert "nói cộc" not in await minh.page(f"/desk?q=%23{secret.id}")
    hidden, missing = await minh.get(f"/desk/case/{secret.id}"), await minh.get("/desk/case/4711")
    assert (hidden.status, missing.status) == (404, 404)
    assert await hidden.text() == await missing.text()


async def test_lines_of_an_owners_case_are_left_out_of_another_case_of_the_thread(
    desk: DeskHouse, minh: Browser
) -> None:
    conversation, customer = await desk.customer("Lan")
    open_case = await desk.opens(conversation, customer)
    await desk.says(conversation, "còn size M không", open_case.id)
    secret = await desk.opens(conversation, customer, kind="staff_complaint", owner_only=True)
    await desk.says(conversation, "bạn Minh nói cộc", secret.id)
    page = await minh.page(f"/desk/case/{open_case.id}")
    assert "còn size M" in page
    assert "nói cộc" not in page
    assert f"#{secret.id}" not in page


@pytest.mark.parametrize(
    "act",
    ["claim", "release", "pending", "reopen", "reply", "note", "transfer", "resolve", "promise", "customer", "typing"],
)
async def test_nobody_acts_on_a_case_they_may_not_see(desk: DeskHouse, minh: Browser, act: str) -> None:
    secret = await desk.waiting_case("Lan", kind="staff_complaint", owner_only=True)
    form = {"text": "x", "to": "1", "root_cause": "san_pham", "due": "2030-01-01T10:00"}
    hidden = await minh.post(f"/desk/case/{secret.id}/{act}", **form)
    missing = await minh.post(f"/desk/case/4711/{act}", **form)
    assert (hidden.status, missing.status) == (404, 404)
    assert (await hidden.text()) == (await missing.text())
    assert await desk.count("SELECT count(*) FROM outbox") == 0


async def test_a_line_is_reached_only_through_its_own_thread(desk: DeskHouse, minh: Browser) -> None:
    lan, huy = await desk.waiting_case("Lan"), await desk.waiting_case("Huy")
    await minh.post(f"/desk/case/{lan.id}/reply", text="Dạ em chào chị")
    line = await desk.count("SELECT max(id) FROM lines")
    for act in ("recall", "send_again"):
        assert (await minh.post(f"/desk/case/{huy.id}/{act}", line_id=str(line))).status == 404
    assert (await minh.post(f"/desk/case/{lan.id}/recall", line_id=str(line))).status == 200


@pytest.mark.parametrize("number", ["0", "-1", "1.5", "abc", "9" * 30, "1%20OR%201", "%F0%9F%92%A9", "١"])
async def test_odd_numbers_are_simply_not_found(desk: DeskHouse, minh: Browser, number: str) -> None:
    await desk.waiting_case("Lan")
    assert (await minh.get(f"/desk/case/{number}")).status == 404
    assert (await minh.post(f"/desk/case/{number}/claim")).status == 404


@pytest.mark.parametrize("text", XSS)
async def test_customers_words_stay_words(desk: DeskHouse, minh: Browser, text: str) -> None:
    case = await desk.waiting_case(text, text=text)
    await minh.post(f"/desk/case/{case.id}/note", text=text)
    await minh.post(f"/desk/case/{case.id}/customer", name=text, remark=text)
    page = await minh.page(f"/desk/case/{case.id}")
    for danger in ("<script>alert", "<img src=x", "<svg onload", "<iframe", "<b>ngược", "' onmouseover='alert"):
        assert danger not in page
    if "<" in text and text.isascii():
        assert escape(text, quote=False) in page.replace("&#39;", "'").replace("&#34;", '"')


# --- Acting ---------------------------------------------------------------------------------------------------------


async def test_pressing_twice_sends_once(desk: DeskHouse, minh: Browser) -> None:
    case = await desk.waiting_case("Lan")
    form = {"text": "Dạ còn size M ạ", "client_id": "abcdefgh12345678"}
    answers = await asyncio.gather(*(minh.post(f"/desk/case/{case.id}/reply", **form) for _ in range(5)))
    assert [answer.status for answer in answers] == [200] * 5
    assert await desk.count("SELECT count(*) FROM outbox WHERE purpose = 'relay'") == 1
    assert await desk.count("SELECT count(*) FROM lines WHERE author = 'staff'") == 1


async def test_the_same_form_without_a_script_sends_once_too(desk: DeskHouse, minh: Browser) -> None:
    case = await desk.waiting_case("Lan")
    page = await minh.page(f"/desk/case/{case.id}")
    found = re.search(r'name="client_id" value="([^"]+)"', page)
    assert found is not None
    form = {"csrf": minh.csrf, "client_id": found[1], "text": "Dạ còn ạ", "files": ""}
    for _ in range(2):
        answer = await desk.client.post(
            f"/desk/case/{case.id}/reply", data=form, headers=minh.headers(), allow_redirects=False
        )
        assert answer.status == 303
    assert await desk.count("SELECT count(*) FROM lines WHERE author = 'staff'") == 1


async def test_a_note_never_leaves_the_house(desk: DeskHouse, minh: Browser) -> None:
    case = await desk.waiting_case("Lan")
    assert (await minh.post(f"/desk/case/{case.id}/note", text="khách này hay trả hàng")).status == 200
    assert await desk.count("SELECT count(*) FROM outbox WHERE payload LIKE '%hay trả hàng%'") == 0
    assert await desk.count("SELECT count(*) FROM lines WHERE author = 'note' AND seq IS NULL") == 1
    assert 'class="line note' in await thread(minh, case)


async def test_every_line_says_what_became_of_it(desk: DeskHouse, minh: Browser) -> None:
    case = await desk.waiting_case("Lan")
    linh = await desk.sign_in(await desk.hire("Linh", role="owner", language="en"))

    async def fate() -> str:
        found = re.findall(r'class="(sending|ok|ok seen|not)">([^<]*)', await thread(linh, case))
        return f"{found[-1][0]}: {found[-1][1]}"

    await minh.post(f"/desk/case/{case.id}/reply", text="Dạ em chào chị")
    assert await fate() == "sending: sending"
    await desk.deliver()
    assert await fate() == "ok: ✓ sent"
    await desk.engine.write(lambda db: conversations.see(db, case.conversation_id, 2))
    assert await fate() == "ok seen: ✓✓ seen by the customer"
    await minh.post(f"/desk/case/{case.id}/reply", text="Chị cần gì ạ")
    await desk.deliver("failed", "unreachable: 403 secret-detail")
    assert await fate() == "not: ✗ not delivered: the customer blocked us or left"
    assert "secret-detail" not in await thread(linh, case)


async def test_a_failed_line_is_sent_again_and_only_once(desk: DeskHouse, minh: Browser) -> None:
    case = await desk.waiting_case("Lan")
    await minh.post(f"/desk/case/{case.id}/reply", text="Dạ em chào chị")
    await desk.deliver("failed", "unreachable")
    line = await desk.count("SELECT max(id) FROM lines")
    first = await minh.post(f"/desk/case/{case.id}/send_again", line_id=str(line))
    second = await minh.post(f"/desk/case/{case.id}/send_again", line_id=str(line))
    assert (first.status, second.status) == (200, 409)
    assert "send_again" not in await thread(minh, case)
    assert await desk.deliver() == 1
    assert 'class="ok"' in await thread(minh, case)


async def test_a_line_can_be_taken_back_for_some_seconds(desk: DeskHouse, minh: Browser) -> None:
    case = await desk.waiting_case("Lan")
    await minh.post(f"/desk/case/{case.id}/reply", text="nhầm khách rồi")
    line = str(await desk.count("SELECT max(id) FROM lines"))
    desk.clock.forward(seconds=9)
    assert f"/desk/case/{case.id}/recall" in await thread(minh, case)
    assert (await minh.post(f"/desk/case/{case.id}/recall", line_id=line)).status == 200
    assert "recalled" in await thread(minh, case)
    await refusal(await minh.post(f"/desk/case/{case.id}/recall", line_id=line))
    await minh.post(f"/desk/case/{case.id}/reply", text="đúng khách")
    desk.clock.forward(seconds=11)
    assert f"/desk/case/{case.id}/recall" not in await thread(minh, case)
    line = str(await desk.count("SELECT max(id) FROM lines"))
    await refusal(await minh.post(f"/desk/case/{case.id}/recall", line_id=line))


async def test_a_case_is_finished_only_with_its_root_cause(desk: DeskHouse, minh: Browser) -> None:
    case = await desk.waiting_case("Lan")
    for root in ("", "   ", "không có trong danh sách"):
        await refusal(await minh.post(f"/desk/case/{case.id}/resolve", root_cause=root))
    assert (await minh.post(f"/desk/case/{case.id}/resolve", root_cause="san_pham", note="đã đổi hàng")).status == 200
    assert await desk.count("SELECT count(*) FROM cases WHERE state = 'resolved' AND root_cause = 'san_pham'") == 1
    assert 'data-compose="reply"' not in await minh.page(f"/desk/case/{case.id}")
    assert (await minh.post(f"/desk/case/{case.id}/reopen")).status == 200


async def test_a_case_of_a_colleague_is_taken_over_by_who_leads(desk: DeskHouse, minh: Browser) -> None:
    hoa = await desk.sign_in(await desk.hire("Hoa"))
    case = await desk.waiting_case("Lan")
    await hoa.post(f"/desk/case/{case.id}/claim")
    assert "Hoa" in await refusal(await minh.post(f"/desk/case/{case.id}/claim"))
    assert 'data-compose="reply"' not in await minh.page(f"/desk/case/{case.id}")
    await refusal(await minh.post(f"/desk/case/{case.id}/reply", text="Dạ em đây"))
    me = desk.people["Minh"].id
    await refusal(await minh.post(f"/desk/case/{case.id}/transfer", to=str(me)))
    assert "Nhận thay" not in await minh.page(f"/desk/case/{case.id}")
    await desk.engine.write(lambda db: staff.change(db, me, lead=True))
    assert "Nhận thay Hoa" in await minh.page(f"/desk/case/{case.id}")
    assert (await minh.post(f"/desk/case/{case.id}/transfer", to=str(me))).status == 200
    assert 'data-compose="reply"' in await minh.page(f"/desk/case/{case.id}")
    assert (await minh.post(f"/desk/case/{case.id}/release")).status == 200


async def test_a_promise_lies_ahead_and_stands_on_the_card(desk: DeskHouse, minh: Browser) -> None:
    case = await desk.waiting_case("Lan")
    await minh.post(f"/desk/case/{case.id}/claim")
    for due in ("", "mai", "2026-11-21T09:59", "2020-01-01T10:00"):
        await refusal(await minh.post(f"/desk/case/{case.id}/promise", due=due, note="gọi lại"))
    assert (await minh.post(f"/desk/case/{case.id}/promise", due="2026-11-21T17:00", note="gọi lại")).status == 200
    page = await minh.page(f"/desk/case/{case.id}")
    assert "17 giờ hôm nay · gọi lại" in page
    found = re.search(r'name="clock_id" value="(\d+)"', page)
    assert found is not None
    other = await desk.waiting_case("Huy")
    assert (await minh.post(f"/desk/case/{other.id}/kept", clock_id=found[1])).status == 404
    assert (await minh.post(f"/desk/case/{case.id}/kept", clock_id=found[1])).status == 200
    assert "gọi lại" not in await minh.page(f"/desk/case/{case.id}")


async def test_a_planned_message_waits_for_its_time(desk: DeskHouse, minh: Browser) -> None:
    case = await desk.waiting_case("Lan")
    form = {"text": "Dạ hàng về rồi chị ơi", "at": "2026-11-22T08:00"}
    assert (await minh.post(f"/desk/case/{case.id}/schedule", **form)).status == 200
    assert await desk.deliver() == 0
    assert "22/11" in await thread(minh, case)
    desk.clock.forward(days=1)
    assert await desk.deliver() == 1


@pytest.mark.parametrize("text", ["", "   ", "\u200b", "x" * 4001])
async def test_nothing_empty_or_endless_is_sent(desk: DeskHouse, minh: Browser, text: str) -> None:
    case = await desk.waiting_case("Lan")
    for act in ("reply", "note"):
        await refusal(await minh.post(f"/desk/case/{case.id}/{act}", text=text))
    assert await desk.count("SELECT count(*) FROM lines WHERE author IN ('staff', 'note')") == 0


async def test_a_refusal_without_a_script_is_a_page_with_the_way_back(desk: DeskHouse, minh: Browser) -> None:
    case = await desk.waiting_case("Lan")
    form = {"csrf": minh.csrf, "text": ""}
    answer = await desk.client.post(f"/desk/case/{case.id}/note", data=form, headers=minh.headers())
    assert answer.status == 409
    assert f'href="/desk/case/{case.id}"' in await answer.text()


async def test_canned_replies_speak_as_the_customer_wishes(desk: DeskHouse, minh: Browser) -> None:
    case = await desk.waiting_case("Nguyễn Thị Lan")
    form = {"name": "Nguyễn Thị Lan", "pronoun": "chị", "phone": "0903 123 456"}
    assert (await minh.post(f"/desk/case/{case.id}/customer", **form)).status == 200
    page = await minh.page(f"/desk/case/{case.id}")
    assert "Dạ em chào chị Lan" in page
    assert "{anh}" not in page
    assert "+84903123456" in page


@pytest.mark.parametrize(("field", "value"), [("pronoun", "mày"), ("phone", "123"), ("phone", "<b>")])
async def test_a_card_takes_only_values_we_can_use(desk: DeskHouse, minh: Browser, field: str, value: str) -> None:
    case = await desk.waiting_case("Lan")
    await refusal(await minh.post(f"/desk/case/{case.id}/customer", **{"name": "Lan", field: value}))
    assert await desk.count("SELECT count(*) FROM audit WHERE action = 'customer.correct'") == 0


# --- Files ----------------------------------------------------------------------------------------------------------


async def send_file(minh: Browser, data: bytes, name: str) -> ClientResponse:
    form = FormData(quote_fields=False)  # as browsers do
    form.add_field("file", data, filename=name, content_type="image/png")
    headers = minh.headers(**{"X-CSRF-Token": minh.csrf, "Accept": "application/json"})
    return await minh.client.post("/desk/upload", data=form, headers=headers)


async def test_a_picture_goes_with_a_reply(desk: DeskHouse, minh: Browser) -> None:
    case = await desk.waiting_case("Lan")
    kept = await (await send_file(minh, PNG, "áo.png")).json()
    assert (kept["ok"], kept["kind"], kept["name"]) == (True, "image", "áo.png")
    assert (await minh.post(f"/desk/case/{case.id}/reply", text="", files=kept["file"])).status == 200
    assert f"/media/{kept['file']}/" in await thread(minh, case)


async def test_files_are_judged_by_their_content(desk: DeskHouse, minh: Browser) -> None:
    for data in (b"<svg onload=alert(1)>", b"<html>", b"MZ\x90", b"", b"PK\x03\x04"):
        answer = await send_file(minh, data, "hinh.png")
        assert (answer.status, (await answer.json())["ok"]) == (415, False)
    assert (await send_file(minh, PNG + b"x" * desk.web.media_limit, "to.png")).status == 413
    assert await desk.count("SELECT count(*) FROM attachments") == 0


# --- Live -----------------------------------------------------------------------------------------------------------


async def next_events(stream: ClientResponse, seconds: float = 2.0) -> list[str]:
    """The names in the next notice; [] when none came in time."""
    try:
        async with asyncio.timeout(seconds):
            while block := (await stream.content.readuntil(b"\n\n")).decode():
                if names := re.findall(r"^event: (\w+)$", block, re.MULTILINE):
                    return names
    except TimeoutError:
        pass
    return []


async def listen(browser: Browser, query: str = "") -> ClientResponse:
    stream = await browser.get(f"/desk/events{query}")
    assert stream.headers["Content-Type"].startswith("text/event-stream")
    assert await next_events(stream) == ["hello"]
    return stream


async def test_an_open_page_hears_of_a_new_case_and_of_its_own(desk: DeskHouse, minh: Browser) -> None:
    lan = await desk.waiting_case("Lan")
    stream = await listen(minh, f"?case={lan.id}")
    await desk.waiting_case("Huy")
    assert await next_events(stream) == ["list"]
    await minh.post(f"/desk/case/{lan.id}/note", text="chờ kho")
    assert "case" in await next_events(stream) + await next_events(stream, 0.5)


async def test_a_stream_tells_nothing_about_a_case_one_may_not_see(desk: DeskHouse, minh: Browser) -> None:
    owner = await desk.sign_in(await desk.hire("Bà Tư", "owner"))
    secret = await desk.waiting_case("Lan", kind="staff_complaint", owner_only=True)
    stream = await listen(minh, f"?case={secret.id}")
    await owner.post(f"/desk/case/{secret.id}/note", text="gọi Minh lên hỏi")
    heard = await next_events(stream) + await next_events(stream, 0.5)
    assert "case" not in heard


@pytest.mark.parametrize("how", ["sign_out", "role", "leaves", "revoked"])
async def test_whoever_loses_the_right_hears_nothing_more(desk: DeskHouse, minh: Browser, how: str) -> None:
    """T28: socket opened, role removed: the next event is not delivered."""
    person, stream = desk.people["Minh"], await listen(minh)
    now = desk.clock.now()
    match how:
        case "sign_out":
            await minh.post("/logout")
        case "role":
            await desk.engine.write(lambda db: staff.change(db, person.id, role="owner"))
        case "leaves":
            await desk.engine.write(lambda db: staff.change(db, person.id, active=False))
        case "revoked":
            await desk.engine.write(lambda db: logins.sign_out_everywhere(db, person.id, now))
    await desk.waiting_case("Lan")
    heard: list[str] = []
    while names := await next_events(stream):
        heard += names
    assert heard == ["gone"]
    assert stream.content.at_eof()


async def test_news_in_the_same_commit_as_the_revocation_stays_inside(desk: DeskHouse, minh: Browser) -> None:
    person, stream = desk.people["Minh"], await listen(minh)

    async def both(db: object) -> None:
        await logins.sign_out_everywhere(db, person.id, desk.clock.now())  # type: ignore[arg-type]
        db.touch("case", 1)  # type: ignore[attr-defined]

    await desk.engine.write(both)
    assert await next_events(stream) == ["gone"]


async def test_a_colleagues_other_changes_do_not_close_the_page(desk: DeskHouse, minh: Browser) -> None:
    stream = await listen(minh)
    await desk.engine.write(lambda db: staff.change(db, desk.people["Minh"].id, name="Minh Trần"))
    await desk.waiting_case("Lan")
    assert await next_events(stream) == ["list"]


async def test_a_closed_page_leaves_no_stream_behind(desk: DeskHouse, minh: Browser) -> None:
    stream = await listen(minh)
    assert desk.hub.watching == 1
    stream.close()
    await desk.waiting_case("Lan")
    async with asyncio.timeout(3):
        while desk.hub.watching:  # noqa: ASYNC110 - the server notices on its next write
            await asyncio.sleep(0.02)


# --- Language -------------------------------------------------------------------------------------------------------


async def test_the_whole_desk_speaks_english_to_who_reads_english(desk: DeskHouse) -> None:
    linh = await desk.sign_in(await desk.hire("Linh", language="en"))
    case = await desk.waiting_case("Lan")
    page = await linh.page(f"/desk/case/{case.id}")
    for text in ("Take the case", "Reply to the customer", "Internal note", "The customer does not see this"):
        assert text in page
    assert 'lang="en"' in page

"""The rules of the simulated Telegram: queues, retries, floods, topics, groups, faults. No test waits."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from tests.simulators.telegram import TelegramSimulator
from tests.simulators.telegram_limits import Limits, ManualClock
from tests.simulators.telegram_people import Group, Person
from tests.simulators.telegram_request import Params, Refusal
from tests.simulators.telegram_text import message_text, parse_html


@dataclass
class Client:
    """Plain calls without any library; what came back is the whole answer."""

    sim: TelegramSimulator
    session: aiohttp.ClientSession
    retry_after: str | None = None

    async def call(self, method: str, **values: Any) -> Any:
        url = f"{self.sim.base_url}/bot{self.sim.token}/{method}"
        async with self.session.post(url, json=values) as response:
            answer = await response.json()
            self.retry_after = response.headers.get("Retry-After")
            assert response.status == answer.get("error_code", 200)
            return answer

    async def ok(self, method: str, **values: Any) -> Any:
        answer = await self.call(method, **values)
        assert answer["ok"], answer
        return answer["result"]

    async def texts(self, offset: int = 0, **values: Any) -> list[str]:
        return [update["message"]["text"] for update in await self.ok("getUpdates", offset=offset, **values)]


@dataclass
class Receiver:
    """A webhook that answers what the test tells it to."""

    url: str = ""
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)  # next (status, headers); then 200
    bodies: list[dict[str, Any]] = field(default_factory=list)
    secrets: list[str | None] = field(default_factory=list)
    reply: dict[str, Any] = field(default_factory=dict)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    arrived: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    async def handle(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.json())
        self.secrets.append(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        self.arrived.release()
        await self.gate.wait()
        status, headers = self.answers.pop(0) if self.answers else (200, {})
        return web.json_response(self.reply, status=status, headers=headers)


@pytest.fixture
async def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def sim(clock: ManualClock) -> AsyncIterator[TelegramSimulator]:
    async with TelegramSimulator(clock=clock) as simulator:
        yield simulator


@pytest.fixture
async def bot(sim: TelegramSimulator) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as session:
        yield Client(sim, session)


@pytest.fixture
async def hook() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    receiver.gate.set()
    app = web.Application()
    app.router.add_post("/hook", receiver.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield receiver
    await runner.cleanup()


@pytest.fixture
def lan(sim: TelegramSimulator) -> Person:
    return sim.person("Lan", started=True)


@pytest.fixture
def desk(sim: TelegramSimulator) -> Group:
    group = sim.group("CSKH", forum=True)
    group.add_bot()
    return group


# Polling


async def test_an_offset_confirms_what_is_below_it(bot: Client, lan: Person) -> None:
    for text in ("một", "hai", "ba"):
        await lan.says(text)
    updates = await bot.ok("getUpdates", limit=2)
    assert [update["message"]["text"] for update in updates] == ["một", "hai"]
    assert await bot.texts() == ["một", "hai", "ba"]  # not confirmed: all of them again
    assert await bot.texts(updates[1]["update_id"]) == ["hai", "ba"]
    assert await bot.texts(-1) == ["ba"]
    assert await bot.texts(updates[1]["update_id"] + 2) == []


async def test_a_waiting_poll_ends_with_the_message_or_with_its_time(
    bot: Client, sim: TelegramSimulator, clock: ManualClock, lan: Person
) -> None:
    waiting = asyncio.create_task(bot.texts(timeout=50))
    await clock.until_sleeping(50)
    await lan.says("Có ai không")
    assert await waiting == ["Có ai không"]
    idle = asyncio.create_task(bot.texts(offset=sim.world.updates.next_id, timeout=90))  # clamped to 50 s
    await clock.until_sleeping(50)
    await clock.advance(50)
    assert await idle == []


async def test_a_second_poller_throws_the_first_one_out(bot: Client, clock: ManualClock, lan: Person) -> None:
    first = asyncio.create_task(bot.call("getUpdates", timeout=30))
    await clock.until_sleeping(30)
    second = asyncio.create_task(bot.texts(timeout=40))
    assert (await first)["error_code"] == 409
    await clock.until_sleeping(40)
    await lan.says("Alo")
    assert await second == ["Alo"]


async def test_polling_is_refused_while_a_webhook_is_set(bot: Client, hook: Receiver) -> None:
    await bot.ok("setWebhook", url=hook.url)
    refused = await bot.call("getUpdates")
    assert (refused["error_code"], "webhook is active" in refused["description"]) == (409, True)
    await bot.ok("deleteWebhook")
    assert await bot.ok("getUpdates") == []


async def test_messages_expire_after_a_day_and_presses_after_150_seconds(
    bot: Client, clock: ManualClock, lan: Person
) -> None:
    await lan.presses(await lan.says("Chào"), "x")
    await clock.advance(151)
    assert [update.keys() - {"update_id"} for update in await bot.ok("getUpdates")] == [{"message"}]
    await clock.advance(86_400)
    assert await bot.ok("getUpdates") == []


# Webhook


async def test_a_failing_webhook_is_retried_after_0_2_4_8_seconds_with_its_secret(
    bot: Client, sim: TelegramSimulator, clock: ManualClock, hook: Receiver, lan: Person
) -> None:
    hook.answers = [(500, {})] * 4
    await bot.ok("setWebhook", url=hook.url, secret_token="bi_mat-1")
    await lan.says("Chào")
    for seconds in (2, 4, 8):
        await clock.until_sleeping(seconds)
        await clock.advance(seconds)
    await sim.settled()
    times = [at - sim.world.updates.attempts[0][2] for _, _, at in sim.world.updates.attempts]
    assert times == [0, 0, 2, 6, 14]
    assert set(hook.secrets) == {"bi_mat-1"}
    assert len({body["update_id"] for body in hook.bodies}) == 1


async def test_a_webhook_may_ask_for_time(
    bot: Client, sim: TelegramSimulator, clock: ManualClock, hook: Receiver, lan: Person
) -> None:
    hook.answers = [(503, {"Retry-After": "37"})]
    await bot.ok("setWebhook", url=hook.url)
    await lan.says("Chào")
    await clock.until_sleeping(37)
    info = await bot.ok("getWebhookInfo")
    assert (info["pending_update_count"], "503" in info["last_error_message"]) == (1, True)
    await clock.advance(37)
    await sim.settled()


async def test_one_failing_chat_holds_up_neither_another_nor_a_press(
    bot: Client, sim: TelegramSimulator, hook: Receiver, lan: Person
) -> None:
    huy = sim.person("Huy")
    hook.gate.clear()
    await bot.ok("setWebhook", url=hook.url)
    said = await lan.says("một")
    await lan.says("hai")  # waits behind "một"
    await lan.presses(said, "x")
    await huy.says("ba")
    for _ in range(3):
        await hook.arrived.acquire()
    texts = [body.get("message", {}).get("text", "press") for body in hook.bodies]
    assert sorted(texts) == ["ba", "một", "press"]
    hook.gate.set()
    await sim.settled()
    assert hook.bodies[-1]["message"]["text"] == "hai"


async def test_the_answer_to_a_webhook_may_be_a_call(
    bot: Client, sim: TelegramSimulator, hook: Receiver, lan: Person
) -> None:
    hook.reply = {"method": "sendMessage", "chat_id": lan.id, "text": "Dạ"}
    await bot.ok("setWebhook", url=hook.url)
    await lan.says("Chào")
    assert (await lan.hears("Dạ")).method == "sendMessage"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"url": "http://shop.example/hook"}, "HTTPS URL must be provided"),
        ({"url": "https://shop.example:9000/hook"}, "only on ports"),
        ({"url": "https://shop.example/", "secret_token": "có dấu"}, "unallowed characters"),
        ({"url": "https://shop.example/", "secret_token": "a" * 257}, "too long"),
    ],
)
async def test_a_wrong_webhook_is_refused(bot: Client, values: dict[str, Any], words: str) -> None:
    assert words in (await bot.call("setWebhook", **values))["description"]


# Floods


async def test_topics_share_twenty_messages_a_minute(
    bot: Client, sim: TelegramSimulator, clock: ManualClock, desk: Group
) -> None:
    topic = (await bot.ok("createForumTopic", chat_id=desk.id, name="#1"))["message_thread_id"]
    sent = await bot.ok("sendMessage", chat_id=desk.id, message_thread_id=topic, text="0")
    await bot.ok("editMessageText", chat_id=desk.id, message_id=sent["message_id"], text="1")
    for number in range(17):
        await bot.ok("sendMessage", chat_id=desk.id, text=str(number))
    await clock.advance(20)
    refused = await bot.call("sendMessage", chat_id=desk.id, message_thread_id=topic, text="21")
    assert (refused["error_code"], refused["parameters"], bot.retry_after) == (429, {"retry_after": 40}, "40")
    assert len(sim.delivered(desk)) == 18
    await clock.advance(40)
    await bot.ok("sendMessage", chat_id=desk.id, text="nữa")


async def test_a_private_chat_takes_a_burst_and_then_one_a_second(bot: Client, clock: ManualClock, lan: Person) -> None:
    answers = [await bot.call("sendMessage", chat_id=lan.id, text=str(number)) for number in range(6)]
    assert [answer["ok"] for answer in answers] == [True] * 5 + [False]
    await clock.advance(1)
    assert (await bot.call("sendMessage", chat_id=lan.id, text="6"))["ok"]
    assert not (await bot.call("sendMessage", chat_id=lan.id, text="7"))["ok"]


async def test_the_whole_bot_sends_thirty_a_second(bot: Client, sim: TelegramSimulator, clock: ManualClock) -> None:
    people = [sim.person(f"Khách {number}", started=True) for number in range(31)]
    answers = [await bot.call("sendMessage", chat_id=person.id, text="Tin") for person in people]
    assert [answer["ok"] for answer in answers] == [True] * 30 + [False]
    await clock.advance(1)
    await bot.ok("sendMessage", chat_id=people[30].id, text="Tin")


async def test_short_floods_are_waited_out_inside_the_request(clock: ManualClock) -> None:
    limits = Limits(chat_burst=1, silent_wait=8)
    async with TelegramSimulator(clock=clock, limits=limits) as sim, aiohttp.ClientSession() as session:
        bot, lan = Client(sim, session), sim.person("Lan", started=True)
        await bot.ok("sendMessage", chat_id=lan.id, text="1")
        slow = asyncio.create_task(bot.ok("sendMessage", chat_id=lan.id, text="2"))
        await clock.until_sleeping(1)
        assert len(lan.inbox) == 1
        await clock.advance(1)
        await slow
        assert len(lan.inbox) == 2


# Topics and groups


async def test_a_line_in_a_topic_carries_the_implicit_reply(bot: Client, sim: TelegramSimulator, desk: Group) -> None:
    minh = sim.person("Minh")
    desk.add(minh, "creator")
    topic = (await bot.ok("createForumTopic", chat_id=desk.id, name="#1"))["message_thread_id"]
    sent = await bot.ok("sendMessage", chat_id=desk.id, message_thread_id=topic, text="Khách hỏi")
    plain = await minh.writes(desk, "ghi chú", thread=topic)
    answer = await minh.writes(desk, "dạ", reply_to=sent)
    assert plain["reply_to_message"]["forum_topic_created"]["name"] == "#1"
    assert plain["reply_to_message"]["from"]["is_bot"]
    assert answer["reply_to_message"]["message_id"] == sent["message_id"]
    assert answer["message_thread_id"] == topic
    assert sim.delivered(desk, topic)[0].reply_to is None
    general = await minh.writes(desk, "chung")
    assert not {"message_thread_id", "is_topic_message"} & general.keys()


async def test_a_migrated_group_names_its_new_id_everywhere(bot: Client, sim: TelegramSimulator) -> None:
    old = sim.group("CSKH", basic=True)
    old.add_bot()
    new = old.migrate()
    refused = await bot.call("sendMessage", chat_id=old.id, text="Chào")
    assert refused["parameters"] == {"migrate_to_chat_id": new.id}
    messages = [update["message"] for update in await bot.ok("getUpdates") if "message" in update]
    assert [(message["chat"]["id"], message.get("migrate_to_chat_id")) for message in messages[-2:]] == [
        (old.id, new.id),
        (new.id, None),
    ]
    assert messages[-1]["migrate_from_chat_id"] == old.id
    await bot.ok("sendMessage", chat_id=new.id, text="Chào")


async def test_without_rights_the_bot_hears_only_what_is_meant_for_it(bot: Client, sim: TelegramSimulator) -> None:
    group, minh = sim.group("Bạn bè"), sim.person("Minh")
    group.add(minh, "creator")
    group.add_bot(admin=False)
    sent = await bot.ok("sendMessage", chat_id=group.id, text="Chào cả nhà")
    await minh.writes(group, "chuyện riêng @cham_test_bot")
    await minh.writes(group, "/trogiup@cham_test_bot")
    await minh.writes(group, "dạ", reply_to=sent)
    texts = [update["message"]["text"] for update in await bot.ok("getUpdates") if "text" in update.get("message", {})]
    assert texts == ["/trogiup@cham_test_bot", "dạ"]


async def test_people_without_a_face_are_told_apart(bot: Client, sim: TelegramSimulator, desk: Group) -> None:
    minh, robot = sim.person("Minh"), sim.person("Robot", is_bot=True)
    desk.add(minh, "creator")
    desk.add(robot)
    hidden = await minh.writes(desk, "/xong", anonymous=True)
    channel = await minh.writes(desk, "/xong", as_channel="Tin tức")
    await robot.writes(desk, "lặp")
    assert (hidden["from"]["id"], hidden["sender_chat"]["id"]) == (1087968824, desk.id)
    assert channel["from"]["id"] == 136817688
    assert [u["message"]["text"] for u in await bot.ok("getUpdates") if "text" in u.get("message", {})] == ["/xong"] * 2


async def test_changes_of_members_arrive_only_when_asked_for(bot: Client, sim: TelegramSimulator, desk: Group) -> None:
    minh = sim.person("Minh")
    desk.add(minh)
    assert not any("chat_member" in update for update in await bot.ok("getUpdates", allowed_updates=["chat_member"]))
    desk.remove(minh, banned=True)
    newest = (await bot.ok("getUpdates"))[-1]["chat_member"]
    assert newest["new_chat_member"]["status"] == "kicked"


# Faults and the ledger


async def test_an_edit_and_a_deletion_stay_in_the_ledger(bot: Client, sim: TelegramSimulator, lan: Person) -> None:
    sent = await bot.ok("sendMessage", chat_id=lan.id, text="cũ")
    await bot.ok("editMessageText", chat_id=lan.id, message_id=sent["message_id"], text="mới")
    await bot.ok("deleteMessage", chat_id=lan.id, message_id=sent["message_id"])
    [entry] = sim.delivered(lan)
    assert (entry.text, entry.edits, entry.is_deleted) == ("mới", [{"text": "cũ"}], True)


async def test_a_press_can_overtake_and_an_update_can_come_twice(
    bot: Client, sim: TelegramSimulator, lan: Person
) -> None:
    earlier = await lan.says("trước")
    await lan.says("sau")
    sim.faults.next("reordered")
    await lan.presses(earlier, "x")
    sim.faults.next("duplicate_update")
    await lan.says("đôi")
    updates = await bot.ok("getUpdates")
    assert [update.get("message", {}).get("text") for update in updates] == ["trước", None, "sau", "đôi", "đôi"]
    assert updates[-1] == updates[-2]


async def test_strange_updates_come_before_the_real_one(bot: Client, sim: TelegramSimulator, lan: Person) -> None:
    sim.faults.next("malformed_update")
    await lan.says("một")
    sim.faults.next("unknown_update")
    await lan.says("hai")
    broken, one, unknown, two = await bot.ok("getUpdates")
    assert "date" not in broken["message"]
    assert unknown.keys() == {"update_id", "telepathy"}
    assert (one["message"]["text"], two["message"]["text"]) == ("một", "hai")


async def test_one_seed_is_one_course_of_events(clock: ManualClock) -> None:
    courses = []
    for _ in range(2):
        async with (
            TelegramSimulator(clock=clock, limits=Limits.lifted(), seed=7) as sim,
            aiohttp.ClientSession() as session,
        ):
            sim.faults.chance("server_error", 0.3, "sendMessage")
            bot, lan = Client(sim, session), sim.person("Lan", started=True)
            courses.append([(await bot.call("sendMessage", chat_id=lan.id, text=str(n)))["ok"] for n in range(30)])
    assert courses[0] == courses[1]
    assert {True, False} == set(courses[0])


async def test_an_outage_ends_and_the_port_stays(bot: Client, sim: TelegramSimulator, lan: Person) -> None:
    sim.faults.outage("bad_gateway")
    with pytest.raises(aiohttp.ContentTypeError):
        await bot.call("getMe")
    sim.faults.over()
    await sim.stop()
    with pytest.raises(aiohttp.ClientError):
        await bot.call("getMe")
    await sim.start()
    await bot.ok("sendMessage", chat_id=lan.id, text="Lại đây rồi")


async def test_a_bare_flood_names_no_time(bot: Client, sim: TelegramSimulator) -> None:
    sim.faults.next("bare_flood", "getMe")
    answer = await bot.call("GETME")  # method names are case-insensitive
    assert (answer["error_code"], "parameters" in answer, bot.retry_after) == (429, False, None)


@pytest.mark.parametrize(("token", "code"), [("1:short", 401), ("7000000001:" + "x" * 35, 401)])
async def test_another_token_is_refused(sim: TelegramSimulator, bot: Client, token: str, code: int) -> None:
    async with bot.session.get(f"{sim.base_url}/bot{token}/getMe") as response:
        assert response.status == code
    async with bot.session.get(f"{sim.base_url}/bot{sim.token}/sendTelepathy") as response:
        assert response.status == 404


# Texts


@pytest.mark.parametrize(
    ("html", "plain", "kinds"),
    [
        ("&lt;3 _i*", "<3 _i*", []),
        ("👍 <b>đậm <i>nghiêng</i></b>", "👍 đậm nghiêng", [("bold", 3, 11), ("italic", 7, 7)]),
        ('<a href="https://cham.vn/?a=1&amp;b=2">đây</a>', "đây", [("text_link", 0, 3)]),
        ('<pre><code class="language-py">1</code></pre>&#128077;', "1👍", [("pre", 0, 1)]),
        ("<blockquote expandable>dài</blockquote>&nbsp;", "dài&nbsp;", [("expandable_blockquote", 0, 3)]),
    ],
)
def test_html_becomes_entities_in_utf16_units(html: str, plain: str, kinds: list[tuple[str, int, int]]) -> None:
    text, entities = parse_html(html)
    assert text == plain
    assert sorted((e["type"], e["offset"], e["length"]) for e in entities) == sorted(kinds)


@pytest.mark.parametrize("html", ["<3", "a < b", "<b>x</i>", "x</b>", "<div>x</div>", "<span>x</span>", "<i"])
def test_wrong_html_is_refused(html: str) -> None:
    with pytest.raises(Refusal, match="can't parse entities"):
        parse_html(html)


@pytest.mark.parametrize(
    "entity",
    [
        {"type": "bold", "offset": 0, "length": 9},
        {"type": "bold", "offset": 1, "length": 1},  # the middle of an emoji
        {"type": "bold", "offset": 0, "length": 0},
        {"type": "giant", "offset": 0, "length": 2},
    ],
)
def test_entities_outside_the_text_are_refused(entity: dict[str, Any]) -> None:
    with pytest.raises(Refusal):
        message_text(Params({"text": "👍 ok", "entities": [entity]}))


def test_links_and_languages_are_kept() -> None:
    link = parse_html('<a href="https://cham.vn/?a=1&amp;b=2">đây</a>')[1][0]
    block = parse_html('<pre><code class="language-py">1</code></pre>')[1][0]
    assert (link["url"], block["language"]) == ("https://cham.vn/?a=1&b=2", "py")


def test_lengths_count_utf16_units() -> None:
    assert message_text(Params({"text": "👍" * 2048}))["text"]
    with pytest.raises(Refusal, match="message is too long"):
        message_text(Params({"text": "👍" * 2048 + "!"}))

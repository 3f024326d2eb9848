"""The rules of the simulated Telegram: queues, retries, floods, topics, groups, faults. No test waits."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from tests.simulators.telegram import TelegramSimulator
from tests.simulators.telegram_client import Client, Receiver
from tests.simulators.telegram_limits import Limits, ManualClock
from tests.simulators.telegram_people import Group, Person


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


async def test_writing_again_unblocks_the_bot(bot: Client, lan: Person) -> None:
    await lan.says("Chào")
    await lan.blocks()
    refused = await bot.call("sendMessage", chat_id=lan.id, text="Dạ")
    assert refused["description"] == "Forbidden: bot was blocked by the user"
    await lan.says("Quay lại")
    states = [u["my_chat_member"]["new_chat_member"]["status"] for u in (await bot.ok("getUpdates"))[1:3]]
    assert states == ["kicked", "member"]
    await bot.ok("sendMessage", chat_id=lan.id, text="Dạ")
    await lan.hears("Dạ")
    lan.hears_nothing()


async def test_an_album_arrives_as_single_updates(bot: Client, lan: Person) -> None:
    await lan.sends_album([b"1", b"2", b"3"], caption="Hỏng hết")
    messages = [update["message"] for update in await bot.ok("getUpdates")]
    assert len({message["media_group_id"] for message in messages}) == 1
    assert [message.get("caption") for message in messages] == ["Hỏng hết", None, None]


async def test_a_file_link_lives_for_an_hour(
    bot: Client, sim: TelegramSimulator, clock: ManualClock, lan: Person
) -> None:
    sent = await lan.sends("document", b"hop dong", name="hopdong.pdf")
    path = (await bot.ok("getFile", file_id=sent["document"]["file_id"]))["file_path"]
    address = f"{sim.base_url}/file/bot{sim.token}/{path}"
    async with bot.session.get(address) as response:
        assert await response.read() == b"hop dong"
    await clock.advance(3600)
    async with bot.session.get(address) as response:
        assert response.status == 404


async def test_a_late_answer_to_a_press_is_refused(bot: Client, clock: ManualClock, lan: Person) -> None:
    query = await lan.presses(await lan.says("Chào"), "x")
    await clock.advance(61)
    assert "query is too old" in (await bot.call("answerCallbackQuery", callback_query_id=query))["description"]
    assert lan.answer_to(query) is None


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

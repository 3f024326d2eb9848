"""Sending: three kinds of outcome, one place that decides, order kept, nothing vanishes."""

import pytest

from bot.channel import Ambiguous, Down, Misconfigured, Moved, Pace, Rejected, Throttled, Unreachable, WindowClosed
from storage import conversations, outbox
from storage.sqlite import SqliteEngine
from tests.bot.conftest import Post
from tests.bot.network import FakeNetwork


async def test_a_message_is_sent_once_and_remembers_its_id(post: Post) -> None:
    number = await post.say("Dạ em chào chị")
    await post.run()
    await post.run()
    row = await post.row(number)
    assert (row.state, row.external_ids, post.network.texts()) == ("sent", ("m1",), ["Dạ em chào chị"])


async def test_one_chat_keeps_its_order_through_a_failure_and_others_go_on(post: Post) -> None:
    post.network.choose = lambda message: Down() if message.text == "một" and len(post.network.attempts) == 1 else None
    await post.say("một")
    await post.say("hai")
    await post.say("khác", to="huy")
    await post.run()
    assert post.network.texts() == ["khác"]
    await post.wait(seconds=10)
    assert post.network.texts() == ["khác", "một", "hai"]


async def test_a_message_planned_for_later_does_not_hold_up_what_is_due(post: Post) -> None:
    await post.say("để mai", due_in=3600)
    await post.say("bây giờ")
    await post.run()
    assert post.network.texts() == ["bây giờ"]
    await post.wait(hours=1)
    assert post.network.texts() == ["bây giờ", "để mai"]


@pytest.mark.parametrize("error", [Unreachable("blocked"), WindowClosed(), Rejected("too old")])
async def test_a_refusal_for_good_ends_with_its_reason(post: Post, error: Unreachable) -> None:
    number = await post.say("chào")
    post.network.next(error)
    await post.run()
    await post.wait(days=2)
    row = await post.row(number)
    assert (row.state, post.network.arrived) == ("failed", [])
    assert row.reason.startswith(error.reason)


@pytest.mark.parametrize("error", [Down("refused"), Throttled(7), Misconfigured("token")])
async def test_what_was_surely_not_sent_is_sent_later(post: Post, error: Down) -> None:
    number = await post.say("chào")
    post.network.next(error)
    await post.run()
    assert await post.state(number) == "ready"
    await post.wait(minutes=2)
    assert (await post.state(number), post.network.texts()) == ("sent", ["chào"])


async def test_a_throttled_chat_waits_as_long_as_it_was_told_and_others_do_not(post: Post) -> None:
    await post.say("một")
    post.network.next(Throttled(30))
    await post.run()
    await post.say("hai")
    await post.say("khác", to="huy")
    await post.wait(seconds=29)
    assert post.network.texts() == ["khác"]
    await post.wait(seconds=5)
    assert post.network.texts() == ["khác", "một", "hai"]


async def test_a_throttled_account_holds_everybody(post: Post) -> None:
    await post.say("một")
    post.network.next(Throttled(30, everyone=True))
    await post.run()
    await post.say("khác", to="huy")
    await post.wait(seconds=29)
    assert post.network.texts() == []
    await post.wait(seconds=5)
    assert sorted(post.network.texts()) == ["khác", "một"]


async def test_a_lost_answer_to_a_service_message_is_tried_once_more(post: Post) -> None:
    number = await post.say("mã đơn DH1042", purpose="relay")
    post.network.next("lost")
    await post.run()
    assert await post.state(number) == "ready"
    await post.wait(seconds=5)
    assert (await post.state(number), len(post.network.arrived)) == ("sent", 2)


async def test_after_two_lost_answers_nobody_tries_again(post: Post) -> None:
    number = await post.say("mã đơn DH1042", purpose="relay")
    post.network.next("lost", Ambiguous("reset"))
    await post.run()
    await post.wait(seconds=5)
    await post.wait(days=1)
    assert (await post.state(number), len(post.network.attempts)) == ("uncertain", 2)


async def test_an_advertisement_is_never_sent_twice(post: Post) -> None:
    number = await post.say("giảm giá", purpose="marketing")
    post.network.next("lost")
    await post.run()
    await post.wait(days=1)
    assert (await post.state(number), len(post.network.attempts)) == ("uncertain", 1)


async def test_after_a_lost_answer_a_refusal_does_not_count_as_failed(post: Post) -> None:
    number = await post.say("chào", purpose="relay")
    post.network.next("lost", Rejected())
    await post.run()
    await post.wait(seconds=5)
    assert await post.state(number) == "uncertain"


async def test_a_mistake_in_an_adapter_counts_as_a_lost_answer(post: Post) -> None:
    number = await post.say("chào")

    def breaks(message: object) -> None:
        raise KeyError("result")

    post.network.choose = breaks
    await post.run()
    post.network.choose = None
    await post.wait(seconds=5)
    assert await post.state(number) == "sent"


async def test_a_long_text_goes_out_in_parts_and_parts_already_out_are_not_repeated(post: Post) -> None:
    text = " ".join(f"Câu số {n} của một lời giải thích khá dài." for n in range(8))
    number = await post.say(text)
    post.network.next(None, Down())
    await post.run()
    await post.wait(seconds=10)
    row = await post.row(number)
    assert row.state == "sent"
    assert len(row.external_ids) == len(post.network.arrived) >= 3
    assert " ".join(post.network.texts()) == text


async def test_a_lost_part_is_tried_once_and_does_not_hold_up_the_rest(post: Post) -> None:
    text = " ".join(f"Câu số {n} của một lời giải thích khá dài." for n in range(6))
    number = await post.say(text)
    post.network.next(None, "lost", "lost")
    await post.run()
    await post.wait(seconds=5)
    assert await post.state(number) == "uncertain"
    copies = [one.part for one in post.network.arrived]
    assert copies.count(1) == 2
    assert all(copies.count(part) == 1 for part in set(copies) - {1})
    assert set(copies) == set(range(max(copies) + 1))


async def test_a_row_under_way_when_the_process_died_is_in_doubt(post: Post, engine: SqliteEngine) -> None:
    service = await post.say("một", purpose="relay")
    advert = await post.say("hai", to="huy", purpose="marketing")

    async def take(number: int) -> None:
        await engine.write(lambda db: outbox.claim(db, number, post.clock.now()))

    await take(service)
    await take(advert)
    sender = post.sender = post.new_sender()
    await sender.start()
    await sender.stop()
    assert (await post.state(service), await post.state(advert)) == ("ready", "uncertain")
    row = await post.row(service)
    assert row.ambiguous


async def test_an_expired_message_is_not_sent(post: Post) -> None:
    now = post.clock.now()
    number = await post.say("nhắc hẹn 10 giờ", due_in=60, expires_at=now)
    await post.wait(minutes=2)
    assert (await post.state(number), post.network.texts()) == ("expired", [])


async def test_an_automatic_answer_that_comes_far_too_late_is_dropped_and_staff_lines_are_not(post: Post) -> None:
    answer = await post.say("Dạ phí ship 20.000 ạ")
    relay = await post.say("Minh đây ạ", to="huy", purpose="relay")
    await post.wait(hours=2)
    assert (await post.state(answer), await post.state(relay)) == ("expired", "sent")


async def test_a_line_taken_back_in_time_is_never_sent(post: Post, engine: SqliteEngine) -> None:
    conversation = await post.conversation()
    now = post.clock.now()
    line = await engine.write(
        lambda db: conversations.add_line(db, conversation, author="staff", text="nhầm", extra={}, at=now)
    )
    number = await post.say("nhầm", purpose="relay", conversation_id=conversation, line_id=line)
    await engine.write(lambda db: conversations.recall_line(db, line, now))
    await post.run()
    assert (await post.state(number), post.network.texts()) == ("cancelled", [])


async def test_an_unreachable_person_is_remembered(post: Post, engine: SqliteEngine) -> None:
    await post.conversation("lan")
    await post.say("chào")
    post.network.next(Unreachable("blocked"))
    await post.run()
    row = await engine.read(lambda db: db.one("SELECT reachable FROM identities"))
    assert row == {"reachable": 0}


async def test_a_chat_that_moved_gets_everything_at_its_new_address(post: Post) -> None:
    await post.say("một", to="-100")
    await post.say("hai", to="-100")
    post.network.choose = lambda message: Moved("-200") if message.address == "-100" else None
    await post.run()
    assert [(one.address, one.text) for one in post.network.arrived] == [("-200", "một"), ("-200", "hai")]


async def test_pacing_holds_one_chat_and_the_whole_account(engine: SqliteEngine) -> None:
    network = FakeNetwork(chat_pace=Pace(rate=1, burst=1), account_pace=Pace(rate=2, burst=2))
    post = Post(engine, network)
    for n in range(3):
        await post.say(f"lan {n}")
    for n in range(3):
        await post.say(f"khách {n}", to=f"c{n}")
    await post.run()
    assert network.texts() == ["lan 0", "khách 0"]
    for _ in range(4):
        await post.wait(seconds=1)
    assert network.texts().count("lan 2") == 1
    assert [text for text in network.texts() if text.startswith("lan")] == ["lan 0", "lan 1", "lan 2"]
    assert len(network.texts()) == 6


async def test_a_channel_that_is_down_gets_rest_and_says_so(engine: SqliteEngine) -> None:
    post = Post(engine, FakeNetwork())
    told: list[str] = []
    post.sender._on_trouble = lambda channel, error: told.append(error.reason)
    for n in range(8):
        await post.say("chào", to=f"c{n}")
    post.network.choose = lambda message: Down("refused")
    await post.run()
    assert told
    tried = len(post.network.attempts)
    await post.wait(seconds=1)
    assert len(post.network.attempts) == tried
    post.network.choose = None
    for _ in range(60):
        await post.wait(seconds=5)
    assert len(post.network.arrived) == 8


async def test_at_most_so_many_sends_are_under_way(engine: SqliteEngine) -> None:
    post = Post(engine, FakeNetwork(in_flight=2))
    for n in range(5):
        await post.say("chào", to=f"c{n}")
    assert await post.sender.step() == 2
    await post.sender.landed()
    await post.run()
    assert len(post.network.arrived) == 5


async def test_send_again_makes_one_new_attempt_however_often_it_is_pressed(post: Post, engine: SqliteEngine) -> None:
    number = await post.say("chào", purpose="relay")
    post.network.next(Rejected())
    await post.run()
    row = await post.row(number)
    now = post.clock.now()
    first = await engine.write(lambda db: outbox.send_again(db, row, now))
    second = await engine.write(lambda db: outbox.send_again(db, row, now))
    await post.run()
    assert first is not None
    assert second is None
    assert post.network.texts() == ["chào"]


async def test_a_key_is_used_once_for_ever(post: Post, engine: SqliteEngine) -> None:
    await post.say("chúc mừng sinh nhật", key="birthday:1:2026")
    with pytest.raises(AssertionError):
        await post.say("chúc mừng sinh nhật", key="birthday:1:2026")
    await post.run()
    assert post.network.texts() == ["chúc mừng sinh nhật"]

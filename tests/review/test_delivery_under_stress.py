"""No row is stuck for ever, no lane is overtaken, nothing that may have arrived is called unsent."""

from random import Random

from bot.channel import Ambiguous, Down, Pace
from bot.delivery import Sender
from storage import outbox
from storage.database import Database
from tests.bot.conftest import Post
from tests.bot.network import FakeNetwork

TROUBLE = """
    CREATE TRIGGER trouble BEFORE UPDATE ON outbox WHEN NEW.state = 'sent'
    BEGIN SELECT RAISE(ABORT, 'the database is in trouble'); END
"""


async def _sql(post: Post, sql: str) -> None:
    await post.engine.write(lambda db: db.execute(sql))


async def test_an_outcome_is_kept_however_long_the_database_is_in_trouble(post: Post) -> None:
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 20:
            await _sql(post, "DROP TRIGGER trouble")

    post.sender = Sender(post.engine, post.network, post.clock, post.metrics, chance=Random(1), pause=pause)
    await _sql(post, TROUBLE)
    number = await post.say("một")
    await post.run()
    assert await post.state(number) == "sent"
    assert post.network.texts() == ["một"]


async def test_a_message_nobody_can_write_down_ends_and_its_lane_goes_on(post: Post) -> None:
    broken = await post.say("", payload={"choices": [{"action": "menu"}]})
    after = await post.say("hai")
    await post.run()
    assert await post.state(broken) == "failed"
    assert await post.state(after) == "sent"


async def test_what_is_held_back_for_its_pace_keeps_its_place(post: Post) -> None:
    post.network = FakeNetwork(chat_pace=Pace(rate=1.0, burst=1))
    post.sender = post.new_sender()
    for text in ("một", "hai"):
        await post.say(text)
    await post.run()
    await post.say("ba")
    due = await post.engine.read(lambda db: outbox.due(db, "fake", "main", post.clock.now(), 10, mailbox=False))
    assert due == []
    for _ in range(3):
        await post.wait(seconds=1.1)
    assert post.network.texts() == ["một", "hai", "ba"]


async def test_what_waits_behind_a_failing_message_does_not_keep_the_loop_awake(post: Post) -> None:
    post.network.next(Down())
    first = await post.say("một")
    await post.run()
    await post.say("hai")
    waits_until = (await post.row(first)).due_at
    now = post.clock.now()
    assert await post.engine.read(lambda db: outbox.next_due(db, "fake", "main", now)) == waits_until
    assert waits_until > now


async def test_taking_back_what_may_have_arrived_does_not_make_it_unsent(post: Post) -> None:
    post.network.next("lost")
    number = await post.say("một", purpose="relay")
    await post.run()
    row = await post.row(number)
    await post.engine.write(lambda db: outbox.end(db, row, "cancelled", "recalled", post.clock.now()))
    assert await post.state(number) == "uncertain"


async def test_a_chat_that_moves_to_where_we_are_known_already_is_no_trouble(post: Post) -> None:
    insert = """
        INSERT INTO relays (channel, account, address, external_id, at) VALUES ('fake', 'main', :address, '7', 0)
    """

    async def both(db: Database) -> None:
        for address in ("old", "new"):
            await db.execute(insert, {"address": address})

    await post.engine.write(both)
    waiting = await post.say("một", to="old")
    await post.engine.write(lambda db: outbox.readdress(db, "fake", "main", "old", "new"))
    row = await post.row(waiting)
    assert (row.address, row.lane) == ("new", "fake:main:new")


async def test_doubt_about_a_part_is_not_forgotten_when_a_later_part_must_wait(post: Post) -> None:
    post.network = FakeNetwork(text_limit=10)
    post.sender = post.new_sender()
    number = await post.say("một hai. ba bốn. năm sáu.")
    post.network.next(Ambiguous(), Ambiguous(), Down())
    await post.run()
    await post.wait(seconds=6)
    await post.wait(minutes=1)
    assert post.network.texts() == ["ba bốn.", "năm sáu."]
    assert await post.state(number) == "uncertain"

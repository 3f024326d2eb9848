"""After a restore nothing is sent until the owner says so; then what is still wanted goes out."""

from pathlib import Path

import pytest

from bot import operations
from bot.control import Desk
from bot.settings import Settings
from storage import quarantine
from tests.bot.conftest import Post


@pytest.fixture
def desk(post: Post, tmp_path: Path) -> Desk:
    settings = Settings(database=f"sqlite:///{tmp_path / 'cham.db'}")
    return Desk(post.engine, settings, post.clock.now, "http://127.0.0.1:8080")


async def test_nothing_is_sent_in_quarantine_whatever_its_purpose(post: Post) -> None:
    await post.engine.write(lambda db: quarantine.enter(db, post.clock.now()))
    numbers = [
        await post.say(purpose, purpose=purpose) for purpose in ("reply", "relay", "survey", "marketing", "alert")
    ]
    for _ in range(5):
        await post.wait(minutes=2)
    assert post.network.attempts == []
    assert {await post.state(number) for number in numbers} == {"ready"}
    assert (await post.row(numbers[0])).reason == quarantine.REASON


async def test_what_was_unsent_when_it_began_is_cancelled(post: Post) -> None:
    number = await post.say("tin cũ", purpose="marketing", due_in=60)
    assert await post.engine.write(lambda db: quarantine.enter(db, post.clock.now())) == 1
    await post.wait(minutes=5)
    assert await post.state(number) == "cancelled"


async def test_when_it_ends_colleagues_words_go_out_in_order_and_stale_answers_do_not(post: Post, desk: Desk) -> None:
    await post.engine.write(lambda db: quarantine.enter(db, post.clock.now()))
    old = await post.say("câu trả lời tự động", purpose="reply")
    words = [await post.say(text, purpose="relay") for text in ("một", "hai", "ba")]
    await post.wait(minutes=30)
    fresh = await post.say("trả lời mới", purpose="reply")
    await post.run()
    assert await operations.quarantine_lift(desk) == 5
    for _ in range(8):
        await post.wait(seconds=1)
    assert post.network.texts() == ["một", "hai", "ba", "trả lời mới"]
    assert await post.state(old) == "expired"
    assert {await post.state(number) for number in (*words, fresh)} == {"sent"}


async def test_ending_what_is_not_there_says_so(desk: Desk) -> None:
    assert await operations.quarantine_lift(desk) is None

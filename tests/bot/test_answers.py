"""The bot answers at once, and better when the phrase bank is learnt."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bot.answers import LiveAnswers
from care import settings as shop_settings
from care import shop as shop_file
from care.faq import Answer, background, learnt
from storage import schema
from storage.sqlite import SqliteEngine
from tests.clock import FakeClock

ROOT = Path(__file__).parents[2]
PLAIN = "phí giao hàng là bao nhiêu"


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[SqliteEngine]:
    path = tmp_path / "cham.db"
    schema.migrate(str(path))
    made = SqliteEngine(path)
    await made.start()
    shop = shop_file.parse((ROOT / "shop.demo.yaml").read_bytes())
    await made.write(lambda db: shop_settings.seed(db, shop, FakeClock().now()))
    yield made
    await made.stop()


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """As after a start: this process has learnt nothing."""

    def forget() -> None:
        monkeypatch.setattr(background, "_shipped", None)

    forget()
    return forget


async def test_the_first_start_answers_at_once_and_swaps_when_the_bank_is_learnt(
    engine: SqliteEngine, tmp_path: Path, fresh: Callable[[], None]
) -> None:
    answers = LiveAnswers(engine, tmp_path, learn_after=0)
    await answers.start()
    first = answers.current()
    assert isinstance(first.decide(PLAIN), Answer)
    assert not background.adopted()
    await answers.learnt()
    assert answers.current() is not first
    assert background.adopted()
    assert isinstance(answers.current().decide(PLAIN), Answer)
    assert learnt.file_in(tmp_path).exists()
    await answers.stop()

    fresh()
    again = LiveAnswers(engine, tmp_path, learn_after=0)
    await again.start()
    assert background.adopted()  # read from the file, before anything is asked
    assert again.current().search(PLAIN) == answers.current().search(PLAIN)


async def test_a_bot_that_stops_ends_the_learning(
    engine: SqliteEngine, tmp_path: Path, fresh: Callable[[], None]
) -> None:
    answers = LiveAnswers(engine, tmp_path, learn_after=0)
    await answers.start()
    await answers.stop()
    await answers.learnt()
    assert not background.adopted()
    assert not learnt.file_in(tmp_path).exists()


async def test_where_no_file_can_be_kept_the_bank_is_learnt_in_the_bot(
    engine: SqliteEngine, tmp_path: Path, fresh: Callable[[], None]
) -> None:
    answers = LiveAnswers(engine, tmp_path / "missing", learn_after=0)
    await answers.start()
    assert isinstance(answers.current().decide(PLAIN), Answer)
    await answers.learnt()
    assert background.adopted()
    assert not (tmp_path / "missing").exists()

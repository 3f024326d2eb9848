"""The demo shop: believable, whole, beside nobody, and gone again when asked."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bot import demo, operations
from bot.control import Desk, OperationFailed
from bot.settings import Settings
from care import shop as shop_file
from storage import demo as stored
from storage.database import Database
from storage.sqlite import SqliteEngine
from tests.clock import START

SHOP = Path(__file__).parent.parent.parent / "shop.demo.yaml"


@pytest.fixture
def desk(engine: SqliteEngine, tmp_path: Path) -> Desk:
    settings = Settings(database=f"sqlite:///{tmp_path / 'cham.db'}", shop_file=SHOP)
    return Desk(engine, settings, lambda: START, "http://127.0.0.1:8080")


async def ask(desk: Desk, sql: str) -> list[dict[str, Any]]:
    async def look(db: Database) -> list[dict[str, Any]]:
        return await db.query(sql)

    return await desk.engine.read(look)


async def one(desk: Desk, sql: str) -> Any:
    return next(iter((await ask(desk, sql))[0].values()))


async def test_the_demo_shop_has_ninety_days_of_everything(desk: Desk) -> None:
    made = await operations.demo_load(desk)
    assert made["customers"] == demo.CUSTOMERS
    assert made["cases"] >= 350
    assert made["ratings"] >= 600
    assert made["faq_asks"] >= 700
    days = await one(desk, "SELECT (max(at) - min(at)) / 86400000 FROM lines")
    assert 85 <= days <= 91


async def test_its_rows_fit_together(desk: Desk) -> None:
    await operations.demo_load(desk)
    assert await ask(desk, "PRAGMA foreign_key_check") == []
    gaps = """
        SELECT conversation_id FROM lines WHERE author <> 'note' GROUP BY 1
        HAVING count(*) <> max(seq) OR min(seq) <> 1
    """
    assert await ask(desk, gaps) == []
    late = f"SELECT id FROM lines WHERE at > {int(START.timestamp() * 1000)}"
    assert await ask(desk, late) == []
    backwards = """
        SELECT a.id FROM lines a JOIN lines b ON a.conversation_id = b.conversation_id AND b.seq = a.seq + 1
        WHERE b.at < a.at
    """
    assert await ask(desk, backwards) == []
    assert await ask(desk, "SELECT id FROM cases WHERE state IN ('resolved', 'confirmed') AND root_cause = ''") == []
    order = "claimed_at < opened_at OR replied_at < claimed_at OR resolved_at < replied_at"
    assert await ask(desk, f"SELECT id FROM cases WHERE {order}") == []
    assert await one(desk, "SELECT count(*) FROM lines WHERE text LIKE '%{%'") == 0


async def test_deliveries_are_its_weak_spot(desk: Desk) -> None:
    await operations.demo_load(desk)
    rows = await ask(desk, "SELECT touchpoint, avg(level) AS mean, count(*) AS n FROM ratings GROUP BY 1 HAVING n > 20")
    assert min(rows, key=lambda row: row["mean"])["touchpoint"] == demo.WEAK


async def test_something_is_open_overdue_and_urgent_now(desk: Desk) -> None:
    await operations.demo_load(desk)
    now = int(START.timestamp() * 1000)
    rows = await ask(desk, "SELECT * FROM cases WHERE state IN ('open', 'claimed', 'pending', 'reopened')")
    assert 8 <= len(rows) <= 20
    assert any(row["urgent"] for row in rows)
    assert any(row["due_at"] < now for row in rows)
    assert {"open", "claimed", "pending"} <= {row["state"] for row in rows}
    assert any(row["owner_only"] for row in rows)


def test_the_same_seed_tells_the_same_story() -> None:
    shop = shop_file.parse(SHOP.read_bytes())
    assert demo.make(shop, START, seed=7) == demo.make(shop, START, seed=7)
    assert demo.make(shop, START, seed=7) != demo.make(shop, START, seed=8)


async def test_it_is_refused_beside_real_customers(desk: Desk) -> None:
    await operations.demo_load(desk)
    with pytest.raises(OperationFailed, match="demo remove"):
        await operations.demo_load(desk)
    await operations.demo_remove(desk)

    async def lan_comes(db: Database) -> None:
        from storage import conversations

        await conversations.begin(db, "website", "main", "lan", name="Lan", language="vi", at=START)

    await desk.engine.write(lan_comes)
    with pytest.raises(OperationFailed, match="--force"):
        await operations.demo_load(desk)
    assert await one(desk, "SELECT count(*) FROM customers") == 1


async def test_it_goes_without_a_trace_and_leaves_real_customers(desk: Desk) -> None:
    async def lan_comes(db: Database) -> None:
        from storage import conversations

        await conversations.begin(db, "website", "main", "lan", name="Lan", language="vi", at=START)

    await operations.demo_load(desk)
    await operations.demo_remove(desk)
    await desk.engine.write(lan_comes)
    await operations.demo_load(desk, force=True)
    assert await operations.demo_remove(desk) == demo.CUSTOMERS
    left = Counter({table: await one(desk, f"SELECT count(*) FROM {table}") for table in stored.REFERS})
    assert +left == Counter(customers=1, identities=1, conversations=1)
    assert await ask(desk, "PRAGMA foreign_key_check") == []

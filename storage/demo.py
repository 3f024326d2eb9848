"""The rows of a demo shop: put in together, known by their addresses, taken out together."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .database import Database, Row
from .records import to_json, to_ms

PREFIX = "demo-"  # addresses of demo customers begin so
BATCH = 500  # rows between two looks at the table's columns

# Rows refer to each other by numbers that begin with 1; these columns are shifted behind the numbers in use.
REFERS: dict[str, dict[str, str]] = {
    "customers": {},
    "identities": {"customer_id": "customers"},
    "conversations": {"customer_id": "customers", "identity_id": "identities"},
    "cases": {"customer_id": "customers", "conversation_id": "conversations", "rating_id": "ratings"},
    "lines": {"conversation_id": "conversations", "case_id": "cases"},
    "outbox": {"conversation_id": "conversations", "line_id": "lines", "case_id": "cases"},
    "case_events": {"case_id": "cases"},
    "clocks": {"case_id": "cases"},
    "surveys": {
        "customer_id": "customers", "conversation_id": "conversations", "case_id": "cases", "rerates_id": "ratings",
    },
    "ratings": {
        "survey_id": "surveys", "customer_id": "customers", "conversation_id": "conversations", "case_id": "cases",
        "rerates_id": "ratings",
    },
    "testimonials": {"customer_id": "customers", "rating_id": "ratings", "line_id": "lines"},
    "points_ledger": {"customer_id": "customers"},
    "faq_asks": {"conversation_id": "conversations"},
}  # fmt: skip
OF_STAFF = ("assignee_id", "staff_id", "sticky_staff_id")

# How to find the rows of a table that belong to demo customers, in the order in which they can go.
MINE = "SELECT customer_id FROM identities WHERE external_id LIKE 'demo-%'"
THREADS = "SELECT id FROM conversations WHERE address LIKE 'demo-%'"
CASES = f"SELECT id FROM cases WHERE conversation_id IN ({THREADS})"  # noqa: S608
GONE: tuple[tuple[str, str], ...] = (
    ("timers", f"subject_id IN ({CASES}) AND kind NOT IN ('clock_warn', 'clock_due')"),
    (
        "timers",
        f"kind IN ('clock_warn', 'clock_due') AND subject_id IN (SELECT id FROM clocks WHERE case_id IN ({CASES}))",  # noqa: S608
    ),
    ("outbox", f"conversation_id IN ({THREADS}) OR case_id IN ({CASES})"),
    ("relays", f"case_id IN ({CASES})"),
    ("topics", f"case_id IN ({CASES})"),
    ("testimonials", f"customer_id IN ({MINE})"),
    ("points_ledger", f"customer_id IN ({MINE})"),
    ("referrals", f"customer_id IN ({MINE})"),
    ("faq_asks", f"conversation_id IN ({THREADS})"),
    ("case_events", f"case_id IN ({CASES})"),
    ("clocks", f"case_id IN ({CASES})"),
    ("ratings", f"rerates_id IS NOT NULL AND customer_id IN ({MINE})"),
    ("ratings", f"customer_id IN ({MINE})"),
    ("surveys", f"customer_id IN ({MINE})"),
    ("attachments", f"conversation_id IN ({THREADS})"),
    ("lines", f"conversation_id IN ({THREADS})"),
    ("cases", f"conversation_id IN ({THREADS})"),
)

Rows = Mapping[str, Sequence[Mapping[str, Any]]]


async def customers(db: Database) -> tuple[int, int]:
    """How many customers there are: (real ones, demo ones)."""
    row = await db.one(
        """
        SELECT count(*) AS everybody, COALESCE(sum(CASE WHEN id IN (
            SELECT customer_id FROM identities WHERE external_id LIKE 'demo-%') THEN 1 ELSE 0 END), 0) AS demo
        FROM customers
        """
    )
    return (0, 0) if row is None else (row["everybody"] - row["demo"], row["demo"])


async def insert(db: Database, rows: Rows, staff: Mapping[int, int]) -> dict[str, int]:
    """Put everything in. `staff` says who the colleagues 1, 2, … are. Returns how many rows by table."""
    first = {table: await _last(db, table) for table in REFERS}
    for table, refers in REFERS.items():
        shift = _shifter(first, table, refers, staff)
        for row in rows.get(table, ()):
            await _put(db, table, shift(row))
    return {table: len(found) for table, found in rows.items()}


async def _last(db: Database, table: str) -> int:
    row = await db.one(f"SELECT COALESCE(max(id), 0) AS last FROM {table}")  # noqa: S608
    return 0 if row is None else int(row["last"])


def _shifter(
    first: Mapping[str, int], table: str, refers: Mapping[str, str], staff: Mapping[int, int]
) -> Callable[[Mapping[str, Any]], Row]:
    def shift(row: Mapping[str, Any]) -> Row:
        moved: Row = {}
        for name, value in row.items():
            if value is None:
                moved[name] = None
            elif name == "id":
                moved[name] = value + first[table]
            elif name in refers:
                moved[name] = value + first[refers[name]]
            elif name in OF_STAFF:
                moved[name] = staff[value]
            else:
                moved[name] = _plain(value)
        return moved

    return shift


def _plain(value: Any) -> Any:
    """A value as it is kept: times as numbers, lists and mappings as text, truths as 0 or 1."""
    if hasattr(value, "tzinfo"):
        return to_ms(value)
    if isinstance(value, bool):
        return int(value)
    return to_json(value) if isinstance(value, dict | list | tuple) else value


async def _put(db: Database, table: str, row: Row) -> None:
    names = ", ".join(row)
    values = ", ".join(f":{name}" for name in row)
    await db.execute(f"INSERT INTO {table} ({names}) VALUES ({values})", row)  # noqa: S608


async def remove(db: Database) -> int:
    """Take every demo customer out with all that belongs to them. Returns how many customers."""
    _, count = await customers(db)
    await db.execute(f"UPDATE ratings SET case_id = NULL WHERE customer_id IN ({MINE})")  # noqa: S608
    for table, which in GONE:
        await db.execute(f"DELETE FROM {table} WHERE {which}")  # noqa: S608
    mine = [row["customer_id"] for row in await db.query(MINE)]
    await db.execute("DELETE FROM conversations WHERE address LIKE 'demo-%'")
    await db.execute("DELETE FROM identities WHERE external_id LIKE 'demo-%'")
    for number in mine:
        await db.execute("DELETE FROM customers WHERE id = :id", {"id": number})
    return count

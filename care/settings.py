"""The shop as it is now: its sections in the database, changed with a history that can be taken back.

One small query tells whether anything changed; the parsed shop is kept in memory until then.
"""

from collections import deque
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Generic, TypeVar

import msgspec

from care import shop as shop_file
from care.hours import Hours
from care.shop import Entry, Shop
from storage import audit, faq
from storage import settings as stored
from storage.database import Database
from storage.records import FaqEntry, from_json, to_json
from storage.settings import Change

T = TypeVar("T")
KEPT = 4  # shops in memory: the one before and after a change, and those of other databases in tests
_live: deque[tuple[int, Shop]] = deque(maxlen=KEPT)


class NotNow(Exception):
    """A change cannot be taken back: it was before, or the section was changed again since."""


async def load(db: Database) -> Shop:
    """The shop with its FAQ entries. Raises LookupError when nothing was seeded."""
    number = await stored.version(db)
    for known, shop in tuple(_live):
        if known == number:
            return shop
    sections = await stored.sections(db)
    if not sections:
        raise LookupError("there is no shop in the database: seed it from the shop file first")
    # Every change was checked when it was made; a menu whose last entry went away must not silence the shop.
    shop = msgspec.convert(sections | {"entries": await _entry_sections(db)}, Shop, strict=False)
    _live.append((number, shop))
    return shop


async def seed(db: Database, shop: Shop, now: datetime) -> bool:
    """Put the shop of the shop file into an empty database. False: there is a shop already."""
    if await stored.sections(db):
        return False
    for name, value in shop_file.sections(shop).items():
        if name != "entries":
            await stored.put(db, name, value)
    for position, entry in enumerate(shop.entries):
        await faq.put(db, _row(entry, position), now)
    await stored.renew(db, "faq")
    await stored.renew(db)
    return True


async def preview(db: Database, section: str, value: object) -> Shop:
    """What the shop would be. Raises ShopFileError with what to correct."""
    sections = dict(await stored.sections(db))
    if section not in Shop.__struct_fields__ or section == "entries":
        raise LookupError(f"there is no section {section}")
    return shop_file.from_sections(sections | {section: value, "entries": await _entry_sections(db)})


async def save_section(db: Database, section: str, value: object, staff_id: int | None, now: datetime) -> Change:
    """Change one section. Raises ShopFileError with what to correct; nothing is changed then."""
    shop = await preview(db, section, value)
    before = await stored.section(db, section) or "null"
    after = shop_file.sections(shop)[section]
    await stored.put(db, section, after)
    change = await stored.add_change(db, section, before, to_json(after), staff_id, now)
    await audit.add(db, at=now, staff_id=staff_id, action="settings.change", subject=f"settings:{section}")
    await stored.renew(db)
    return change


async def undo(db: Database, change_id: int, staff_id: int | None, now: datetime) -> Change:
    """Take a change back, itself a change. Raises NotNow."""
    change = await stored.change(db, change_id)
    if change is None or change.before == "null" or await stored.section(db, change.section) != change.after:
        raise NotNow(str(change_id))
    if not await stored.mark_undone(db, change_id, now):
        raise NotNow(str(change_id))
    return await save_section(db, change.section, from_json(change.before), staff_id, now)


async def export(db: Database) -> str:
    """The shop as the YAML of a shop file."""
    return shop_file.dump(await load(db))


async def _entry_sections(db: Database) -> list[dict[str, Any]]:
    return [_section(row) for row in await faq.entries(db)]


def _section(row: FaqEntry) -> dict[str, Any]:
    return {
        "id": row.id,
        "question": row.question,
        "answer": row.answer,
        "category": row.category,
        "phrasings": list(row.phrasings),
        "media": [str(one.get("token", "")) for one in row.media],
        "checked_on": row.checked_on or None,
        "valid_from": row.valid_from or None,
        "valid_to": row.valid_to or None,
        "active": row.active,
    }


def _row(entry: Entry, position: int) -> FaqEntry:
    return FaqEntry(
        id=entry.id,
        position=position,
        category=entry.category,
        question=entry.question,
        phrasings=entry.phrasings,
        answer=entry.answer,
        media=tuple({"token": name} for name in entry.media),
        topics=(),
        checked_on=_day(entry.checked_on),
        valid_from=_day(entry.valid_from),
        valid_to=_day(entry.valid_to),
        active=entry.active,
    )


def _day(value: date | None) -> str:
    return "" if value is None else value.isoformat()


class Derived(Generic[T]):
    """Something worked out from a shop, remembered as long as that shop is the live one."""

    def __init__(self, make: Callable[[Shop], T]) -> None:
        self._make = make
        self._kept: deque[tuple[Shop, T]] = deque(maxlen=KEPT)

    def __call__(self, shop: Shop) -> T:
        for known, value in tuple(self._kept):
            if known is shop:
                return value
        value = self._make(shop)
        self._kept.append((shop, value))
        return value


def _entries(shop: Shop) -> dict[str, Entry]:
    return {entry.id: entry for entry in shop.entries}


hours_of: Derived[Hours] = Derived(shop_file.opening_hours)
entries_of: Derived[dict[str, Entry]] = Derived(_entries)

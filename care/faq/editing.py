"""Changing the FAQ: checked against the whole shop, all or nothing, written down by batch and taken back by batch."""

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import msgspec

from care import shop as shop_file
from care.faq import store
from care.settings import NotNow
from care.shop import Entry, Shop, ShopFileError
from care.text import N_, clean, fold
from storage import audit, faq, faq_history
from storage.database import Database
from storage.records import FaqEntry

WORDING_LIMIT = 300  # characters
MOST_WORDINGS = 200  # of one entry
_SPACE = re.compile(r"\s+")
_NOT_ID = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class Edit:
    """What one entry was and will be; None: it is not there."""

    before: FaqEntry | None
    after: FaqEntry | None

    @property
    def entry_id(self) -> str:
        """Which entry."""
        one = self.after or self.before
        return one.id if one is not None else ""


@dataclass(frozen=True)
class Clash:
    """Two wordings of different entries that customers' questions can hardly tell apart."""

    wording: str
    other_id: str
    other: str
    is_same: bool  # the very same words


def entry_of(values: Mapping[str, object], shop: Shop) -> Entry:
    """An entry from plain values, checked like the shop file. Raises ShopFileError whose path is the field."""
    kept = {name: value for name, value in values.items() if value not in (None, "")}
    kept.setdefault("id", new_id(str(values.get("question", "")), ()))
    small = {"shop": shop.shop, "facts": shop.facts, "entries": [kept], "touchpoints": [], "sla": {}}  # quick to check
    try:
        entry = shop_file.from_sections(small).entries[0]
    except ShopFileError as error:
        missing = (str(error.params["name"]),) if "name" in error.params else ()
        raise ShopFileError(error.message, error.path[2:] or missing, None, **error.params) from error
    return _tidy(entry)


def _tidy(entry: Entry) -> Entry:
    """Clean texts, no wording twice."""
    seen = {fold(_one_line(entry.question))}
    phrasings: list[str] = []
    for said in entry.phrasings:
        wording = _one_line(said)[:WORDING_LIMIT]
        if wording and fold(wording) not in seen:
            seen.add(fold(wording))
            phrasings.append(wording)
    if len(phrasings) > MOST_WORDINGS:
        message = N_("At most %(limit)s wordings for one entry.")
        raise ShopFileError(message, ("phrasings",), limit=MOST_WORDINGS)
    return msgspec.structs.replace(
        entry,
        question=_one_line(entry.question)[:WORDING_LIMIT],
        phrasings=tuple(phrasings),
        answer=clean(entry.answer).strip(),
        category=_one_line(entry.category),
    )


def _one_line(text: str) -> str:
    return _SPACE.sub(" ", clean(text)).strip()


def new_id(question: str, taken: Iterable[str]) -> str:
    """A readable name for a new entry: "phi_ship_bao_nhieu", numbered when it is taken."""
    base = _NOT_ID.sub("_", fold(clean(question))).strip("_")[:40].strip("_") or "cau_hoi"
    known, name, number = frozenset(taken), base, 2
    while name in known:
        name, number = f"{base}_{number}", number + 1
    return name


def check(shop: Shop, entries: Sequence[Entry]) -> None:
    """Raises ShopFileError when the shop would not hold together, for example a menu button without its entry."""
    shop_file.from_sections(shop_file.sections(shop) | {"entries": [msgspec.to_builtins(one) for one in entries]})


async def put(
    db: Database, shop: Shop, entry: Entry, staff_id: int | None, now: datetime, *, topics: Sequence[str] | None = None
) -> str | None:
    """Keep an entry, new or changed. Returns the batch, None when nothing changed. Raises ShopFileError."""
    before = await faq.entry(db, entry.id)
    position = before.position if before is not None else await faq.count(db)
    after = row_of(entry, position, before)
    if topics is not None:
        after = replace(after, topics=tuple(topics))
    if after == before:
        return None
    await _check_all(db, shop, {entry.id: entry})
    return await apply(db, [Edit(before, after)], staff_id, now, "faq.change" if before else "faq.add")


async def remove(db: Database, shop: Shop, entry_id: str, staff_id: int | None, now: datetime) -> str | None:
    """Take an entry away. Returns the batch, None when there is no such entry. Raises ShopFileError."""
    before = await faq.entry(db, entry_id)
    if before is None:
        return None
    await _check_all(db, shop, {entry_id: None})
    return await apply(db, [Edit(before, None)], staff_id, now, "faq.remove")


async def _check_all(db: Database, shop: Shop, changed: Mapping[str, Entry | None]) -> None:
    known = {row.id: shop_entry(row) for row in await faq.entries(db, only_active=False)}
    after = {**known, **changed}
    check(shop, [entry for entry in after.values() if entry is not None])


async def apply(db: Database, edits: Sequence[Edit], staff_id: int | None, now: datetime, action: str) -> str:
    """Make the changes as one batch; the bot learns them at once. Returns the batch."""
    batch = secrets.token_hex(8)
    for edit in edits:
        if edit.after is None:
            await faq.remove(db, edit.entry_id)
        else:
            await faq.put(db, edit.after, now)
        await faq.add_change(db, batch, edit.entry_id, _said(edit.before), _said(edit.after), staff_id, now)
    subject = f"faq:{edits[0].entry_id}" if len(edits) == 1 else f"faq:batch:{batch}"
    await audit.add(
        db, at=now, staff_id=staff_id, action=action, subject=subject, detail={"batch": batch, "entries": len(edits)}
    )
    await store.changed(db)
    return batch


async def undo(db: Database, shop: Shop, batch: str, staff_id: int | None, now: datetime) -> str:
    """Take a batch back, itself a batch. Raises NotNow when an entry was changed since, or it was taken back."""
    edits: list[Edit] = []
    for row in await faq.changes_in(db, batch):
        current = await faq.entry(db, row["entry_id"])
        if _said(current) != row["after"]:
            raise NotNow(batch)
        edits.append(Edit(current, _read(row["before"])))
    if not edits:
        raise NotNow(batch)
    after = {edit.entry_id: shop_entry(edit.after) if edit.after else None for edit in edits}
    await _check_all(db, shop, after)
    await faq.mark_undone(db, batch, now)
    return await apply(db, edits, staff_id, now, "faq.undo")


async def history(db: Database, limit: int = 20) -> list[faq_history.Batch]:
    """The newest batches."""
    return await faq_history.batches(db, limit)


def _said(row: FaqEntry | None) -> str:
    return "" if row is None else msgspec.json.encode(row).decode()


def _read(text: str) -> FaqEntry | None:
    return msgspec.json.decode(text, type=FaqEntry) if text else None


def shop_entry(row: FaqEntry) -> Entry:
    """A stored entry as the shop file has it."""
    return Entry(
        id=row.id,
        question=row.question,
        answer=row.answer,
        category=row.category,
        phrasings=row.phrasings,
        media=tuple(str(one.get("token", "")) for one in row.media),
        checked_on=_date(row.checked_on),
        valid_from=_date(row.valid_from),
        valid_to=_date(row.valid_to),
        active=row.active,
    )


def row_of(entry: Entry, position: int, before: FaqEntry | None = None) -> FaqEntry:
    """An entry as it is stored; what the shop file does not say stays as it was."""
    known: dict[str, dict[str, Any]] = {str(one.get("token")): one for one in (before.media if before else ())}
    return FaqEntry(
        id=entry.id,
        position=position,
        category=entry.category,
        question=entry.question,
        phrasings=entry.phrasings,
        answer=entry.answer,
        media=tuple(known.get(name, {"token": name}) for name in entry.media),
        topics=before.topics if before else (),
        checked_on=_iso(entry.checked_on),
        valid_from=_iso(entry.valid_from),
        valid_to=_iso(entry.valid_to),
        active=entry.active,
    )


def _date(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _iso(value: date | None) -> str:
    return "" if value is None else value.isoformat()


# --- "Hai câu này dễ lẫn" ---------------------------------------------------------------------------------------


def same_words(entry: Entry, others: Iterable[Entry]) -> list[Clash]:
    """Wordings that another entry has word for word."""
    theirs = {_key(text): (one.id, text) for one in others if one.id != entry.id for text in wordings(one)}
    return [
        Clash(text, *theirs[_key(text)], is_same=True)
        for text in wordings(entry)
        if _key(text) in theirs and _key(text)
    ]


def alike(entry: Entry, index: Any, others: Mapping[str, Entry]) -> list[Clash]:
    """Wordings an index without this entry would answer with another one. Slow: up to a second for long entries."""
    found: list[Clash] = []
    for text in wordings(entry)[:30]:
        matches = [one for one in index.search(text, 2) if one.entry_id != entry.id and one.entry_id in others]
        if matches and matches[0].confidence >= index.sure:
            other = others[matches[0].entry_id]
            found.append(Clash(text, other.id, other.question, is_same=False))
    return found


def wordings(entry: Entry) -> tuple[str, ...]:
    """The question and all other ways to ask it."""
    return (entry.question, *entry.phrasings)


def _key(text: str) -> str:
    return _NOT_ID.sub(" ", fold(text)).strip()

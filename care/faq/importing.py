"""A FAQ from a file: YAML, CSV or Excel. Nothing in it is trusted, and nothing happens before all of it was read."""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from care.faq import editing
from care.faq.editing import Clash, Edit
from care.settings import NotNow
from care.shop import Entry, Shop, ShopFileError
from care.shop_yaml import SIZE_LIMIT, read
from care.text import N_, clean, fold
from storage import faq
from storage.database import Database
from storage.records import FaqEntry

ROW_LIMIT = 20_000
COLUMN_LIMIT = 40
CELL_LIMIT = 8_000  # characters
RATIO_LIMIT = 100  # how much larger an unpacked file may be
UNPACKED_LIMIT = 60 * 1024 * 1024  # bytes
ERRORS_SHOWN = 200
COLUMNS = (
    "id", "category", "question", "phrasings", "answer", "media", "checked_on", "valid_from", "valid_to", "active",
)  # fmt: skip
NAMES = {
    "ma": "id", "nhom": "category", "danh muc": "category", "cau hoi": "question", "cach hoi": "phrasings",
    "cach hoi khac": "phrasings", "tra loi": "answer", "cau tra loi": "answer", "hinh": "media",
    "kiem tra": "checked_on", "ngay kiem tra": "checked_on", "tu ngay": "valid_from", "den ngay": "valid_to",
    "dang dung": "active",
}  # fmt: skip
YES = frozenset({"", "1", "true", "yes", "y", "x", "co", "dung", "bat"})
NO = frozenset({"0", "false", "no", "n", "khong", "tat"})
_TEXT_MARKS = ("=", "+", "-", "@", "%", "|")


@dataclass(frozen=True)
class Row:
    """One entry of a file as plain values; `number` is its line, row or place."""

    number: int
    values: Mapping[str, object]


@dataclass(frozen=True)
class Wrong:
    """Why a row cannot be taken."""

    number: int
    error: ShopFileError


@dataclass(frozen=True)
class Plan:
    """What an import would do. It can be applied when nothing is wrong."""

    added: tuple[Edit, ...] = ()
    changed: tuple[Edit, ...] = ()
    removed: tuple[Edit, ...] = ()
    same: int = 0
    wrong: tuple[Wrong, ...] = ()
    clashes: tuple[Clash, ...] = ()

    @property
    def edits(self) -> tuple[Edit, ...]:
        """All changes."""
        return (*self.added, *self.changed, *self.removed)

    @property
    def is_ready(self) -> bool:
        """There is something to do, and nothing in the way."""
        return bool(self.edits) and not self.wrong


def rows_of(name: str, data: bytes) -> list[Row]:
    """The rows of a file. Raises ShopFileError when the file as a whole cannot be read."""
    if len(data) > SIZE_LIMIT:
        raise ShopFileError(N_("The file is larger than 5 MB. Split it or shorten it."))
    kind = name.lower().rpartition(".")[2]
    if kind in ("yaml", "yml"):
        return _from_yaml(data)
    if kind == "csv":
        return _from_table(_csv(data))
    if kind == "xlsx":
        return _from_table(_xlsx(data))
    raise ShopFileError(N_("Only .yaml, .csv and .xlsx files can be read here."))


def _from_yaml(data: bytes) -> list[Row]:
    value, lines = read(data)
    found = value.get("entries") if isinstance(value, dict) else value
    if not isinstance(found, list):
        raise ShopFileError(N_("There are no entries in this file: it needs a list under “entries:”."))
    top: tuple[str | int, ...] = ("entries",) if isinstance(value, dict) else ()
    rows = [Row(lines.get((*top, at), at + 1), one) for at, one in enumerate(found)]
    if any(not isinstance(row.values, dict) for row in rows):
        raise ShopFileError(N_("There are no entries in this file: it needs a list under “entries:”."))
    return _few_enough(rows)


def _few_enough(rows: list[Row]) -> list[Row]:
    if not rows:
        raise ShopFileError(N_("The file has no rows."))
    if len(rows) > ROW_LIMIT:
        raise ShopFileError(N_("At most %(limit)s rows in one file."), limit=ROW_LIMIT)
    return rows


# --- Tables -----------------------------------------------------------------------------------------------------


def _csv(data: bytes) -> Iterator[list[str]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ShopFileError(N_("The file is not UTF-8. Save it again with the encoding UTF-8."), line=line) from error
    if "\0" in text:
        raise ShopFileError(N_("The file is not UTF-8. Save it again with the encoding UTF-8."))
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    except csv.Error as error:
        raise ShopFileError(N_("The table cannot be read: a cell is far too long or a quote is missing.")) from error


def _xlsx(data: bytes) -> Iterator[list[Any]]:
    _check_zip(data)
    from openpyxl import load_workbook  # slow to load, so only when a workbook comes

    try:
        book = load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
        try:
            sheet = book.worksheets[0]
            sheet.reset_dimensions()  # what the file says about its size may be anything
            for row in sheet.iter_rows(max_col=COLUMN_LIMIT, max_row=ROW_LIMIT + 2, values_only=True):
                yield list(row)
        finally:
            book.close()
    except ShopFileError:
        raise
    except Exception as error:  # whatever a broken workbook sets off inside the library
        raise ShopFileError(N_("This is not an Excel file (.xlsx), or it is damaged.")) from error


def _check_zip(data: bytes) -> None:
    """Refuse bombs, macros, links to other files and tricks with entities before anything is unpacked for good."""
    try:
        packed = zipfile.ZipFile(io.BytesIO(data))
    except zipfile.BadZipFile as error:
        raise ShopFileError(N_("This is not an Excel file (.xlsx), or it is damaged.")) from error
    with packed:
        parts = packed.infolist()
        size = sum(part.file_size for part in parts)
        if len(parts) > 1_000 or size > UNPACKED_LIMIT or size > RATIO_LIMIT * max(len(data), 1):
            raise ShopFileError(N_("The file unpacks to far more than it should: it is refused."))
        for part in parts:
            name = part.filename.lower()
            if "vbaproject" in name or "externallink" in name or "activex" in name or "embeddings" in name:
                raise ShopFileError(N_("The file holds macros or links to other files. Save a plain .xlsx copy."))
            if name.endswith((".xml", ".rels")) and _has_entities(packed, part):
                raise ShopFileError(N_("This is not an Excel file (.xlsx), or it is damaged."))


def _has_entities(packed: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Document types stand before the first element, so the beginning is enough."""
    try:
        with packed.open(part) as file:
            return b"<!" in file.read(4096).replace(b"\0", b"").replace(b"<!--", b"")
    except Exception as error:  # encrypted, or packed in a way nobody uses
        raise ShopFileError(N_("This is not an Excel file (.xlsx), or it is damaged.")) from error


def _from_table(table: Iterable[Sequence[Any]]) -> list[Row]:
    names: list[str] | None = None
    rows: list[Row] = []
    for number, cells in enumerate(table, 1):
        if len(cells) > COLUMN_LIMIT and any(cell not in (None, "") for cell in cells[COLUMN_LIMIT:]):
            raise ShopFileError(N_("The table has too many columns: at most %(limit)s."), limit=COLUMN_LIMIT)
        if all(cell in (None, "") for cell in cells):
            continue
        if names is None:
            names = _heading(cells, number)
            continue
        if len(rows) >= ROW_LIMIT:
            raise ShopFileError(N_("At most %(limit)s rows in one file."), limit=ROW_LIMIT)
        rows.append(Row(number, {name: cell for name, cell in zip(names, cells, strict=False) if name}))
    return _few_enough(rows)


def _heading(cells: Sequence[Any], number: int) -> list[str]:
    names = [_column(str(cell or "")) for cell in cells]
    for needed in ("question", "answer"):
        if needed not in names:
            raise ShopFileError(
                N_("The first row must name the columns. “%(name)s” is missing; known: %(known)s."),
                line=number,
                name=needed,
                known=", ".join(COLUMNS),
            )
    return names


def _column(text: str) -> str:
    """Which field a column is; "" for one we do not know, which is passed over."""
    said = " ".join(fold(clean(text)).replace("_", " ").split())
    name = NAMES.get(said, said.replace(" ", "_"))
    return name if name in COLUMNS else ""


# --- What it would do -------------------------------------------------------------------------------------------


@dataclass
class _Found:
    entries: dict[str, Entry] = field(default_factory=dict)
    wrong: list[Wrong] = field(default_factory=list)


def plan(shop: Shop, known: Sequence[FaqEntry], rows: Sequence[Row], *, remove_others: bool = False) -> Plan:
    """What the rows would change. Rows without an id are new unless their question is known."""
    found = _entries(shop, known, rows)
    before = {row.id: row for row in known}
    added: list[Edit] = []
    changed: list[Edit] = []
    same, last = 0, max((row.position for row in known), default=-1)
    for entry in found.entries.values():
        old = before.get(entry.id)
        if old is None:
            last += 1
            added.append(Edit(None, editing.row_of(entry, last)))
        elif (new := editing.row_of(entry, old.position, old)) != old:
            changed.append(Edit(old, new))
        else:
            same += 1
    removed = [Edit(row, None) for row in known if row.id not in found.entries] if remove_others else []
    after = {row.id: editing.shop_entry(row) for row in known} | found.entries
    for edit in removed:
        del after[edit.entry_id]
    if not found.wrong:
        found.wrong += _whole(shop, list(after.values()))
    touched = {edit.entry_id for edit in (*added, *changed)}
    return Plan(tuple(added), tuple(changed), tuple(removed), same, tuple(found.wrong), _clashes(after, touched))


def _entries(shop: Shop, known: Sequence[FaqEntry], rows: Sequence[Row]) -> _Found:
    found, taken = _Found(), {row.id for row in known}
    by_question = {fold(row.question): row.id for row in known}
    for row in rows:
        try:
            values = _plain(row)
            question = str(values.get("question") or "")
            if not values.get("id"):
                values["id"] = by_question.get(fold(question)) or editing.new_id(question, taken | {*found.entries})
            entry = editing.entry_of(values, shop)
            if entry.id in found.entries:
                raise ShopFileError(N_("The id “%(id)s” stands twice. Give each its own."), ("id",), id=entry.id)
            found.entries[entry.id] = entry
        except ShopFileError as error:
            found.wrong.append(Wrong(row.number, error))
            if len(found.wrong) >= ERRORS_SHOWN:
                break
    return found


def _whole(shop: Shop, entries: list[Entry]) -> list[Wrong]:
    try:
        editing.check(shop, entries)
    except ShopFileError as error:
        return [Wrong(0, error)]
    return []


def _clashes(after: Mapping[str, Entry], touched: set[str]) -> tuple[Clash, ...]:
    """The same words in two entries, as far as the file touches one of them."""
    owners: dict[str, Entry] = {}
    found: list[Clash] = []
    for entry in after.values():
        for text in editing.wordings(entry):
            other = owners.setdefault(fold(text), entry)
            if other.id != entry.id and {other.id, entry.id} & touched:
                found.append(Clash(text, other.id, other.question, is_same=True))
    return tuple(found[:50])


def _plain(row: Row) -> dict[str, object]:
    """Cells as the shop file has them: lists, ISO days, truths. Raises ShopFileError for formulas and long cells."""
    values: dict[str, object] = {}
    for name, value in row.values.items():
        if isinstance(value, (list, dict)) or value is None:
            values[name] = value
            continue
        text = _cell(name, value)
        if name in ("phrasings", "media"):
            values[name] = [
                part for line in text.split("\n") for part in (p.strip() for p in line.split(" | ")) if part
            ]
        elif name == "active":
            values[name] = _truth(text)
        elif text:
            values[name] = text
    return values


def _cell(name: str, value: object) -> str:
    if hasattr(value, "isoformat"):
        return str(value.isoformat())[:10]
    text = clean(str(value), CELL_LIMIT + 1).strip()
    if len(text) > CELL_LIMIT:
        raise ShopFileError(N_("This text is too long: at most %(limit)s characters."), (name,), limit=CELL_LIMIT)
    if text.startswith("="):
        raise ShopFileError(N_("This cell holds a formula. Paste its value instead."), (name,))
    if text.startswith("'") and text[1:].startswith(_TEXT_MARKS):
        return text[1:]  # the mark our own export puts before it
    return text


def _truth(text: str) -> bool:
    said = fold(text)
    if said in YES or said in NO:
        return said in YES
    raise ShopFileError(N_("Write true or false here."), ("active",))


async def carry_out(db: Database, planned: Plan, staff_id: int | None, now: datetime) -> str:
    """Make the changes of a plan, all or none. Returns the batch. Raises NotNow when an entry was changed since."""
    for edit in planned.edits:
        if await faq.entry(db, edit.entry_id) != edit.before:
            raise NotNow(edit.entry_id)
    return await editing.apply(db, planned.edits, staff_id, now, "faq.import")


def table(entries: Iterable[Entry]) -> Iterator[list[object]]:
    """The entries as rows below `COLUMNS`, to be read again by `rows_of`."""
    for one in entries:
        yield [
            one.id, one.category, one.question, "\n".join(one.phrasings), one.answer, "\n".join(one.media),
            _day(one.checked_on), _day(one.valid_from), _day(one.valid_to), "1" if one.active else "0",
        ]  # fmt: skip


def _day(value: date | None) -> str:
    return "" if value is None else value.isoformat()

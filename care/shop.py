"""The shop file: everything an owner can say about the shop in one YAML text."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec
import yaml

from care import shop_defaults
from care.address import TOKENS, SelfWord
from care.cleaning import N_, fold
from care.hours import Closed, Hours, HoursError, parse_lunar, parse_week
from care.shop_types import (
    BadDuration,
    Canned,
    Choice,
    Closure,
    Entry,
    Holidays,
    Levels,
    MenuItem,
    Part,
    Sla,
    Thresholds,
    Touchpoint,
    duration,
)
from care.shop_yaml import Path, ShopFileError, read

__all__ = [
    "Canned", "Choice", "Closure", "Entry", "Holidays", "Levels", "MenuItem", "Shop", "ShopFileError", "Sla",
    "Thresholds", "Touchpoint", "answer_text", "dump", "from_sections", "opening_hours", "parse", "sections",
]  # fmt: skip

ENTRY_LIMIT = 20_000
_PLACEHOLDER = re.compile(r"\{([^{}\s]{1,60})\}")
_ID = re.compile(r"[A-Za-z0-9_-]{1,60}")  # travels in links and buttons


class Shop(Part, frozen=True):
    """A shop as its owner describes it. Only `shop`, `facts` and `entries` are usual; the rest has defaults."""

    shop: str
    facts: dict[str, str] = msgspec.field(default_factory=dict)
    entries: tuple[Entry, ...] = ()
    self_word: SelfWord = "em"
    language: Literal["vi", "en"] = "vi"
    timezone: str = "Asia/Ho_Chi_Minh"
    hours: str | dict[str, str] = ""
    holidays: Holidays = Holidays()
    touchpoints: tuple[Touchpoint, ...] = shop_defaults.TOUCHPOINTS
    levels: Levels = Levels()
    sla: dict[str, Sla] = msgspec.field(default_factory=lambda: dict(shop_defaults.SLA))
    ladder: tuple[int, ...] = shop_defaults.LADDER
    categories: tuple[Choice, ...] = shop_defaults.CATEGORIES
    quick_menu: tuple[MenuItem, ...] = ()
    canned: tuple[Canned, ...] = shop_defaults.CANNED
    routing: dict[str, str] = msgspec.field(default_factory=dict)
    roots: tuple[Choice, ...] = shop_defaults.ROOTS
    greeting: str = ""
    review_link: str = ""
    thresholds: Thresholds = Thresholds()

    def entry(self, id: str) -> Entry | None:
        """The entry with this id."""
        return next((entry for entry in self.entries if entry.id == id), None)

    def touchpoint(self, id: str) -> Touchpoint | None:
        """The touchpoint with this id."""
        return next((each for each in self.touchpoints if each.id == id), None)

    def triggered_by(self, trigger: str) -> list[Touchpoint]:
        """The enabled touchpoints of one trigger."""
        return [each for each in self.touchpoints if each.enabled and each.trigger == trigger]

    def sla_for(self, kind: str) -> Sla:
        """Promised times of a kind of case."""
        return self.sla.get(kind) or shop_defaults.SLA.get(kind) or self.sla.get("question") or Sla()

    def menu(self) -> tuple[MenuItem, ...]:
        """The welcome buttons; without a menu of the owner, the three largest FAQ categories and a person."""
        if self.quick_menu:
            return self.quick_menu
        sizes: dict[str, int] = {}
        for entry in self.entries:
            if entry.category and entry.active:
                sizes[entry.category] = sizes.get(entry.category, 0) + 1
        largest = sorted(sizes, key=lambda name: -sizes[name])[:3]
        items = [MenuItem(title=name[:1].upper() + name[1:], opens=f"category:{name}") for name in largest]
        staff = "Gặp nhân viên" if self.language == "vi" else "Talk to a person"
        return (*items, MenuItem(title=staff, opens="staff"))


def parse(text: bytes | str) -> Shop:
    """The shop in a YAML text. Raises ShopFileError with line, field and what to do."""
    value, lines = read(text)
    if not isinstance(value, dict):
        raise ShopFileError(N_("The file is empty or not a list of keys: it needs at least “shop: name”."))
    return _checked(value, lines)


def from_sections(stored: Mapping[str, object]) -> Shop:
    """The shop from `sections`. Raises ShopFileError."""
    return _checked(dict(stored), {})


def sections(shop: Shop) -> dict[str, object]:
    """Every section as plain JSON values, defaults included, ready to be stored one by one."""
    values: dict[str, object] = {}
    for name in Shop.__struct_fields__:
        values[name] = msgspec.to_builtins(getattr(shop, name), str_keys=True)
    return values


def dump(shop: Shop) -> str:
    """The shop as YAML; `parse` gives the same shop again."""
    values = msgspec.to_builtins(shop, str_keys=True)
    return yaml.safe_dump(values, allow_unicode=True, sort_keys=False, width=110)


def answer_text(entry: Entry, facts: Mapping[str, str]) -> str:
    """The answer with the shop's facts in it; pronoun tokens stay for `address.fill`."""
    return _PLACEHOLDER.sub(lambda found: facts.get(found[1], found[0]), entry.answer)


def opening_hours(shop: Shop) -> Hours:
    """The shop's working time with its holidays. Raises HoursError only for a shop that was never checked."""
    return Hours(
        week=parse_week(shop.hours),
        closed=tuple(_closed(each) for each in shop.holidays.closed),
        public_holidays=shop.holidays.public,
        work_on=frozenset(shop.holidays.work_on),
        zone=ZoneInfo(shop.timezone),
    )


def _closed(closure: Closure) -> Closed:
    if closure.lunar:
        return Closed(closure.name, lunar=parse_lunar(closure.lunar))
    return Closed(closure.name, closure.from_, closure.to or closure.from_)


# --- Checking ---------------------------------------------------------------------------------------------------

_PARTS: dict[str, type[Part]] = {
    "entries": Entry, "touchpoints": Touchpoint, "holidays": Holidays, "levels": Levels, "sla": Sla,
    "categories": Choice, "roots": Choice, "quick_menu": MenuItem, "canned": Canned, "thresholds": Thresholds,
}  # fmt: skip


def _checked(value: dict[str, Any], lines: Mapping[Path, int]) -> Shop:
    kept = {name: section for name, section in value.items() if section is not None}  # "holidays:" alone says nothing
    try:
        shop = msgspec.convert(kept, Shop, strict=False)
    except msgspec.ValidationError as error:
        raise _explained(str(error), value, lines) from error
    for path, message, params in _problems(shop):
        raise ShopFileError(message, path, _line(path, lines), **params)
    return shop


def _line(path: Path, lines: Mapping[Path, int]) -> int | None:
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path)


_WHERE = re.compile(r"^(.*?)(?: - at `(.*)`)?$", re.DOTALL)
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|\[\.\.\.\]")


def _explained(error: str, value: Any, lines: Mapping[Path, int]) -> ShopFileError:
    """msgspec's sentence with our line numbers, and an answer to "what do I do now"."""
    found = _WHERE.match(error)
    said, where = (found[1], found[2] or "") if found else (error, "")
    path = _path(where.removeprefix("key in ").removeprefix("`"), value, said)
    names = re.findall(r"`([^`]*)`", said)
    if "unknown field" in said:
        return _unknown_key((*path, names[0]), lines)
    if "missing required field" in said:
        return ShopFileError(N_("“%(name)s” is missing here. Add it."), path, _line(path, lines), name=names[0])
    if said.startswith("Invalid enum value"):
        known = ", ".join(_known_values(path))
        message = N_("“%(value)s” is not possible here. Choose one of: %(known)s.")
        return ShopFileError(message, path, _line(path, lines), value=error.split("'")[1], known=known)
    wanted = next((hint for word, hint in _WANTED.items() if word in said), N_("This cannot be read. Correct it."))
    return ShopFileError(wanted, path, _line(path, lines))


_WANTED = {
    "date": N_("Write a date as 2026-12-31."),
    "Expected `str | object": N_("Write hours for every day, or one line for each day."),
    "Expected `str": N_("Write a text here."),
    "Expected `int": N_("Write a whole number here."),
    "Expected `float": N_("Write a number here, for example 0.8."),
    "Expected `bool": N_("Write true or false here."),
    "Expected `object": N_("Write keys with values here, each on its own line as name: value."),
    "Expected `array": N_("Write a list here, each line beginning with -."),
}


def _path(where: str, value: Any, said: str) -> Path:
    """The path msgspec prints, with the keys of free mappings ("[...]") found again where there is one candidate."""
    path: list[str | int] = []
    for (
        name,
        index,
    ) in _STEP.findall(where.removeprefix("$")):
        if name:
            path.append(name)
        elif index:
            path.append(int(index))
        elif isinstance(value, dict) and (bad := [key for key in value if _blames(said, value[key])]):
            path.append(bad[0])
        value = _inside(value, path[-1]) if path else value
    return tuple(path)


def _blames(said: str, value: Any) -> bool:
    if isinstance(value, dict):
        return any(f"`{key}`" in said for key in value) or any(_blames(said, each) for each in value.values())
    return not isinstance(value, str) or "got `str`" in said


def _inside(value: Any, step: str | int) -> Any:
    try:
        return value[step]
    except (KeyError, IndexError, TypeError):
        return None


def _known_values(path: Path) -> list[str]:
    part: type[Part] = _PARTS.get(str(path[0]), Shop) if len(path) > 1 else Shop
    hint = {field.name: field.type for field in msgspec.structs.fields(part)}.get(str(path[-1]))
    return [str(each) for each in getattr(hint, "__args__", ())]


def _unknown_key(path: Path, lines: Mapping[Path, int]) -> ShopFileError:
    part = Shop if len(path) == 1 else _PARTS.get(str(path[0]), Part)
    if path[:2] == ("holidays", "closed"):
        part = Closure
    known = list(part.__struct_encode_fields__)
    name = str(path[-1])
    close = get_close_matches(fold(name), known, 1, 0.6)
    if close:
        message = N_("Unknown key “%(name)s”. Did you mean “%(close)s”?")
        return ShopFileError(message, path, _line(path, lines), name=name, close=close[0])
    message = N_("Unknown key “%(name)s”. Known here: %(known)s.")
    return ShopFileError(message, path, _line(path, lines), name=name, known=", ".join(known))


Problem = tuple[Path, str, dict[str, object]]


def _problems(shop: Shop) -> Iterator[Problem]:
    for check in _CHECKS:
        yield from check(shop)


def _check_names(shop: Shop) -> Iterator[Problem]:
    if not shop.shop.strip():
        yield ("shop",), N_("The shop needs a name."), {}
    if len(shop.entries) > ENTRY_LIMIT:
        yield ("entries",), N_("At most %(limit)s entries in one shop."), {"limit": ENTRY_LIMIT}
    if shop.review_link and not shop.review_link.startswith(("https://", "http://")):
        yield ("review_link",), N_("A link starts with https://."), {}
    try:
        ZoneInfo(shop.timezone)
    except (KeyError, ValueError, OSError):
        message = N_("Unknown time zone “%(name)s”. In Vietnam it is Asia/Ho_Chi_Minh.")
        yield ("timezone",), message, {"name": shop.timezone}


def _check_ids(shop: Shop) -> Iterator[Problem]:
    for section in ("entries", "touchpoints", "categories", "roots", "canned"):
        seen: set[str] = set()
        for number, each in enumerate(getattr(shop, section)):
            path = (section, number, "id")
            if each.id in seen:
                yield path, N_("The id “%(id)s” stands twice. Give each its own."), {"id": each.id}
            if not each.id.strip() or (section != "entries" and not _ID.fullmatch(each.id)):
                message = N_("“%(id)s” cannot be an id: use 1 to 60 of a-z, 0-9, _ and -.")
                yield path, message, {"id": each.id}
            seen.add(each.id)


def _check_entries(shop: Shop) -> Iterator[Problem]:
    known = {*shop.facts, *TOKENS}
    for number, entry in enumerate(shop.entries):
        for field in ("question", "answer"):
            if not getattr(entry, field).strip():
                yield ("entries", number, field), N_("This text is empty. Fill it in or remove the entry."), {}
        for name in _PLACEHOLDER.findall(entry.answer):
            if name not in known:
                yield ("entries", number, "answer"), *_unknown_fact(name, known)
        if entry.valid_from and entry.valid_to and entry.valid_to < entry.valid_from:
            yield ("entries", number, "valid_to"), N_("The last day lies before the first."), {}


def _unknown_fact(name: str, known: set[str]) -> tuple[str, dict[str, object]]:
    close = get_close_matches(name, sorted(known), 1, 0.6)
    if close:
        message = N_("{%(name)s} is not among the facts. Did you mean {%(close)s}?")
        return message, {"name": name, "close": close[0]}
    return N_("{%(name)s} is not among the facts. Add it under “facts” or correct it."), {"name": name}


def _check_times(shop: Shop) -> Iterator[Problem]:
    for number, each in enumerate(shop.touchpoints):
        yield from _readable(("touchpoints", number, "delay"), each.delay)
    for kind, sla in shop.sla.items():
        for field in ("first_reply", "next_reply", "resolution"):
            yield from _readable(("sla", kind, field), getattr(sla, field))
        if not 0 < sla.warn_at <= 1:
            yield ("sla", kind, "warn_at"), N_("Write a part between 0 and 1, for example 0.8."), {}
    if list(shop.ladder) != sorted({*shop.ladder}) or any(minutes < 1 for minutes in shop.ladder):
        yield ("ladder",), N_("Give the minutes in rising order, for example [3, 8, 15]."), {}


def _readable(path: Path, text: str) -> Iterator[Problem]:
    try:
        duration(text)
    except BadDuration as error:
        yield path, str(error), {}


def _check_hours(shop: Shop) -> Iterator[Problem]:
    try:
        parse_week(shop.hours)
    except HoursError as error:
        yield ("hours",), error.message, error.params
    for number, each in enumerate(shop.holidays.closed):
        path: Path = ("holidays", "closed", number)
        if bool(each.lunar) == bool(each.from_):
            yield path, N_("Give either from (and to) or lunar."), {}
        elif each.from_ and each.to and not 0 <= (each.to - each.from_).days <= 366:
            yield (*path, "to"), N_("The last day lies before the first, or more than a year later."), {}
        elif each.lunar:
            try:
                parse_lunar(each.lunar)
            except HoursError as error:
                yield (*path, "lunar"), error.message, error.params


def _check_choices(shop: Shop) -> Iterator[Problem]:
    ids, categories = {entry.id for entry in shop.entries}, {entry.category for entry in shop.entries}
    for number, item in enumerate(shop.quick_menu):
        kind, _, name = item.opens.partition(":")
        fine = {"category": name in categories, "entry": name in ids}.get(kind, item.opens in _MENU_WORDS)
        if not fine:
            message = N_("The button cannot open “%(name)s”. Use staff, complaint, rate, category:… or entry:….")
            yield ("quick_menu", number, "opens"), message, {"name": item.opens}
    if not set(shop.levels.points) <= set(range(1, 7)) or any(each < 0 for each in shop.levels.points.values()):
        yield ("levels", "points"), N_("Points are given per level 1 to 6 and are never negative."), {}
    sure, unsure = shop.thresholds.sure, shop.thresholds.unsure
    if not all(each is None or 0 <= each <= 1 for each in (sure, unsure)) or (unsure or 0) > (
        1 if sure is None else sure
    ):
        yield ("thresholds",), N_("Thresholds lie between 0 and 1, unsure below sure."), {}


_MENU_WORDS = ("staff", "complaint", "rate")
_CHECKS: tuple[Callable[[Shop], Iterator[Problem]], ...] = (
    _check_names, _check_ids, _check_entries, _check_times, _check_hours, _check_choices,
)  # fmt: skip


def today(shop: Shop, now: datetime) -> Any:
    """The shop's calendar day."""
    return now.replace(tzinfo=now.tzinfo or UTC).astimezone(ZoneInfo(shop.timezone)).date()

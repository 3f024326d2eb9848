"""The settings as forms: which fields a page has, how they are filled from the shop, and what they say.

Nothing is checked here: `care.settings` does that, and its error names a section, a row and a field.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from care.faq.editing import new_id
from care.hours import parse_week
from care.shop import Shop
from handlers.messages import N_

Values = dict[str, str]
Rows = list[Values]
BLANK = 2  # empty rows offered at the end of a list
MOST_ROWS = 200


@dataclass(frozen=True)
class Field:
    """One input. kind: text, area, check, number, date, select, hidden."""

    name: str
    label: str
    kind: str = "text"
    options: tuple[tuple[str, str], ...] = ()
    hint: str = ""
    wide: bool = False


@dataclass(frozen=True)
class Form:
    """One page of settings: some single fields, perhaps a list of rows."""

    id: str
    title: str
    hint: str
    load: Callable[[Shop], tuple[Values, Rows]]
    parse: Callable[[Values, Rows], dict[str, object]]  # section → its new value
    fields: tuple[Field, ...] = ()
    columns: tuple[Field, ...] = ()
    fixed: bool = False  # rows are neither added nor removed


DAYS = ("t2", "t3", "t4", "t5", "t6", "t7", "cn")
DAY_NAMES = (
    N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday"), N_("Saturday"), N_("Sunday"),
)  # fmt: skip
SELF = (("em", "em"), ("shop", "shop"))
LANGUAGES = (("vi", "Tiếng Việt"), ("en", "English"))
PHASES = (("before", N_("Before buying")), ("during", N_("While buying")), ("after", N_("After buying")))
STAGES = (
    ("awareness", N_("Gets to know us")), ("consideration", N_("Considers")), ("decision", N_("Decides")),
    ("retention", N_("Stays")), ("advocacy", N_("Recommends us")),
)  # fmt: skip
TRIGGERS = (
    ("link", N_("QR code or link")), ("request", N_("when the customer asks")),
    ("case_resolved", N_("a case is resolved")),
    ("conversation_closed", N_("a conversation ends")), ("first_question", N_("the first question")),
    ("order_created", N_("an order is placed")), ("order_paid", N_("an order is paid")),
    ("order_shipped", N_("an order is sent")), ("order_delivered", N_("an order has arrived")),
    ("return_done", N_("a return is done")), ("warranty_done", N_("a warranty repair is done")),
    ("visit", N_("a visit")),
    ("silence", N_("a long silence")), ("points_redeemed", N_("points are used")),
    ("referral_joined", N_("a friend came")), ("event_attended", N_("an event was attended")),
)  # fmt: skip
KINDS = {
    "question": N_("Question"), "complaint": N_("Complaint"), "rescue": N_("Low rating"), "urgent": N_("Urgent"),
    "staff_complaint": N_("Complaint about staff"), "outside": N_("Outside complaint"),
}  # fmt: skip


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _said(row: Mapping[str, str], *names: str) -> dict[str, object]:
    """The named values that are not empty."""
    return {name: row[name].strip() for name in names if row.get(name, "").strip()}


def _name_load(shop: Shop) -> tuple[Values, Rows]:
    names = ("shop", "self_word", "language", "timezone", "greeting", "review_link")
    facts = [{"name": name, "value": value} for name, value in shop.facts.items()]
    return {name: _text(getattr(shop, name)) for name in names}, facts


def _name_parse(values: Values, rows: Rows) -> dict[str, object]:
    facts = {row["name"].strip(): row["value"].strip() for row in rows if row["name"].strip()}
    return {**{name: value.strip() for name, value in values.items()}, "facts": facts}


def _hours_load(shop: Shop) -> tuple[Values, Rows]:
    week = parse_week(shop.hours)
    values = dict(zip(DAYS, (_periods(day) for day in week), strict=True))
    values["public"] = "1" if shop.holidays.public else ""
    values["work_on"] = "\n".join(day.isoformat() for day in shop.holidays.work_on)
    rows = [
        {"name": one.name, "from": _text(one.from_), "to": _text(one.to), "lunar": one.lunar}
        for one in shop.holidays.closed
    ]
    return values, rows


def _periods(day: Sequence[tuple[int, int]]) -> str:
    return ", ".join(f"{a // 60}:{a % 60:02d}-{b // 60}:{b % 60:02d}" for a, b in day)


def _hours_parse(values: Values, rows: Rows) -> dict[str, object]:
    closed = [_said(row, "name", "from", "to", "lunar") for row in rows]
    return {
        "hours": {day: values[day].strip() for day in DAYS},
        "holidays": {"public": values["public"] == "1", "closed": closed, "work_on": values["work_on"].split()},
    }


POINT_FIELDS = ("title", "question", "trigger", "delay", "phase", "stage")


def _points_load(shop: Shop) -> tuple[Values, Rows]:
    rows = [
        {"id": one.id, "enabled": "1" if one.enabled else "", **{name: getattr(one, name) for name in POINT_FIELDS}}
        for one in shop.touchpoints
    ]
    return {}, rows


def _points_parse(values: Values, rows: Rows) -> dict[str, object]:
    named = _with_ids(rows)
    return {"touchpoints": [_said(row, "id", *POINT_FIELDS) | {"enabled": row["enabled"] == "1"} for row in named]}


def _levels_load(shop: Shop) -> tuple[Values, Rows]:
    points = {f"points_{level}": str(shop.levels.points.get(level, 0)) for level in range(1, 7)}
    return {**points, "win_back": shop.levels.win_back, "referral": shop.levels.referral}, []


def _levels_parse(values: Values, rows: Rows) -> dict[str, object]:
    points = {str(level): values[f"points_{level}"].strip() or "0" for level in range(1, 7)}
    return {"levels": {"points": points, **_said(values, "win_back", "referral")}}


SLA_TIMES = ("first_reply", "next_reply", "resolution")


def _sla_load(shop: Shop) -> tuple[Values, Rows]:
    rows: Rows = []
    for kind in (*KINDS, *(one for one in shop.sla if one not in KINDS)):
        sla = shop.sla_for(kind)
        times = {name: str(getattr(sla, name)) for name in SLA_TIMES}
        rows.append({"kind": kind, **times, "warn_at": f"{sla.warn_at * 100:g}"})
    return {"ladder": ", ".join(str(minutes) for minutes in shop.ladder)}, rows


def _sla_parse(values: Values, rows: Rows) -> dict[str, object]:
    sla = {row["kind"]: _said(row, *SLA_TIMES) | {"warn_at": _share(row["warn_at"])} for row in rows}
    return {"sla": sla, "ladder": values["ladder"].replace(",", " ").replace(";", " ").split()}


def _share(percent: str) -> object:
    """ "80" → 0.8; what is no number goes on as it is, to be explained by whoever checks it."""
    try:
        return float(percent.strip().rstrip("%").replace(",", ".")) / 100
    except ValueError:
        return percent


def _choices_load(section: str) -> Callable[[Shop], tuple[Values, Rows]]:
    return lambda shop: ({}, [{"id": one.id, "title": one.title} for one in getattr(shop, section)])


def _choices_parse(section: str) -> Callable[[Values, Rows], dict[str, object]]:
    return lambda values, rows: {section: [_said(row, "id", "title") for row in _with_ids(rows)]}


def _canned_load(shop: Shop) -> tuple[Values, Rows]:
    return {}, [{"id": one.id, "title": one.title, "text": one.text} for one in shop.canned]


def _canned_parse(values: Values, rows: Rows) -> dict[str, object]:
    return {"canned": [_said(row, "id", "title", "text") for row in _with_ids(rows)]}


def _menu_load(shop: Shop) -> tuple[Values, Rows]:
    return {}, [{"title": one.title, "opens": one.opens} for one in shop.quick_menu]


def _menu_parse(values: Values, rows: Rows) -> dict[str, object]:
    return {"quick_menu": [_said(row, "title", "opens") for row in rows]}


def _thresholds_load(shop: Shop) -> tuple[Values, Rows]:
    known = shop.thresholds
    shown = {name: getattr(known, name) for name in ("sure", "unsure")}
    return {name: "" if value is None else f"{value * 100:g}" for name, value in shown.items()}, []


def _thresholds_parse(values: Values, rows: Rows) -> dict[str, object]:
    return {"thresholds": {name: _share(value) for name, value in values.items() if value.strip()}}


def _with_ids(rows: Rows) -> Rows:
    """New rows get an id from their title; those of known rows never change, they stand in links and history."""
    taken = {row["id"] for row in rows if row.get("id")}
    named: Rows = []
    for row in rows:
        if not row.get("id"):
            row = row | {"id": new_id(row.get("title", ""), taken)}
            taken.add(row["id"])
        named.append(row)
    return named


_ID = Field("id", "", "hidden")
_TITLE = Field("title", N_("Name"))
_ADDRESS = N_("The words anh, Anh, em, Em, tên in braces become the form of address of each customer.")
_DURATION = N_("30m, 2h or 1d")

FORMS: tuple[Form, ...] = (
    Form(
        "name", N_("Name and facts"), N_("Facts are written once, here; answers use them by their names in braces."),
        _name_load, _name_parse,
        (
            Field("shop", N_("Name of the shop")),
            Field("self_word", N_("The bot calls itself"), "select", SELF),
            Field("language", N_("Language of the shop"), "select", LANGUAGES),
            Field("timezone", N_("Time zone")),
            Field("greeting", N_("Greeting"), "area", hint=_ADDRESS, wide=True),
            Field("review_link", N_("Link for public reviews"), wide=True),
        ),
        (Field("name", N_("Fact")), Field("value", N_("Text"), wide=True)),
    ),
    Form(
        "hours", N_("Hours and holidays"),
        N_("Promises are counted in working time. Write 8:30-12:00, 13:30-21:30; an empty day is closed."),
        _hours_load, _hours_parse,
        (
            *(Field(day, name) for day, name in zip(DAYS, DAY_NAMES, strict=True)),
            Field("public", N_("Closed on public holidays"), "check"),
            Field("work_on", N_("Open all the same on these days, one a line"), "area", hint="2026-12-31"),
        ),
        (
            Field("name", N_("Closed for")), Field("from", N_("From"), "date"), Field("to", N_("To"), "date"),
            Field("lunar", N_("or every year, lunar days"), hint="29/12-4/1"),
        ),
    ),
    Form(
        "touchpoints", N_("Touchpoints"), N_("The moments at which customers are asked for a level from 1 to 6."),
        _points_load, _points_parse, (),
        (
            _ID, Field("enabled", N_("On"), "check"), _TITLE,
            Field("question", N_("Question to the customer"), "area", wide=True),
            Field("trigger", N_("Asked after"), "select", TRIGGERS), Field("delay", N_("Wait"), hint=_DURATION),
            Field("phase", N_("Phase"), "select", PHASES), Field("stage", N_("Stage"), "select", STAGES),
        ),
    ),
    Form(
        "levels", N_("The six levels"), N_("What each level sets in motion is fixed; points and texts are yours."),
        _levels_load, _levels_parse,
        (
            *(Field(f"points_{level}", N_("Points for level %(level)s"), "number") for level in range(1, 7)),
            Field("win_back", N_("Said after level 3"), "area", hint=_ADDRESS, wide=True),
            Field("referral", N_("Said after level 6, with the personal link"), "area", hint=_ADDRESS, wide=True),
        ),
    ),
    Form(
        "times", N_("Promised times"), N_("In working time. Staff are warned when the given share of it has passed."),
        _sla_load, _sla_parse,
        (Field("ladder", N_("Minutes of waiting after which the customer hears from the bot"), hint="3, 8, 15"),),
        (
            Field("kind", N_("Kind"), "hidden"), Field("first_reply", N_("First answer"), hint=_DURATION),
            Field("next_reply", N_("Next answer"), hint=_DURATION),
            Field("resolution", N_("Resolution"), hint=_DURATION),
            Field("warn_at", N_("Warn after (percent)"), "number"),
        ),
        fixed=True,
    ),
    Form(
        "canned", N_("Ready replies"), _ADDRESS, _canned_load, _canned_parse, (),
        (_ID, _TITLE, Field("text", N_("Text"), "area", wide=True)),
    ),
    Form(
        "categories", N_("Kinds of complaint"), N_("What customers choose from when they complain."),
        _choices_load("categories"), _choices_parse("categories"), (), (_ID, _TITLE),
    ),
    Form(
        "roots", N_("Root causes"), N_("What staff choose from when they resolve a case."),
        _choices_load("roots"), _choices_parse("roots"), (), (_ID, _TITLE),
    ),
    Form(
        "menu", N_("Welcome menu"), N_("Opens: staff, complaint, rate, category:name or entry:short name."),
        _menu_load, _menu_parse, (), (_TITLE, Field("opens", N_("Opens"))),
    ),
    Form(
        "thresholds", N_("When the bot answers"),
        N_("In percent. Leave them empty for the values the engine was measured with."),
        _thresholds_load, _thresholds_parse,
        (Field("sure", N_("Answers from"), "number"), Field("unsure", N_("Asks back from"), "number")),
    ),
)  # fmt: skip


def form(name: str) -> Form | None:
    """The form with this name."""
    return next((one for one in FORMS if one.id == name), None)


def given(form: Form, posted: Mapping[str, Any]) -> tuple[Values, Rows]:
    """What a sent form says; rows that are empty or crossed out are left out."""
    values = {field.name: str(posted.get(field.name, "")) for field in form.fields}
    rows: Rows = []
    for at in range(MOST_ROWS):
        row = {column.name: str(posted.get(f"{column.name}.{at}", "")) for column in form.columns}
        if f"row.{at}" not in posted:
            break
        seen = any(row[c.name].strip() for c in form.columns if c.kind not in ("hidden", "select", "check"))
        if posted.get(f"gone.{at}") != "1" and (seen or form.fixed):
            rows.append(row)
    return values, rows


def blank(form: Form) -> Values:
    """An empty row; selects stand on their first choice."""
    return {c.name: c.options[0][0] if c.options else "1" if c.kind == "check" else "" for c in form.columns}

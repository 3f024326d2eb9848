"""The settings pages: a form for each part of the shop, a look at what would change, save, take back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.web import dashboard_forms as forms
from bot.web import pages
from bot.web.dashboard_forms import Form, Rows, Values
from bot.web.dashboard_page import go, owners, page, read, shop_of, staff_id, write
from bot.web.house import HOUSE, WebHouse
from care import settings as shop_settings
from care import shop as shop_file
from care.settings import NotNow
from care.shop import Shop, ShopFileError
from storage import settings as stored
from storage import staff
from storage.database import Database
from storage.records import from_json

HISTORY = 30


@dataclass(frozen=True)
class Difference:
    """One thing that would change. `where` are the names on the way to it."""

    where: str
    before: str
    after: str


@dataclass(frozen=True)
class Filled:
    """A form with what is in it."""

    form: Form
    values: Values
    rows: Rows
    wrong: str = ""
    wrong_field: str = ""
    wrong_row: int = -1
    differences: tuple[Difference, ...] = ()
    is_previewed: bool = False


@owners
async def index(request: web.Request) -> web.StreamResponse:
    """`/dashboard/settings`: the parts, and the latest changes."""
    house = request.app[HOUSE]

    async def look(db: Database) -> tuple[Shop, list[stored.Change], dict[int, str]]:
        people = {one.id: one.name for one in await staff.everybody(db)}
        return await house.house.shop(db), await stored.changes(db, HISTORY), people

    shop, changes, people = await read(request, look)
    shown = [(one, _differences(one.section, from_json(one.before), from_json(one.after))) for one in changes]
    return page(request, "settings.html", shop, forms=forms.FORMS, changes=shown, people=people, titles=_titles())


def _titles() -> dict[str, str]:
    """Which form a section stands on."""
    known = {one.id: one.title for one in forms.FORMS}
    places = {
        "shop": "name", "self_word": "name", "language": "name", "timezone": "name", "greeting": "name",
        "facts": "name", "review_link": "name", "holidays": "hours", "sla": "times", "ladder": "times",
        "quick_menu": "menu",
    }  # fmt: skip
    return known | {section: known[place] for section, place in places.items()}


@owners
async def show(request: web.Request) -> web.StreamResponse:
    """`/dashboard/settings/<form>`."""
    form, shop = _form(request), await shop_of(request)
    values, rows = form.load(shop)
    return _page(request, shop, Filled(form, values, rows))


@owners
async def send(request: web.Request) -> web.StreamResponse:
    """Show what would change, give more rows, or save."""
    form, shop, posted = _form(request), await shop_of(request), await request.post()
    values, rows = forms.given(form, posted)
    act = str(posted.get("act", "preview"))
    if act == "more":
        more = [forms.blank(form) for _ in range(3)]
        return _page(request, shop, Filled(form, values, [*rows, *more]))
    wanted = _changed(form, shop, values, rows)
    try:
        if act == "save":
            await write(request, lambda db: _save(request, db, wanted))
            return go(f"/dashboard/settings/{form.id}", done="saved" if wanted else "same")
        after = await read(request, lambda db: _look_ahead(db, wanted))
    except ShopFileError as error:
        return _page(request, shop, _with_error(request, Filled(form, values, rows), error))
    return _page(request, shop, Filled(form, values, rows, differences=_all(shop, after, wanted), is_previewed=True))


def _form(request: web.Request) -> Form:
    form = forms.form(request.match_info["form"])
    if form is None:
        raise web.HTTPNotFound
    return form


def _changed(form: Form, shop: Shop, values: Values, rows: Rows) -> dict[str, object]:
    """The sections a form changes: what it says now, where that is not what it said when it was opened."""
    old_values, old_rows = form.load(shop)
    before = form.parse(old_values, old_rows)
    return {section: value for section, value in form.parse(values, rows).items() if before.get(section) != value}


async def _look_ahead(db: Database, wanted: Mapping[str, object]) -> dict[str, object]:
    """The changed sections as they would be stored. Raises ShopFileError."""
    after: dict[str, object] = {}
    for section, value in wanted.items():
        after[section] = shop_file.sections(await shop_settings.preview(db, section, value))[section]
    return after


async def _save(request: web.Request, db: Database, wanted: Mapping[str, object]) -> None:
    now, by = request.app[HOUSE].now(), staff_id(request)
    for section, value in wanted.items():
        await shop_settings.save_section(db, section, value, by, now)


def _with_error(request: web.Request, filled: Filled, error: ShopFileError) -> Filled:
    """Put the error at its field: its place is a section, perhaps a row, perhaps a field."""
    _ = pages.texts_of(request).gettext
    said = str(_(error.message) % error.params)
    row = next((part for part in error.path if isinstance(part, int)), -1)
    names = [str(part) for part in error.path if isinstance(part, str)]
    kinds = [one.get("kind", "") for one in filled.rows]
    if names[:1] == ["sla"] and len(names) > 1 and names[1] in kinds:
        row = kinds.index(names[1])
    return Filled(filled.form, filled.values, filled.rows, said, names[-1] if names else "", row)


def _page(request: web.Request, shop: Shop, filled: Filled) -> web.Response:
    status = 422 if filled.wrong else 200
    extra = [] if filled.form.fixed or not filled.form.columns else [forms.blank(filled.form)] * forms.BLANK
    return page(
        request,
        "settings_form.html",
        shop,
        status=status,
        filled=filled,
        form=filled.form,
        rows=[*filled.rows, *extra],
        known=len(filled.rows),
        kinds=forms.KINDS,
        forms=forms.FORMS,
    )


@owners
async def undo(request: web.Request) -> web.StreamResponse:
    """Take one change back."""
    house, posted = request.app[HOUSE], await request.post()
    text = str(posted.get("change", ""))
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 17 else 0
    try:
        await write(request, lambda db: shop_settings.undo(db, number, staff_id(request), house.now()))
    except (NotNow, ShopFileError):
        return go("/dashboard/settings", done="not_undone")
    return go("/dashboard/settings", done="undone")


# --- What is different ------------------------------------------------------------------------------------------


def _all(shop: Shop, after: Mapping[str, object], wanted: Mapping[str, object]) -> tuple[Difference, ...]:
    before = shop_file.sections(shop)
    return tuple(one for section in wanted for one in _differences(section, before[section], after[section]))


def _differences(section: str, before: Any, after: Any) -> list[Difference]:
    old, new = _flat(before), _flat(after)
    places = [*old, *(place for place in new if place not in old)]
    return [
        Difference(" · ".join(part for part in (section, *place) if part), old.get(place, ""), new.get(place, ""))
        for place in places
        if old.get(place, "") != new.get(place, "")
    ]


def _flat(value: Any, place: tuple[str, ...] = ()) -> dict[tuple[str, ...], str]:
    """Every text of a value by its place; rows of a list are known by their id or title."""
    if isinstance(value, dict):
        parts = [(str(key), one) for key, one in value.items()]
    elif isinstance(value, list) and all(isinstance(one, dict) for one in value):
        parts = [(str(one.get("title") or one.get("name") or one.get("id") or at), one) for at, one in enumerate(value)]
    else:
        said = ", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
        return {place: said}
    return {key: text for name, one in parts for key, text in _flat(one, (*place, name)).items()}


def add_routes(app: web.Application, house: WebHouse) -> None:
    """The pages of this room."""
    app.router.add_get("/dashboard/settings", index)
    app.router.add_post("/dashboard/settings/undo", undo)
    app.router.add_get("/dashboard/settings/{form}", show)
    app.router.add_post("/dashboard/settings/{form}", send)

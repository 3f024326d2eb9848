"""The FAQ pages: find, change, add, preview, try a question, take back."""

import asyncio
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from aiohttp import web

from bot.web import dashboard_texts as texts
from bot.web import pages
from bot.web.dashboard_page import go, owners, page, read, shop_of, staff_id, write
from bot.web.house import HOUSE, WebHouse
from care import kpi
from care.address import Address, fill
from care.faq import Answer, Entry, FaqIndex, Suggest, editing, gaps, store
from care.faq.editing import Clash
from care.faq.store import Help
from care.settings import NotNow
from care.shop import Entry as ShopEntry
from care.shop import Shop, ShopFileError, answer_text
from care.text import fold
from storage import faq, faq_history
from storage.database import Database
from storage.records import FaqEntry

STALE_AFTER = timedelta(days=180)  # an answer nobody checked for so long is flagged
HELP_SINCE = timedelta(days=90)
WEAK = 0.5  # help-rate below which an entry is shown as weak
WEAK_NEEDS = 3  # customers who said anything
SHOWN = 400  # entries on one page
SLOW_INDEX = 1_500  # entries; with more, the live index is asked instead of one built without the entry
TRY_LIMIT = 600  # characters


@dataclass(frozen=True)
class Tried:
    """What the bot would do with a question: `outcome` answered, suggested or unknown."""

    text: str
    outcome: str
    found: tuple[tuple[ShopEntry, float], ...]


@dataclass(frozen=True)
class Listed:
    """An entry in the list."""

    row: FaqEntry
    help: Help | None
    is_stale: bool
    is_valid: bool

    @property
    def is_weak(self) -> bool:
        """Customers mostly say it did not help."""
        said = self.help is not None and self.help.helped + self.help.not_helped >= WEAK_NEEDS
        return said and self.help is not None and (self.help.help_rate or 0) < WEAK


@dataclass(frozen=True)
class Form:
    """The form of an entry: what is in it, what is wrong, what is easily mixed up."""

    values: Mapping[str, str]
    is_new: bool
    wrong: Mapping[str, str] = field(default_factory=dict)
    clashes: Sequence[Clash] = ()
    heard: Sequence[tuple[str, str]] = ()  # (to whom, the answer as they read it)
    gaps: Sequence[str] = ()  # unanswered questions a new entry is made for


@owners
async def entries(request: web.Request) -> web.StreamResponse:
    """`/dashboard/faq`: `?q=` words, `?category=`, `?show=` stale, weak or off, `?try=` a question."""
    house, query = request.app[HOUSE], request.query
    now = house.now()

    async def look(db: Database) -> tuple[Shop, list[Listed], list[faq_history.Batch]]:
        shop = await house.house.shop(db)
        today = now.astimezone(kpi.zone_of(shop)).date()
        helped = {one.entry_id: one for one in await store.help_by_entry(db, shop, now - HELP_SINCE)}
        rows = await faq.entries(db, only_active=False)
        return shop, [_listed(row, helped.get(row.id), today) for row in rows], await editing.history(db, 8)

    shop, listed, batches = await read(request, look)
    shown = [one for one in listed if _wanted(one, query)]
    return page(
        request,
        "faq.html",
        shop,
        listed=shown[:SHOWN],
        total=len(shown),
        every=len(listed),
        weak=sum(one.is_weak for one in listed),
        stale=sum(one.is_stale for one in listed),
        categories=sorted({one.row.category for one in listed if one.row.category}),
        query={name: query.get(name, "") for name in ("q", "category", "show", "try")},
        tried=_tried(request, shop, query.get("try", "")),
        batches=batches,
        actions=texts.FAQ_ACTIONS,
    )


def _listed(row: FaqEntry, helped: Help | None, today: date) -> Listed:
    checked = date.fromisoformat(row.checked_on) if row.checked_on else None
    stale = row.active and (checked is None or today - checked > STALE_AFTER)
    return Listed(row, helped, stale, editing.shop_entry(row).is_valid(today))


def _wanted(one: Listed, query: Mapping[str, str]) -> bool:
    words = fold(query.get("q", "")).split()
    said = fold(" ".join((one.row.id, one.row.question, *one.row.phrasings, one.row.answer)))
    category, show = query.get("category", ""), query.get("show", "")
    fits = {"stale": one.is_stale, "weak": one.is_weak, "off": not one.is_valid}.get(show, True)
    return fits and (not category or one.row.category == category) and all(word in said for word in words)


def _tried(request: web.Request, shop: Shop, text: str) -> Tried | None:
    """Ask the bot's own index, as a customer would."""
    text = text.strip()[:TRY_LIMIT]
    if not text:
        return None
    index: Any = request.app[HOUSE].house.answers()
    decision = index.decide(text)
    outcome = {Answer: "answered", Suggest: "suggested"}.get(type(decision), "unknown")
    found = ((shop.entry(one.entry_id), one.confidence) for one in index.search(text, 3))
    return Tried(text, outcome, tuple((entry, chance) for entry, chance in found if entry is not None))


# --- One entry --------------------------------------------------------------------------------------------------


@owners
async def entry(request: web.Request) -> web.StreamResponse:
    """`/dashboard/faq/entry`: the form, empty or of `?id=`; `?gap=` fills in unanswered questions."""
    shop, name = await shop_of(request), request.query.get("id", "")
    row = await read(request, lambda db: faq.entry(db, name)) if name else None
    if name and row is None:
        raise web.HTTPNotFound
    if row is not None:
        return _form_page(request, shop, Form(_values(editing.shop_entry(row)), is_new=False))
    wanted = request.query.getall("gap", [])
    found = await read(request, lambda db: gaps.unanswered(db, request.app[HOUSE].now())) if wanted else []
    said = [gap.example for gap in found if gap.folded in wanted]
    first = said[0] if said else request.query.get("question", "")[:300]
    values = _blank() | {"question": first, "phrasings": "\n".join(said[1:])}
    answers = [gap.folded for gap in found if gap.folded in wanted]
    return _form_page(request, shop, Form(values, is_new=True, gaps=answers))


def _blank() -> dict[str, str]:
    return dict.fromkeys(FIELDS, "") | {"active": "1"}


FIELDS = (
    "id", "category", "question", "phrasings", "answer", "media", "checked_on", "valid_from", "valid_to", "active",
)  # fmt: skip


def _values(one: ShopEntry) -> dict[str, str]:
    return {
        "id": one.id,
        "category": one.category,
        "question": one.question,
        "phrasings": "\n".join(one.phrasings),
        "answer": one.answer,
        "media": "\n".join(one.media),
        "checked_on": one.checked_on.isoformat() if one.checked_on else "",
        "valid_from": one.valid_from.isoformat() if one.valid_from else "",
        "valid_to": one.valid_to.isoformat() if one.valid_to else "",
        "active": "1" if one.active else "",
    }


@owners
async def save(request: web.Request) -> web.StreamResponse:
    """Keep an entry, or only show how it is heard. Easily confused wordings are shown once before it is kept."""
    form, shop = await request.post(), await shop_of(request)
    values = {name: str(form.get(name, "")) for name in FIELDS}
    is_new, act = form.get("new") == "1", str(form.get("act", "save"))
    said = [str(one) for one in form.getall("gap", [])]
    taken = {row.id for row in await read(request, lambda db: faq.entries(db, only_active=False))} if is_new else set()
    try:
        made = editing.entry_of(_plain(values, taken if is_new else None), shop)
    except ShopFileError as error:
        return _form_page(request, shop, Form(values, is_new, _wrong(request, error), gaps=said))
    clashes = [] if act == "anyway" else await _clashes(request, shop, made)
    if act == "preview" or clashes:
        heard = _heard(request, shop, made)
        return _form_page(request, shop, Form(values, is_new, clashes=clashes, heard=heard, gaps=said))
    try:
        done = await write(request, lambda db: _keep(request, db, made, said))
    except ShopFileError as error:
        return _form_page(request, shop, Form(values, is_new, _wrong(request, error), gaps=said))
    return go("/dashboard/faq", done="saved" if done else "same")


def _plain(values: Mapping[str, str], taken: Set[str] | None = None) -> dict[str, object]:
    """What the form says; `taken` are the ids a new entry cannot have."""
    lines = {name: [line for line in values[name].splitlines() if line.strip()] for name in ("phrasings", "media")}
    plain: dict[str, object] = {**values, **lines, "active": values["active"] == "1"}
    if taken is not None:
        plain["id"] = editing.new_id(values["id"] or values["question"], taken)
    return plain


async def _keep(request: web.Request, db: Database, made: ShopEntry, said: Sequence[str]) -> str | None:
    now, shop = request.app[HOUSE].now(), await request.app[HOUSE].house.shop(db)
    batch = await editing.put(db, shop, made, staff_id(request), now)
    if said:
        await gaps.answered_by(db, made.id, said)
    return batch


def _wrong(request: web.Request, error: ShopFileError) -> dict[str, str]:
    _ = pages.texts_of(request).gettext
    where = str(error.path[0]) if error.path and str(error.path[0]) in FIELDS else ""
    said = str(_(error.message) % error.params)
    return {where: said if where else error.say(_)}


async def _clashes(request: web.Request, shop: Shop, made: ShopEntry) -> list[Clash]:
    others = {one.id: one for one in shop.entries if one.id != made.id and one.active}
    same = editing.same_words(made, others.values())
    index: Any = request.app[HOUSE].house.answers()
    if len(others) <= SLOW_INDEX:
        learnt = [Entry(one.id, one.question, one.phrasings) for one in others.values()]
        index = await asyncio.to_thread(FaqIndex.build, learnt)
    alike = await asyncio.to_thread(editing.alike, made, index, others)
    known = {clash.wording for clash in same}
    return [*same, *(clash for clash in alike if clash.wording not in known)]


def _heard(request: web.Request, shop: Shop, made: ShopEntry) -> list[tuple[str, str]]:
    """The answer as two customers read it: one whose pronoun is not known yet, and Lan."""
    text = answer_text(made, shop.facts)
    lan = Address("chị", "Lan", shop.self_word)
    return [("", fill(text, Address(None, None, shop.self_word))), ("Lan", fill(text, lan))]


def _form_page(request: web.Request, shop: Shop, form: Form) -> web.Response:
    categories = sorted({one.category for one in shop.entries if one.category})
    status = 422 if form.wrong else 200
    return page(request, "faq_entry.html", shop, status=status, form=form, categories=categories, facts=shop.facts)


# --- Small acts -------------------------------------------------------------------------------------------------


@owners
async def remove(request: web.Request) -> web.StreamResponse:
    """Take an entry away; it can be taken back."""
    form, house = await request.post(), request.app[HOUSE]
    name = str(form.get("id", ""))

    async def work(db: Database) -> str | None:
        return await editing.remove(db, await house.house.shop(db), name, staff_id(request), house.now())

    try:
        done = await write(request, work)
    except ShopFileError as error:
        shop = await shop_of(request)
        row = await read(request, lambda db: faq.entry(db, name))
        values = _values(editing.shop_entry(row)) if row else _blank()
        return _form_page(request, shop, Form(values, is_new=False, wrong=_wrong(request, error)))
    return go("/dashboard/faq", done="removed" if done else "same")


@owners
async def checked(request: web.Request) -> web.StreamResponse:
    """The owner looked at an answer today and it is right."""
    form, house = await request.post(), request.app[HOUSE]
    name = str(form.get("id", ""))

    async def work(db: Database) -> str | None:
        shop, row = await house.house.shop(db), await faq.entry(db, name)
        if row is None:
            raise web.HTTPNotFound
        today = house.now().astimezone(kpi.zone_of(shop)).date()
        values = _values(editing.shop_entry(row)) | {"checked_on": today.isoformat()}
        made = editing.entry_of(_plain(values), shop)
        return await editing.put(db, shop, made, staff_id(request), house.now())

    await write(request, work)
    return go("/dashboard/faq", done="checked", show=request.query.get("show", ""))


@owners
async def undo(request: web.Request) -> web.StreamResponse:
    """Take a batch of changes back."""
    form, house = await request.post(), request.app[HOUSE]
    batch = str(form.get("batch", ""))

    async def work(db: Database) -> str:
        return await editing.undo(db, await house.house.shop(db), batch, staff_id(request), house.now())

    try:
        await write(request, work)
    except (NotNow, ShopFileError):
        return go("/dashboard/faq", done="not_undone")
    return go("/dashboard/faq", done="undone")


def add_routes(app: web.Application, house: WebHouse) -> None:
    """The pages of this room."""
    app.router.add_get("/dashboard/faq", entries)
    app.router.add_get("/dashboard/faq/entry", entry)
    app.router.add_post("/dashboard/faq/entry", save)
    app.router.add_post("/dashboard/faq/remove", remove)
    app.router.add_post("/dashboard/faq/checked", checked)
    app.router.add_post("/dashboard/faq/undo", undo)

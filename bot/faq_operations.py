"""What the command line can ask about the FAQ, of a database running or not."""

import asyncio
import base64
from collections.abc import Sequence
from typing import Any

from care import settings as shop_settings
from care.faq import Answer, Entry, FaqIndex, Suggest, importing, store
from care.faq.editing import Edit, shop_entry
from care.faq.index import SURE, UNSURE
from care.shop import Shop, ShopFileError, answer_text
from storage import faq
from storage.database import Database

from . import i18n
from .control import Desk, OperationFailed


async def faq_import(desk: Desk, name: str, data: str, apply: bool = False, replace: bool = False) -> dict[str, Any]:
    """What a file (base64) would change, and with `apply` the change itself, all or nothing."""
    try:
        rows = await asyncio.to_thread(importing.rows_of, name, base64.b64decode(data))
    except ShopFileError as error:
        raise OperationFailed(told(error)) from error

    shop = await desk.shop()
    known = await desk.engine.read(lambda db: faq.entries(db, only_active=False))
    plan = await asyncio.to_thread(importing.plan, shop, known, rows, remove_others=replace)
    if apply and plan.is_ready:
        await desk.engine.write(lambda db: _apply(db, desk, rows, replace))
    return _report(plan) | {"applied": apply and plan.is_ready}


async def _apply(db: Database, desk: Desk, rows: Sequence[importing.Row], replace: bool) -> None:
    """Plan again on what is there now: somebody may have changed an entry meanwhile."""
    from care.faq import editing

    shop = await shop_settings.load(db)
    plan = importing.plan(shop, await faq.entries(db, only_active=False), rows, remove_others=replace)
    if not plan.is_ready:
        raise OperationFailed("FAQ vừa thay đổi, hãy thử lại. / The FAQ has just changed, try again.")
    await editing.apply(db, plan.edits, None, desk.now(), "faq.import")


def _report(plan: importing.Plan) -> dict[str, Any]:
    return {
        "added": [_named(edit) for edit in plan.added],
        "changed": [_named(edit) for edit in plan.changed],
        "removed": [_named(edit) for edit in plan.removed],
        "same": plan.same,
        "wrong": [f"{one.number}: {told(one.error)}" if one.number else told(one.error) for one in plan.wrong],
        "clashes": [f"“{one.wording}” · {one.other_id}: {one.other}" for one in plan.clashes],
    }


def _named(edit: Edit) -> str:
    row = edit.after or edit.before
    return f"{edit.entry_id}: {row.question}" if row is not None else edit.entry_id


def told(error: ShopFileError) -> str:
    """The refusal in every language."""
    return " / ".join(error.say(i18n.catalog(language).gettext) for language in i18n.LANGUAGES)


async def faq_export(desk: Desk) -> list[dict[str, Any]]:
    """Every entry as the shop file has it, in the owner's order."""

    await desk.shop()

    async def look(db: Database) -> list[dict[str, Any]]:
        found = [shop_entry(row) for row in await faq.entries(db, only_active=False)]
        return [_plain(entry) for entry in found]

    return await desk.engine.read(look)


def _plain(entry: Any) -> dict[str, Any]:
    import msgspec

    values: dict[str, Any] = msgspec.to_builtins(entry)
    return {name: value for name, value in values.items() if value not in (None, "", []) or name == "answer"}


async def faq_ask(desk: Desk, text: str) -> dict[str, Any]:
    """What the bot would answer, from an index learnt for the question."""
    shop = await desk.shop()
    learnt = await desk.engine.read(store.learnable)
    index = await asyncio.to_thread(_index, learnt, shop)
    matches = await asyncio.to_thread(index.search, text)
    decision = index.decide(text)
    kind = "answer" if isinstance(decision, Answer) else "suggest" if isinstance(decision, Suggest) else "unknown"
    known = {entry.id: entry for entry in shop.entries}
    found = [
        {
            "id": one.entry_id,
            "confidence": round(one.confidence * 100),
            "question": known[one.entry_id].question,
            "answer": answer_text(known[one.entry_id], shop.facts),
        }
        for one in matches
        if one.entry_id in known
    ]
    return {"kind": kind, "matches": found}


def _index(entries: list[Entry], shop: Shop) -> FaqIndex:
    moved = shop.thresholds
    sure = SURE if moved.sure is None else moved.sure
    return FaqIndex.build(entries, sure=sure, unsure=UNSURE if moved.unsure is None else moved.unsure)

"""The commands colleagues type in their chats.

In a topic, or as a reply, the case is clear; else its number comes first: "/nhan 12".
"""

import re
from collections.abc import Mapping
from datetime import datetime, time, timedelta

from care import cases as care_cases
from care.text import fold
from handlers import cards
from handlers.commands import Command
from handlers.messages import N_, Choice, Outgoing
from handlers.staff import Refused, cases
from handlers.staff.places import case_here
from handlers.turn import Turn, speak_with
from storage import staff as stored_staff

_NUMBER = re.compile(r"^#?(\d{1,10})\b\s*")
_IN = re.compile(r"^(\d{1,3})\s*(p|phut|m|min|h|g|gio)\b(?!\s*\d)\s*")
_AT = re.compile(r"^(\d{1,2})(?:\s*(?:h|g|gio|:)\s*(\d{2})?)\s*")


async def case_and_rest(turn: Turn, rest: str) -> tuple[int, str]:
    """The number of the case and what follows it."""
    if (found := _NUMBER.match(rest)) is not None and (await case_here(turn)) is None:
        return int(found[1]), rest[found.end() :]
    here = await case_here(turn)
    if here is None:
        raise Refused(turn.gettext("Which case? Reply to its message, or type its number, as in /nhan 12."))
    return here, rest


def _said(turn: Turn, text: str, choices: tuple[Choice, ...] = ()) -> list[Outgoing]:
    return [turn.reply(text, choices, purpose="staff")]


async def claim(turn: Turn, rest: str = "") -> list[Outgoing]:
    """/nhan: take the case."""
    case_id, _rest = await case_and_rest(turn, rest)
    return await cases.claim(turn, case_id)


async def reply(turn: Turn, rest: str = "") -> list[Outgoing]:
    """/tl: answer the customer."""
    case_id, text = await case_and_rest(turn, rest)
    return await cases.reply(turn, case_id, text, turn.incoming.media, turn.incoming.external_id or None)


async def transfer(turn: Turn, rest: str = "") -> list[Outgoing]:
    """/chuyen Hoa: give the case to a colleague."""
    _ = turn.gettext
    case_id, name = await case_and_rest(turn, rest)
    wanted = fold(name.strip().lstrip("@"))
    found = [one for one in await stored_staff.all_active(turn.db) if wanted and wanted in fold(one.name)]
    if len(found) != 1:
        names = ", ".join(one.name for one in await stored_staff.all_active(turn.db))
        raise Refused(_("To whom? Type one of these names: %(names)s.") % {"names": names})
    return await cases.transfer(turn, case_id, found[0].id)


async def done(turn: Turn, rest: str = "") -> list[Outgoing]:
    """/xong <root cause>: close the case; without a cause, buttons to choose it."""
    _ = turn.gettext
    case_id, rest = await case_and_rest(turn, rest)
    word, _space, note = rest.partition(" ")
    roots = {root.id: root.title for root in turn.shop.roots}
    if word in roots:
        return await cases.resolve(turn, case_id, word, note)
    choices = tuple(Choice(title, f"staff:resolve:{case_id}:{name}") for name, title in roots.items())
    return _said(turn, _("Why did case #%(case)s come up?") % {"case": case_id}, choices)


async def note(turn: Turn, rest: str = "") -> list[Outgoing]:
    """/ghichu: a note for colleagues."""
    case_id, text = await case_and_rest(turn, rest)
    return await cases.note(turn, case_id, text)


async def canned(turn: Turn, rest: str = "") -> list[Outgoing]:
    """/mau: the ready replies; /mau <name> sends one."""
    _ = turn.gettext
    case_id, name = await case_and_rest(turn, rest)
    known: Mapping[str, str] = {one.id: one.text for one in turn.shop.canned}
    if name.strip() in known:
        return await cases.reply(turn, case_id, known[name.strip()], (), turn.incoming.external_id or None)
    case = await cases.case_of(turn, case_id)
    other = await speak_with(turn, case.conversation_id)
    lines = [f"/mau {one.id}: {other.addressed(one.text)}" for one in turn.shop.canned]
    return _said(turn, "\n".join(lines))


async def promise(turn: Turn, rest: str = "") -> list[Outgoing]:
    """/hua 17h <what>: track a promise."""
    _ = turn.gettext
    case_id, rest = await case_and_rest(turn, rest)
    due, what = when(rest, turn)
    if due is None:
        raise Refused(_("By when? Type a time, as in /hua 17h or /hua 30 phút."))
    made = await cases.promise(turn, case_id, due, what)
    text = _("I will remind you: case #%(case)s, %(time)s.") % {"case": case_id, "time": turn.when(due)}
    return [*made, *_said(turn, text)]


async def later(turn: Turn, rest: str = "") -> list[Outgoing]:
    """/hen 17h <text>: say something later."""
    _ = turn.gettext
    case_id, rest = await case_and_rest(turn, rest)
    at, text = when(rest, turn)
    if at is None or not text:
        raise Refused(_("By when? Type a time, as in /hua 17h or /hua 30 phút."))
    planned = await cases.schedule(turn, case_id, text, at)
    return [*planned, *_said(turn, _("I will send it at %(time)s.") % {"time": turn.when(at)})]


async def card(turn: Turn, rest: str = "") -> list[Outgoing]:
    """/khach: the card of the case."""
    case_id, _rest = await case_and_rest(turn, rest)
    shown = await care_cases.card(turn.db, await cases.case_of(turn, case_id))
    return _said(turn, cards.text(turn, shown), tuple(cards.choices(turn, shown)))


def when(text: str, turn: Turn) -> tuple[datetime | None, str]:
    """ "17h30 gọi lại" or "30 phút …" as a time to come, and the rest. None: no time in it."""
    words = text.strip()
    plain = fold(words)
    if (found := _IN.match(plain)) is not None and found[2] not in ("h", "g", "gio"):
        return turn.now + timedelta(minutes=int(found[1])), words[found.end() :]
    if (found := _AT.match(plain)) is None or int(found[1]) > 23 or int(found[2] or 0) > 59:
        return None, words
    local = turn.now.astimezone(turn.zone)
    at = datetime.combine(local.date(), time(int(found[1]), int(found[2] or 0)), turn.zone)
    if at <= local:
        at += timedelta(days=1)
    return at.astimezone(turn.now.tzinfo), words[found.end() :]


COMMANDS: tuple[Command, ...] = (
    Command("nhan", "staff", claim, N_("take the case"), ("claim",)),
    Command("tl", "staff", reply, N_("answer the customer"), ("reply",)),
    Command("chuyen", "staff", transfer, N_("give the case to a colleague"), ("transfer",)),
    Command("xong", "staff", done, N_("close the case with its root cause"), ("done", "resolve")),
    Command("ghichu", "staff", note, N_("write a note for colleagues"), ("note",)),
    Command("mau", "staff", canned, N_("ready replies"), ("canned",)),
    Command("hua", "staff", promise, N_("track a promise, as in /hua 17h"), ("promise",)),
    Command("hen", "staff", later, N_("send something later, as in /hen 17h text"), ("later",)),
    Command("khach", "staff", card, N_("the card of the case"), ("card",)),
)

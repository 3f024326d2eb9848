"""/nhom: bind groups of colleagues, choose what they take, let them go."""

from care import codes
from care.cases import KINDS
from care.cleaning import fold
from handlers.cards import KIND_NAMES
from handlers.messages import Outgoing
from handlers.staff import Refused
from handlers.staff.groups import noted
from handlers.staff.places import place_of
from handlers.turn import Turn
from storage import groups
from storage.records import Staff, StaffGroup

STATES = {"bound": "🟢", "mute": "🟠", "gone": "🔴"}


async def command(turn: Turn, rest: str = "") -> list[Outgoing]:
    """/nhom in private lists and changes; /nhom CODE in a group binds it."""
    owner = turn.staff
    if owner is None:
        return []
    if turn.incoming.is_group:
        return await _bind(turn, owner, rest.removeprefix("ma_").strip())
    words = rest.split()
    if words and words[0].lstrip("#").isdecimal():
        return await _change(turn, int(words[0].lstrip("#")), " ".join(words[1:]))
    return await _list(turn, owner)


async def _list(turn: Turn, owner: Staff) -> list[Outgoing]:
    _ = turn.gettext
    known = await groups.bound(turn.db)
    lines = [f"{STATES.get(one.state, '')} #{one.id} {one.title}: {_kinds(turn, one)}" for one in known]
    code = await codes.for_group(turn.db, owner.id, turn.now)
    how = _(
        "To bind a group: add me there as administrator, then type in the group within 15 minutes:\n/nhom %(code)s"
    ) % {"code": code}
    more = _("To choose what a group takes: /nhom 1 complaints, rescue (or: all). To let it go: /nhom 1 stop")
    return [turn.reply("\n\n".join(["\n".join(lines) or _("No group is bound yet."), how, more]), purpose="staff")]


def _kinds(turn: Turn, group: StaffGroup) -> str:
    _ = turn.gettext
    return ", ".join(_(KIND_NAMES.get(kind, kind)) for kind in group.kinds) or _("all cases")


async def _bind(turn: Turn, owner: Staff, code: str) -> list[Outgoing]:
    _ = turn.gettext
    if not code or not await codes.claim_group(turn.db, code, owner.id, turn.now):
        raise Refused(_("This code is not valid here: ask me for a fresh one in private with /nhom."))
    channel, account, address = place_of(turn)
    known = await groups.at(turn.db, channel, account, address)
    lost = [one for one in await groups.gone(turn.db, channel, account) if one.address != address]
    is_new = known is None or known.state not in ("bound", "mute", "gone")
    replaces = lost[0].id if lost and is_new else None
    group = await groups.bind(
        turn.db, channel, account, address, title=str(turn.incoming.extra.get("title", "")),
        forum=bool(turn.incoming.extra.get("forum")), language=turn.shop.language, by=owner.id, now=turn.now,
        replaces=replaces,
    )  # fmt: skip
    await groups.hurry(turn.db, channel, account, address, turn.now)
    await noted(turn, "group.bound", group.id)
    text = _("Bound. Cases appear here: %(kinds)s. Reply to a customer's message to answer; all else is a note.")
    return [turn.reply(text % {"kinds": _kinds(turn, group)}, purpose="staff")]


async def _change(turn: Turn, number: int, rest: str) -> list[Outgoing]:
    _ = turn.gettext
    group = await groups.get(turn.db, number)
    if group is None or group.state not in STATES:
        raise Refused(_("There is no such group."))
    wanted = fold(rest)
    if wanted in ("bo", "huy", "stop"):
        await groups.change(turn.db, group.id, state="unbound")
        await noted(turn, "group.unbound", group.id)
        return [turn.reply(_("“%(title)s” is not a staff group any more.") % {"title": group.title}, purpose="staff")]
    kinds = [] if wanted in ("tat ca", "all") else _chosen(turn, wanted)
    await groups.change(turn.db, group.id, kinds=kinds)
    await noted(turn, "group.kinds", group.id, kinds=",".join(kinds))
    changed = await groups.get(turn.db, group.id) or group
    text = _("“%(title)s” takes: %(kinds)s.") % {"title": group.title, "kinds": _kinds(turn, changed)}
    return [turn.reply(text, purpose="staff")]


def _chosen(turn: Turn, wanted: str) -> list[str]:
    """Kinds of case by their names in the owner's language, or by their own."""
    _ = turn.gettext
    words = [word.strip() for word in wanted.split(",") if word.strip()]
    names = {fold(_(KIND_NAMES[kind])): kind for kind in KINDS} | {kind: kind for kind in KINDS}
    found = [next((kind for name, kind in names.items() if name.startswith(word)), "") for word in words]
    if not found or "" in found:
        known = ", ".join(_(KIND_NAMES[kind]) for kind in KINDS)
        raise Refused(_("Choose from: %(kinds)s, or: all") % {"kinds": known})
    return list(dict.fromkeys(found))

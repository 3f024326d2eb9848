"""The groups themselves: bound by an owner, lost, taken back; foreign ones are left; who leaves loses the role."""

from dataclasses import replace
from datetime import timedelta

from care import cases, logins
from handlers import cards, commands
from handlers.customer.speech import to_groups
from handlers.messages import N_, Outgoing, ToAddress
from handlers.staff.places import place_of
from handlers.turn import Turn
from storage import audit, groups, staff, timers
from storage import cases as stored
from storage.records import StaffGroup, Timer

LOOK_AGAIN = timedelta(seconds=5)  # news of a moved group may come in any order
WAITS = timedelta(minutes=15)  # an owner added us and types the code
BINDING_WORDS = ("nhom", "start")
FOREIGN = N_("This bot works for one shop only and leaves now. Goodbye.")


async def about(turn: Turn) -> list[Outgoing] | None:
    """News about a group, and what is said in groups that are not ours. None: a colleague's business in our group."""
    said = turn.incoming
    if not said.is_group:
        return None
    group = await groups.at(turn.db, *place_of(turn))
    if said.kind in ("blocked", "failed", "unblocked", "left"):
        return await _news(turn, group)
    if group is None or group.state in ("waiting", "unbound"):
        return await _foreign(turn, group)
    await _keep_title(turn, group)
    if said.extra.get("hidden"):
        return _hidden(turn)
    return [] if group.state == "gone" and not _binds(turn) else None


async def _news(turn: Turn, group: StaffGroup | None) -> list[Outgoing]:
    match turn.incoming.kind:
        case "unblocked":
            return await _added(turn, group)
        case "left":
            return await _left(turn, group)
        case "blocked":
            return await _lost(turn, group)
    return await _trouble(turn, group)


# --- Coming and going ---------------------------------------------------------------------------------------------


def _is_owner(turn: Turn) -> bool:
    return turn.staff is not None and turn.staff.role == "owner"


def _binds(turn: Turn) -> bool:
    """An owner types the word that binds a group."""
    typed = commands.split(turn.incoming.text.strip())
    return _is_owner(turn) and typed is not None and typed[0] in BINDING_WORDS


async def _added(turn: Turn, group: StaffGroup | None) -> list[Outgoing]:
    """Somebody put us into a group."""
    _ = turn.staff_text
    said = turn.incoming
    if group is not None and group.state in ("bound", "mute"):
        return []
    if not _is_owner(turn):
        if group is not None and group.state == "gone":
            text = _("I was put back into the group “%(title)s”. An owner must bind it again: type /nhom to me.")
            return [turn.tell_owners(text % {"title": group.title})]
        return await _look_again(turn, LOOK_AGAIN)
    if group is not None and group.state == "gone":
        await groups.change(turn.db, group.id, state="bound")
        await groups.hurry(turn.db, *place_of(turn), turn.now)
        await noted(turn, "group.back", group.id)
        return [turn.tell_owners(_("I am back in the group “%(title)s”.") % {"title": group.title})]
    await groups.wait(turn.db, *place_of(turn), title=said.extra.get("title", ""), by=_id(turn), now=turn.now)
    await _look_again(turn, WAITS)
    text = turn.gettext("To bind this group, ask me for a code in private with /nhom and type it here: /nhom CODE")
    return [turn.reply(text, purpose="staff")]


def _id(turn: Turn) -> int:
    if turn.staff is None:
        raise LookupError("nobody acts in this turn")
    return turn.staff.id


async def _lost(turn: Turn, group: StaffGroup | None) -> list[Outgoing]:
    """We were thrown out, or the group is gone. What is to be said there waits."""
    if group is None or group.state in ("gone", "unbound", "waiting"):
        return []
    await groups.change(turn.db, group.id, state="gone")
    await noted(turn, "group.gone", group.id)
    text = turn.staff_text(
        N_(
            "🔴 I am not in the staff group “%(title)s” any more. Cases wait on the desk; nothing is lost. "
            "Add me again, or bind another group with /nhom."
        )
    )
    return [turn.tell_owners(text % {"title": group.title})]


async def _trouble(turn: Turn, group: StaffGroup | None) -> list[Outgoing]:
    """What was learned by sending: no topics, no right to write, a lost card."""
    what, detail = turn.incoming.payload, turn.incoming.text
    if group is None:
        return []
    if what == "card" and detail.isdecimal():
        return await redrawn(turn, int(detail))
    if what == "well" and group.state == "mute":
        await groups.change(turn.db, group.id, state="bound")
        text = turn.staff_text(N_("I can write in the group “%(title)s” again."))
        return [turn.tell_owners(text % {"title": group.title})]
    if what == "muted" and group.state == "bound":
        await groups.change(turn.db, group.id, state="mute")
        text = turn.staff_text(N_("🔴 I may not write in the staff group “%(title)s”. Make me an administrator there."))
        return [turn.tell_owners(text % {"title": group.title})]
    if what == "no_topics":
        text = turn.staff_text(
            N_(
                "I cannot make topics in “%(title)s”: turn Topics on and give me the right to manage them, "
                "then bind the group again with /nhom. Until then I write without topics."
            )
        )
        return [turn.tell_owners(text % {"title": group.title})]
    return []


async def redrawn(turn: Turn, case_id: int) -> list[Outgoing]:
    """The card of a case once more, for a topic that was made anew."""
    case = await stored.get(turn.db, case_id)
    if case is None or case.owner_only:
        return []
    shown = await cases.card(turn.db, case)
    message = to_groups(case.id, cards.text(turn, shown), card=case.id, refresh=True)
    return [replace(message, choices=tuple(cards.choices(turn, shown)))]


async def _left(turn: Turn, group: StaffGroup | None) -> list[Outgoing]:
    """A colleague is not in the group any more: no role, no logins, from this moment."""
    if group is None or group.state not in ("bound", "mute") or turn.place is None:
        return []
    gone = str(turn.incoming.extra.get("left", ""))
    colleague = await staff.by_identity(turn.db, turn.place.channel, turn.place.account, gone)
    if colleague is None or colleague.role == "owner":
        return []
    await staff.change(turn.db, colleague.id, active=False)
    await logins.sign_out_everywhere(turn.db, colleague.id, turn.now)
    await audit.add(turn.db, at=turn.now, staff_id=None, action="staff.left", subject=f"staff:{colleague.id}")
    text = turn.staff_text(N_("%(name)s left “%(title)s” and is no colleague any more. To take them back: /quyen"))
    return [turn.tell_owners(text % {"name": colleague.name, "title": group.title})]


async def _keep_title(turn: Turn, group: StaffGroup) -> None:
    """Titles and topics may be switched at any time."""
    extra = turn.incoming.extra
    title = str(extra.get("title") or group.title)
    if title != group.title:
        await groups.change(turn.db, group.id, title=title)


# --- Not ours -----------------------------------------------------------------------------------------------------


async def _foreign(turn: Turn, group: StaffGroup | None) -> list[Outgoing] | None:
    if _binds(turn):
        return None
    if group is not None and group.state == "waiting" and turn.now - group.bound_at < WAITS:
        return []
    return await _look_again(turn, LOOK_AGAIN)


async def _look_again(turn: Turn, after: timedelta) -> list[Outgoing]:
    channel, account, address = place_of(turn)
    key = f"group_check:{address}:{(turn.now + after):%Y%m%d%H%M}"
    payload = {"channel": channel, "account": account, "address": address}
    await timers.add(turn.db, "group_check", 0, turn.now + after, key=key, payload=payload)
    return []


async def check(turn: Turn, timer: Timer) -> list[Outgoing]:
    """A group nobody bound hears one neutral line, then we leave."""
    channel, account, address = (str(timer.payload[name]) for name in ("channel", "account", "address"))
    group = await groups.at(turn.db, channel, account, address)
    if group is not None and group.state in ("bound", "mute", "gone"):
        return []
    if group is not None and group.state == "waiting" and turn.now - group.bound_at < WAITS:
        return []
    if group is not None:
        await groups.change(turn.db, group.id, state="unbound")
    place = ToAddress(channel, account, address)
    day = f"{address}:{turn.now:%Y%m%d}"
    line = Outgoing(place, turn.staff_text(FOREIGN), purpose="staff", key=f"foreign:{day}")
    return [line, Outgoing(place, "", purpose="staff", operation="leave", key=f"leave:{day}:{timer.id}")]


def _hidden(turn: Turn) -> list[Outgoing]:
    """Anonymous administrators and channels are nobody: say how to post as oneself."""
    said = turn.incoming
    if not said.text.startswith("/") and not said.reply_to:
        return []
    _ = turn.staff_text
    text = _("I cannot see who you are: turn off “Remain anonymous” and post as yourself.")
    return [turn.reply(text, purpose="staff")]


async def noted(turn: Turn, action: str, group_id: int, **detail: str) -> None:
    """Leave a trace."""
    who = None if turn.staff is None else turn.staff.id
    await audit.add(turn.db, at=turn.now, staff_id=who, action=action, subject=f"group:{group_id}", detail=dict(detail))

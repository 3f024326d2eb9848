"""Buttons under cards and receipts. Who presses is looked up at the press; what may be done, the act itself decides."""

from collections.abc import Mapping

from handlers.messages import Choice, Outgoing
from handlers.staff import Refused
from handlers.staff.places import place_of
from handlers.turn import Handler, Turn, speak_with
from storage import cases as stored
from storage import outbox, staff

Acts = Mapping[str, Handler]
SUBJECTS = {"recall": "line_id", "send_again": "line_id", "kept": "clock_id"}  # the others are about a case


async def press(turn: Turn, acts: Acts) -> list[Outgoing]:
    """A stored action such as "staff:claim:12"."""
    _ = turn.gettext
    found = await outbox.press(turn.db, turn.incoming.press, *place_of(turn))
    if found is None:
        raise Refused(_("This button does not work any more."))
    delivery, index = found
    action = delivery.payload["choices"][index]["action"]
    if action.startswith("owner:"):
        return await acts["owner"](turn, action)
    word, *parts = action.split(":")
    if word != "staff" or len(parts) < 2 or not parts[1].isdecimal():
        raise Refused(_("This button does not work any more."))
    return await _act(turn, acts, parts[0], int(parts[1]), parts[2:])


async def _act(turn: Turn, acts: Acts, name: str, subject: int, rest: list[str]) -> list[Outgoing]:
    match name, rest:
        case "transfer", [to]:
            return await acts["transfer"](turn, case_id=subject, to_staff_id=int(to))
        case "transfer", _:
            return await _colleagues(turn, subject)
        case "resolve", [root]:
            return await acts["resolve"](turn, case_id=subject, root_cause=root)
        case "resolve", _:
            return _roots(turn, subject)
        case "teach", [line, entry]:
            return await acts["teach"](turn, case_id=subject, line_id=int(line), entry_id=entry)
        case "canned", [chosen]:
            return await _use(turn, acts, subject, chosen)
        case "canned", _:
            return await _canned(turn, subject)
        case _ if name in acts:
            return await acts[name](turn, **{SUBJECTS.get(name, "case_id"): subject})
    raise Refused(turn.gettext("This button does not work any more."))


async def _colleagues(turn: Turn, case_id: int) -> list[Outgoing]:
    _ = turn.gettext
    me = turn.staff.id if turn.staff else 0
    people = [one for one in await staff.all_active(turn.db) if one.id != me]
    choices = [Choice(one.name, f"staff:transfer:{case_id}:{one.id}") for one in people[:20]]
    if not choices:
        raise Refused(_("There is nobody else to take the case."))
    return [turn.reply(_("Who takes case #%(case)s?") % {"case": case_id}, choices, purpose="staff", case_id=case_id)]


def _roots(turn: Turn, case_id: int) -> list[Outgoing]:
    _ = turn.gettext
    choices = [Choice(root.title, f"staff:resolve:{case_id}:{root.id}") for root in turn.shop.roots]
    text = _("Why did case #%(case)s come up?") % {"case": case_id}
    return [turn.reply(text, choices, purpose="staff", case_id=case_id)]


async def _canned(turn: Turn, case_id: int) -> list[Outgoing]:
    _ = turn.gettext
    choices = [Choice(one.title or one.text[:40], f"staff:canned:{case_id}:{one.id}") for one in turn.shop.canned]
    if not choices:
        raise Refused(_("The shop has no ready replies yet."))
    text = _("Which reply does the customer of case #%(case)s get?") % {"case": case_id}
    return [turn.reply(text, choices, purpose="staff", case_id=case_id)]


async def _use(turn: Turn, acts: Acts, case_id: int, chosen: str) -> list[Outgoing]:
    case = await stored.get(turn.db, case_id)
    text = next((one.text for one in turn.shop.canned if one.id == chosen), "")
    if case is None or not text:
        raise Refused(turn.gettext("There is no such case."))
    other = await speak_with(turn, case.conversation_id)
    said = other.addressed(text)
    shown = turn.reply(f"↪ {said}", purpose="staff", case_id=case_id)
    return [*await acts["reply"](turn, case_id=case_id, text=said, client_id=turn.incoming.external_id), shown]

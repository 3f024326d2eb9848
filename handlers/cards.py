"""The card of a case in the staff group: who, since when, what was asked and what the bot tried."""

from care import formats
from care.cards import Card
from handlers.messages import N_, Choice
from handlers.turn import Turn

LAMPS = {"open": "🟡", "reopened": "🟠", "claimed": "🔵", "pending": "⚪", "resolved": "🟢", "confirmed": "✅"}
KIND_NAMES = {
    "question": N_("Question"),
    "complaint": N_("Complaint"),
    "rescue": N_("Rescue"),
    "staff_complaint": N_("Complaint about staff"),
}


def text(turn: Turn, card: Card) -> str:
    """The card as plain text, in the language of the shop's groups."""
    lines = [_head(turn, card), *_asked(turn, card), *_more(turn, card), _state(turn, card)]
    return "\n".join(line for line in lines if line)


def choices(turn: Turn, card: Card) -> list[Choice]:
    """What a colleague can do with one tap."""
    _, case = turn.staff_text, card.case
    if not case.is_active:
        return [Choice(_("Reopen"), f"staff:reopen:{case.id}")]
    take = [] if case.state in ("claimed", "pending") else [Choice(_("Claim"), f"staff:claim:{case.id}")]
    others = ((_("Transfer"), "transfer"), (_("Canned replies"), "canned"), (_("Done"), "resolve"))
    return [*take, *(Choice(label, f"staff:{name}:{case.id}") for label, name in others)]


def _head(turn: Turn, card: Card) -> str:
    _ = turn.staff_text
    case = card.case
    lamp = _("🔴 URGENT ·") if case.urgent else LAMPS.get(case.state, "")
    kind = _(KIND_NAMES.get(case.kind, case.kind))
    who = card.who or _("new customer")
    return f"{lamp} #{case.id} · {kind} · {who} · {_known(turn, card)}"


def _known(turn: Turn, card: Card) -> str:
    _ = turn.staff_text
    parts = [_("first contact") if not card.earlier else _("%(n)s earlier cases") % {"n": card.earlier}]
    for level, at in card.ratings[:1]:
        day = at.astimezone(turn.zone).strftime("%d/%m")
        parts.append(_("last rating: level %(level)s (%(day)s)") % {"level": level, "day": day})
    return ", ".join(parts)


def _asked(turn: Turn, card: Card) -> list[str]:
    _ = turn.staff_text
    lines = []
    if card.case.subject:
        lines.append(_("Asked: “%(text)s”") % {"text": card.case.subject})
    if card.case.tried:
        lines.append(_("The bot tried: %(tried)s") % {"tried": " · ".join(card.case.tried)})
    return lines


def _more(turn: Turn, card: Card) -> list[str]:
    _ = turn.staff_text
    case, parts = card.case, []
    if case.order_code:
        parts.append(_("order %(code)s") % {"code": case.order_code})
    if card.category:
        parts.append(card.category)
    if card.photos:
        parts.append(_("%(n)s pictures") % {"n": card.photos})
    if card.known_staff is not None and case.assignee_id is None:
        parts.append(_("usually with %(name)s") % {"name": card.known_staff.name})
    return [" · ".join(parts)]


def _state(turn: Turn, card: Card) -> str:
    _ = turn.staff_text
    case = card.case
    language, zone = turn.shop.language, turn.zone
    since = formats.moment(case.opened_at, turn.now, language, zone)
    parts = [_("Waiting since %(time)s") % {"time": since}]
    if card.assignee is not None and case.claimed_at is not None:
        at = formats.moment(case.claimed_at, turn.now, language, zone)
        parts = [_("%(name)s is answering · %(time)s") % {"name": card.assignee.name, "time": at}]
    if case.is_active and case.due_at is not None:
        parts.append(_("due %(time)s") % {"time": formats.moment(case.due_at, turn.now, language, zone)})
    return " · ".join(parts)

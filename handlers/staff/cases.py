"""What colleagues do with a case. Desk buttons, chat buttons and commands all end here."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from care import access, cases, clocks
from care.text import clean
from handlers import cards
from handlers.customer import settled
from handlers.customer.speech import conversation_of, to_groups
from handlers.messages import N_, Choice, Media, Outgoing, ToConversation
from handlers.staff import Refused, receipts
from handlers.turn import Turn, keep_dialogue, speak_with
from storage import audit, conversations, outbox
from storage import cases as stored
from storage import clocks as stored_clocks
from storage import staff as stored_staff
from storage.records import Case, Staff

RECALL_WITHIN = timedelta(seconds=10)  # Telegram and people's eyes allow no more
TEXT_LIMIT = 4000  # characters of one reply
NOT_THERE = N_("There is no such case.")
CLOSED = N_("This case is closed. Reopen it first.")


def colleague_of(turn: Turn) -> Staff:
    """Who acts. Raises Refused for somebody who does not work here (any more)."""
    if turn.staff is None or not turn.staff.active:
        raise Refused(turn.gettext("You have no right to do this."))
    return turn.staff


async def case_of(turn: Turn, case_id: int) -> Case:
    """The case, if the colleague may see it; in a group the others read along."""
    case = await access.access_case(turn.db, colleague_of(turn), int(case_id))
    if case is None or (case.owner_only and turn.incoming.is_group):
        raise Refused(turn.gettext(NOT_THERE))
    return case


async def noted(turn: Turn, action: str, case_id: int, **detail: Any) -> None:
    """Leave a trace of what was done."""
    me = colleague_of(turn)
    await audit.add(
        turn.db, at=turn.now, staff_id=me.id, action=f"case.{action}", subject=f"case:{case_id}", detail=detail
    )


async def _refuse_taken(turn: Turn, case_id: int) -> Refused:
    """Why a case could not be taken: a colleague was faster, or it is closed."""
    _ = turn.gettext
    case = await stored.get(turn.db, case_id)
    if case is None or not case.is_active:
        return Refused(_(CLOSED))
    holder = None if case.assignee_id is None else await stored_staff.get(turn.db, case.assignee_id)
    return Refused(_("%(name)s has this case. Ask for a transfer.") % {"name": holder.name if holder else "?"})


async def _refresh(turn: Turn, case: Case) -> list[Outgoing]:
    """The card as it stands now, for the groups: channels that can, change the old one."""
    if case.owner_only:
        return []
    shown = await cases.card(turn.db, case)
    message = to_groups(case.id, cards.text(turn, shown), card=case.id, refresh=True)
    return [replace(message, choices=tuple(cards.choices(turn, shown)))]


# --- Holding ------------------------------------------------------------------------------------------------------


async def claim(turn: Turn, case_id: int) -> list[Outgoing]:
    """Take a case."""
    before = await case_of(turn, case_id)
    case = await cases.claim(turn.db, turn.shop, before.id, colleague_of(turn).id, turn.now)
    if case is None:
        raise await _refuse_taken(turn, before.id)
    await noted(turn, "claim", case.id)
    return await _refresh(turn, case)


async def transfer(turn: Turn, case_id: int, to_staff_id: int) -> list[Outgoing]:
    """Give a case to a colleague."""
    _ = turn.gettext
    before = await case_of(turn, case_id)
    to = await stored_staff.get(turn.db, int(to_staff_id))
    if to is None or not access.may_see(to, before):
        raise Refused(_("This colleague cannot take the case."))
    me = colleague_of(turn)
    if before.assignee_id not in (None, me.id) and me.role != "owner" and not me.lead:
        raise await _refuse_taken(turn, before.id)
    case = await cases.transfer(turn.db, turn.shop, before.id, to.id, me.id, turn.now)
    if case is None:
        raise Refused(_(CLOSED) if not before.is_active else _("%(name)s has this case already.") % {"name": to.name})
    await noted(turn, "transfer", case.id, to=to.id)
    return await _refresh(turn, case)


async def release(turn: Turn, case_id: int) -> list[Outgoing]:
    """Put a case back for everybody."""
    before = await case_of(turn, case_id)
    me = colleague_of(turn)
    if before.assignee_id != me.id and me.role != "owner":
        raise Refused(turn.gettext("You do not hold this case."))
    case = await cases.release(turn.db, turn.shop, before, turn.now, by=me.id)
    if case is None:
        raise Refused(turn.gettext("You do not hold this case."))
    await noted(turn, "release", case.id)
    return await _refresh(turn, case)


async def pending(turn: Turn, case_id: int) -> list[Outgoing]:
    """Wait for the customer."""
    before = await case_of(turn, case_id)
    me = colleague_of(turn)
    mine = before.assignee_id == me.id or me.role == "owner"
    case = await cases.wait_for_customer(turn.db, before.id, me.id, turn.now) if mine else None
    if case is None:
        raise Refused(turn.gettext("You do not hold this case."))
    await noted(turn, "pending", case.id)
    return await _refresh(turn, case)


# --- Speaking -----------------------------------------------------------------------------------------------------


async def reply(
    turn: Turn, case_id: int, text: str, media: Sequence[Media] = (), client_id: str | None = None
) -> list[Outgoing]:
    """Answer the customer; whoever answers an open case takes it. The same `client_id` is said once."""
    case, other, said = await _words(turn, case_id, text, media)
    if case.state in ("open", "reopened"):
        taken = await cases.claim(turn.db, turn.shop, case.id, colleague_of(turn).id, turn.now)
        if taken is None:
            raise await _refuse_taken(turn, case.id)
        case = taken
    await cases.replied(turn.db, case, colleague_of(turn).id, turn.now)
    await noted(turn, "reply", case.id)
    key = None if client_id is None else f"reply:{case.id}:{colleague_of(turn).id}:{client_id}"
    if key is not None:
        await receipts.plan(turn, case.id, key)
    return [_relayed(turn, other, case, said, tuple(media), key=key)]


async def _words(turn: Turn, case_id: int, text: str, media: Sequence[Media]) -> tuple[Case, Turn, str]:
    """The case, the turn that speaks with its customer, and the words with pronouns filled in."""
    _ = turn.gettext
    case = await case_of(turn, case_id)
    me = colleague_of(turn)
    if not case.is_active:
        raise Refused(_(CLOSED))
    if cases.is_held(case) and case.assignee_id != me.id and me.role != "owner":
        raise await _refuse_taken(turn, case.id)
    other = await speak_with(turn, case.conversation_id)
    said = clean(other.addressed(text)).strip()
    if not said and not media:
        raise Refused(_("There is nothing to send."))
    if len(said) > TEXT_LIMIT:
        raise Refused(_("This is too long: at most %(limit)s characters.") % {"limit": TEXT_LIMIT})
    return case, other, said


def _relayed(
    turn: Turn,
    other: Turn,
    case: Case,
    text: str,
    media: tuple[Media, ...] = (),
    *,
    key: str | None = None,
    at: datetime | None = None,
) -> Outgoing:
    me = colleague_of(turn)
    return Outgoing(
        ToConversation(conversation_of(other).id),
        text,
        media=media,
        purpose="relay",
        author="staff",
        staff_id=me.id,
        case_id=case.id,
        due_at=at,
        key=key,
        extra={"name": f"{me.name} · {turn.shop.shop}"},
    )


async def schedule(turn: Turn, case_id: int, text: str, at: datetime, client_id: str | None = None) -> list[Outgoing]:
    """Say something later. The same `client_id` is planned once."""
    case, other, said = await _words(turn, case_id, text, ())
    if at <= turn.now:
        raise Refused(turn.gettext("This time has passed."))
    await noted(turn, "schedule", case.id, at=at.isoformat())
    await stored.add_event(turn.db, case.id, "scheduled", turn.now, staff_id=colleague_of(turn).id)
    key = None if client_id is None else f"schedule:{case.id}:{colleague_of(turn).id}:{client_id}"
    return [_relayed(turn, other, case, said, key=key, at=at)]


async def note(turn: Turn, case_id: int, text: str) -> list[Outgoing]:
    """Write something down for colleagues; it never leaves the house."""
    case = await case_of(turn, case_id)
    words = clean(text).strip()
    if not words:
        raise Refused(turn.gettext("There is nothing to keep."))
    me = colleague_of(turn)
    await stored.add_event(turn.db, case.id, "note", turn.now, staff_id=me.id)
    await noted(turn, "note", case.id)
    to = ToConversation(case.conversation_id)
    return [Outgoing(to, words, purpose="staff", author="note", staff_id=me.id, case_id=case.id)]


async def recall(turn: Turn, line_id: int) -> list[Outgoing]:
    """Take back a line, for some seconds."""
    _ = turn.gettext
    found = await access.access_line(turn.db, colleague_of(turn), int(line_id))
    if found is None or found[0].author != "staff":
        raise Refused(_("There is no such message."))
    line, case = found
    me = colleague_of(turn)
    if line.staff_id != me.id and me.role != "owner":
        raise Refused(_("This message is a colleague's."))
    delivery = await outbox.of_line(turn.db, line.id)
    is_planned = delivery is not None and delivery.state == "ready" and delivery.due_at > turn.now
    if turn.now - line.at > RECALL_WITHIN and not is_planned:
        raise Refused(_("It is too late to take this back: the customer has read it by now."))
    if delivery is not None and delivery.state == "sending":  # once it has arrived, it can be taken back
        raise Refused(_("This message is on its way or has arrived."))
    if delivery is not None:
        await outbox.end(turn.db, delivery, "cancelled", "recalled", turn.now)
    if not await conversations.recall_line(turn.db, line.id, turn.now):
        raise Refused(_("This message was taken back before."))
    await noted(turn, "recall", case.id, line=line.id)
    if delivery is None:
        return []
    gone = Outgoing(ToConversation(case.conversation_id), "", purpose="relay", case_id=case.id, operation="delete")
    return [replace(gone, target=one) for one in delivery.external_ids]


async def send_again(turn: Turn, line_id: int) -> list[Outgoing]:
    """Try once more to deliver a line that failed or is uncertain."""
    _ = turn.gettext
    found = await access.access_line(turn.db, colleague_of(turn), int(line_id))
    delivery = None if found is None else await outbox.of_line(turn.db, found[0].id)
    if found is None or delivery is None:
        raise Refused(_("There is no such message."))
    if delivery.state not in ("failed", "uncertain", "expired") or found[0].recalled_at is not None:
        raise Refused(_("This message is on its way or has arrived."))
    if await outbox.send_again(turn.db, delivery, turn.now) is None:
        raise Refused(_("This message is on its way or has arrived."))
    await noted(turn, "send_again", found[1].id, line=found[0].id)
    turn.db.touch("conversation", found[0].conversation_id)
    return []


# --- Finishing ----------------------------------------------------------------------------------------------------


async def resolve(turn: Turn, case_id: int, root_cause: str, note: str = "") -> list[Outgoing]:
    """Say a case is done and why it came up; the customer is asked whether it is."""
    _ = turn.gettext
    before = await case_of(turn, case_id)
    if root_cause not in {root.id for root in turn.shop.roots}:
        raise Refused(_("Choose the root cause: it keeps the same trouble from coming back."))
    me = colleague_of(turn)
    if cases.is_held(before) and before.assignee_id != me.id and me.role != "owner":
        raise await _refuse_taken(turn, before.id)
    words = clean(note, 300).strip()
    case = await cases.resolve(turn.db, turn.shop, before.id, me.id, root_cause, words, turn.now)
    if case is None:
        raise Refused(_(CLOSED))
    await noted(turn, "resolve", case.id, root_cause=root_cause, note=words)
    other = await speak_with(turn, case.conversation_id)
    asked = settled.question(other, case, other.addressed(words))
    await keep_dialogue(other, conversation_of(other))
    return [asked, *await _refresh(turn, case)]


async def reopen(turn: Turn, case_id: int) -> list[Outgoing]:
    """Go on with a case that was closed too early."""
    _ = turn.gettext
    before = await case_of(turn, case_id)
    case = await cases.reopen(turn.db, turn.shop, before.id, turn.now, staff_id=colleague_of(turn).id)
    if case is None:
        raise Refused(_("The case is open, or the customer has a newer one of this kind."))
    await noted(turn, "reopen", case.id)
    return await _refresh(turn, case)


async def promise(turn: Turn, case_id: int, due: datetime, note: str = "") -> list[Outgoing]:
    """Track what was promised to the customer."""
    _ = turn.gettext
    case = await case_of(turn, case_id)
    if due <= turn.now:
        raise Refused(_("This time has passed."))
    me = colleague_of(turn)
    clock = await clocks.promise(turn.db, case, due, clean(note, 200), me.id, turn.now)
    if clock is None:
        raise Refused(_(CLOSED))
    await stored.add_event(
        turn.db, case.id, "promised", turn.now, staff_id=me.id, detail={"due": due.isoformat(), "note": clock.note}
    )
    await noted(turn, "promise", case.id, clock=clock.id)
    return []


async def kept(turn: Turn, clock_id: int) -> list[Outgoing]:
    """A promise was kept."""
    _ = turn.gettext
    clock = await stored_clocks.get(turn.db, int(clock_id))
    if clock is None or clock.kind != "promise":
        raise Refused(_("There is no such promise."))
    case = await case_of(turn, clock.case_id)
    if not await stored_clocks.stop_one(turn.db, clock.id, turn.now):
        raise Refused(_("This promise was settled before."))
    await stored_clocks.show_next_due(turn.db, case.id)
    await stored.add_event(turn.db, case.id, "kept", turn.now, staff_id=colleague_of(turn).id)
    await noted(turn, "kept", case.id, clock=clock.id)
    return []


def canned(turn: Turn, other: Turn) -> list[Choice]:
    """The shop's ready replies as they would read for this customer."""
    return [Choice(one.title or one.text[:40], other.addressed(one.text)) for one in turn.shop.canned]

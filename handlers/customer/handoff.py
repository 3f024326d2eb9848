"""The bot gives way to a person: a case, an honest estimate, and company while waiting."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from care import cases, formats
from care.cases import Opened
from care.faq import store
from care.settings import hours_of
from handlers import cards as card
from handlers.customer import addressing
from handlers.customer.speech import conversation_of, customer_of, leave, relay, to_groups
from handlers.messages import N_, Outgoing
from handlers.turn import Turn
from storage import conversations
from storage.records import Case

SUBJECT_LIMIT = 200  # characters of the question on the card
NOT_KNOWN = N_("I do not know this one, so I have passed it to a colleague.")
ASKED_FOR = N_("I have called a colleague for you.")


async def ask_human(turn: Turn, *_arguments: str) -> list[Outgoing]:
    """The customer wants a person: by the button, by words, or by /nhanvien."""
    asked = str(turn.dialogue.get("asked", ""))
    return await hand_over(turn, asked, ASKED_FOR)


async def command(turn: Turn, rest: str = "") -> list[Outgoing]:
    """/nhanvien, with or without the question."""
    return await hand_over(turn, rest or str(turn.dialogue.get("asked", "")), ASKED_FOR)


async def hand_over(turn: Turn, subject: str, because: str, *, urgent: bool = False) -> list[Outgoing]:
    """Open a question case, or point to the one there is."""
    customer, conversation = customer_of(turn), conversation_of(turn)
    opened = await cases.open_case(
        turn.db,
        turn.shop,
        customer.id,
        conversation.id,
        "question",
        turn.now,
        subject=subject[:SUBJECT_LIMIT],
        tried=_tried(turn),
        urgent=urgent,
    )
    leave(turn, "asked", "tried", "lost")
    await keep_in_case(turn, opened.case.id)
    if not opened.is_new:
        return [await _already(turn, opened.case)]
    said = [turn.reply(await _announce(turn, opened, because), case_id=opened.case.id)]
    return [*said, *await addressing.ask_once(turn), *await announce_case(turn, opened.case)]


def _tried(turn: Turn) -> list[str]:
    ids: Sequence[str] = turn.dialogue.get("tried", [])
    return [question for entry_id in ids if (question := store.question(turn.shop, entry_id))]


async def keep_in_case(turn: Turn, case_id: int) -> None:
    """The customer's words of this turn belong to the case."""
    if turn.line_id is not None:
        await conversations.put_in_case(turn.db, turn.line_id, case_id)


async def announce_case(turn: Turn, case: Case, *, owners_know: bool = False) -> list[Outgoing]:
    """The card for those who may see the case, with the customer's words below it."""
    shown = await cases.card(turn.db, case)
    text = card.text(turn, shown)
    key = f"card:{case.id}:{case.reopened}"
    if case.owner_only:
        return [turn.tell_owners(text, case_id=case.id, key=key)]
    message = to_groups(case.id, text, key=key, card=case.id)
    is_alarming = case.kind == "rescue" and case.urgent and not owners_know
    alert = [turn.tell_owners(text, case_id=case.id, key=f"{key}:owners")] if is_alarming else []
    return [_with_choices(turn, message, shown), *alert, *_said(turn, case.id)]


def _said(turn: Turn, case_id: int) -> list[Outgoing]:
    """The customer's own words below the card: a reply to them reaches the customer, a reply to the card does not."""
    has_words = turn.line_id is not None and turn.incoming.kind == "message" and bool(turn.incoming.text)
    return [relay(turn, case_id)] if has_words or turn.incoming.media else []


def _with_choices(turn: Turn, message: Outgoing, shown: cases.Card) -> Outgoing:
    return replace(message, choices=tuple(card.choices(turn, shown)))


async def _announce(turn: Turn, opened: Opened, because: str) -> str:
    _ = turn.gettext
    if (reopens := opens_at(turn)) is not None:
        return _(
            "My colleagues have gone home, somebody answers you at %(time)s. "
            "Just leave your question here, I pass it on first thing."
        ) % {"time": turn.when(reopens)}
    wait = await cases.estimate(turn.db, turn.shop, opened.case, turn.now) or timedelta(minutes=5)
    return f"{_(because)} " + _("Usually somebody answers you in %(about)s.") % {
        "about": formats.about(wait, turn.language)
    }


async def _already(turn: Turn, case: Case) -> Outgoing:
    _ = turn.gettext
    if (reopens := opens_at(turn)) is not None:
        text = _("Your message is waiting for my colleagues, somebody answers you at %(time)s.")
        return turn.reply(text % {"time": turn.when(reopens)}, case_id=case.id)
    wait = await cases.estimate(turn.db, turn.shop, case, turn.now)
    if wait is None:
        return turn.reply(_("My colleagues have your message and will answer you here."), case_id=case.id)
    text = _("My colleagues have your message, somebody answers you in %(about)s.")
    return turn.reply(text % {"about": formats.about(wait, turn.language)}, case_id=case.id)


def opens_at(turn: Turn) -> datetime | None:
    """When people return. None: they are here, or the shop says nothing about it."""
    hours = hours_of(turn.shop)
    reopens = hours.next_open(turn.now)
    return None if reopens is None or reopens <= turn.now else reopens

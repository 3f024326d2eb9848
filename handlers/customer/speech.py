"""Small things every room of the conversation needs: buttons, steps, the thread's records."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from handlers.messages import Choice, Media, Outgoing, ToStaff
from handlers.turn import Turn
from storage.records import Conversation, Customer

HUMAN = "human"  # the action behind "Talk to a person"


def conversation_of(turn: Turn) -> Conversation:
    """The conversation of a customer's turn."""
    if turn.conversation is None:
        raise LookupError("this turn has no conversation")
    return turn.conversation


def customer_of(turn: Turn) -> Customer:
    """The customer of a customer's turn."""
    if turn.customer is None:
        raise LookupError("this turn has no customer")
    return turn.customer


def human_button(turn: Turn) -> Choice:
    """Always one tap away."""
    _ = turn.gettext
    return Choice(_("Talk to a person"), HUMAN)


def go_to(turn: Turn, step: str, **values: Any) -> None:
    """Wait for the answer to a question; `values` are what the step needs to remember."""
    turn.dialogue["step"] = step
    turn.dialogue.update(values)


def leave(turn: Turn, *names: str) -> None:
    """Wait for nothing any more, and forget what only the step needed."""
    forget(turn, "step", *names)


def forget(turn: Turn, *names: str) -> None:
    """Forget what is over; a question in progress stays."""
    for name in names:
        turn.dialogue.pop(name, None)


def media_of(stored: Mapping[str, Any]) -> Media:
    """A stored attachment as it was said or heard."""
    known = {name: stored[name] for name in ("kind", "token", "name", "mime", "size", "remote") if name in stored}
    return Media(**({"kind": "file"} | known))


def relay(turn: Turn, case_id: int) -> Outgoing:
    """Show the customer's words of this turn to the groups that take the case."""
    said = turn.incoming
    message = turn.tell_staff(case_id, said.text)
    extra = {"line_id": turn.line_id, "from": "customer"} if turn.line_id else {"from": "customer"}
    return replace(message, purpose="relay", media=said.media, extra=extra)


def to_groups(case_id: int, text: str, *, key: str | None = None, **extra: Any) -> Outgoing:
    """Tell the groups something about a case; `extra` says what kind of news it is."""
    return Outgoing(ToStaff(case_id), text, purpose="staff", case_id=case_id, key=key, extra=extra)

"""Finds out who speaks and which handler answers, and saves what it said. One call, one turn."""

import logging
from datetime import datetime
from typing import Any

from care.faq.grounded import Grounded
from care.text import clean, fold
from handlers import routes
from handlers.messages import Incoming, Outgoing, ToAddress
from handlers.outbound import say
from handlers.turn import Handler, House, Turn, keep_dialogue
from storage import conversations, outbox, timers
from storage import staff as stored_staff
from storage.database import Database
from storage.records import Conversation, Timer

log = logging.getLogger(__name__)


class UnknownAction(Exception):
    """No handler of this name: a button or command from another version."""


async def hear(
    house: House,
    db: Database,
    now: datetime,
    channel: str,
    account: str,
    incoming: Incoming,
    drafted: Grounded | None = None,
) -> None:
    """Act on one thing that came in on a channel. `drafted` is what a language model made of it."""
    turn = Turn(house=house, db=db, now=now, shop=await house.shop(db), incoming=incoming, drafted=drafted)
    turn.place = ToAddress(channel, account, incoming.chat, incoming.thread)
    colleague = await stored_staff.by_identity(db, channel, account, incoming.sender)
    if incoming.is_group or colleague is not None:
        turn.staff = colleague
        await say(turn, await routes.in_staff_chat(turn))
        return
    await _hear_customer(turn, channel, account)


async def _hear_customer(turn: Turn, channel: str, account: str) -> None:
    incoming = turn.incoming
    found = await conversations.by_address(turn.db, channel, account, incoming.chat)
    if found is None:
        language = incoming.language if incoming.language in ("vi", "en") else turn.shop.language
        name = clean(incoming.name)[:80]
        found = await conversations.begin(
            turn.db, channel, account, incoming.chat, name=name, language=language, at=turn.now, search=fold(name)
        )
    turn.conversation, turn.customer = found
    turn.dialogue = dict(turn.conversation.dialogue)
    said = await answer(turn)
    await say(turn, said)
    await keep_dialogue(turn, found[0])


async def answer(turn: Turn) -> list[Outgoing]:
    """What the customer hears for what came in."""
    incoming = turn.incoming
    if incoming.kind == "press":
        return await _press(turn)
    if incoming.kind == "seen":
        await conversations.see(turn.db, _conversation(turn).id, int(incoming.payload or 0))
        return []
    if incoming.kind == "edit":
        return await routes.edited(turn)
    if incoming.kind in ("blocked", "unblocked"):
        place = _conversation(turn)
        reachable = incoming.kind == "unblocked"
        await conversations.set_reachable(turn.db, place.channel, place.account, place.address, reachable)
        return []
    if incoming.kind == "greet":
        return await routes.greet(turn)
    if incoming.kind == "start":
        return await routes.start(turn)
    if not await _keep_line(turn):
        return []
    if (action := await _typed_choice(turn)) is not None:
        return await act(turn, action)
    return await routes.in_conversation(turn)


async def _keep_line(turn: Turn) -> bool:
    """Put the customer's words into the thread. False: they are there already, this is a repeat."""
    incoming, conversation = turn.incoming, _conversation(turn)
    line = await conversations.hear_line(
        turn.db,
        conversation.id,
        text=incoming.text,
        extra=incoming.extra | ({"media": [_shown(one) for one in incoming.media]} if incoming.media else {}),
        external_id=incoming.external_id or None,
        at=turn.now,
    )
    turn.line_id = None if line is None else line.id
    return line is not None


def _shown(media: Any) -> dict[str, Any]:
    values = {name: getattr(media, name) for name in ("kind", "token", "name", "mime", "size", "remote")}
    return {name: value for name, value in values.items() if value}


async def _press(turn: Turn) -> list[Outgoing]:
    """A button: who may press it was settled when it was sent to this chat."""
    conversation = _conversation(turn)
    found = await outbox.press(
        turn.db, turn.incoming.press, conversation.channel, conversation.account, conversation.address
    )
    if found is None:
        return await routes.unknown_button(turn)
    delivery, index = found
    choice = delivery.payload["choices"][index]
    first = routes.may_repeat(choice["action"]) or await outbox.choose(turn.db, delivery, index)
    if first and not await _keep_pressed(turn, choice["label"]):
        return []
    return await act(turn, choice["action"], first=first)


async def _typed_choice(turn: Turn) -> str | None:
    """A bare "2" after choices that were shown as a numbered list counts as the press."""
    typed = turn.incoming.text.strip()
    if not turn.incoming.extra.get("no_buttons") or len(typed) != 1 or typed not in "123456789":
        return None
    last = await outbox.last_said(turn.db, _conversation(turn).id)
    choices = [] if last is None else last.payload.get("choices", [])
    if last is None or last.chosen is not None or int(typed) > len(choices):
        return None
    await outbox.choose(turn.db, last, int(typed) - 1)
    return str(choices[int(typed) - 1]["action"])


async def _keep_pressed(turn: Turn, label: str) -> bool:
    line = await conversations.hear_line(
        turn.db,
        _conversation(turn).id,
        text=label,
        extra={"pressed": True},
        external_id=turn.incoming.external_id or None,
        at=turn.now,
    )
    turn.line_id = None if line is None else line.id
    return line is not None


async def act(turn: Turn, action: str, *, first: bool = True) -> list[Outgoing]:
    """Carry out a stored action such as "rate:12:5": the first word is the route, the others its arguments."""
    name, *arguments = action.split(":")
    handler = routes.ACTIONS.get(name)
    if handler is None:
        log.warning("no route for action %s", name)
        return await routes.unknown_button(turn)
    if not first:
        return await routes.pressed_before(turn, name, arguments)
    return await handler(turn, *arguments)


async def ring(house: House, db: Database, now: datetime, timer: Timer) -> None:
    """Act on a timer that has come due, once."""
    if not await timers.finish(db, timer.id, now):
        return
    turn = Turn(house=house, db=db, now=now, shop=await house.shop(db))
    handler = routes.TIMERS.get(timer.kind)
    if handler is None:
        raise UnknownAction(f"no handler for timer {timer.kind}")
    await say(turn, await handler(turn, timer))


async def staff_acts(
    house: House,
    db: Database,
    now: datetime,
    staff_id: int,
    action: str,
    arguments: dict[str, Any],
    place: ToAddress | None = None,
) -> None:
    """A colleague does something to a case: from the desk, or by a button or command in a chat.

    Raises `Refused` with a text for the colleague when it cannot be done.
    """
    colleague = await stored_staff.get(db, staff_id)
    handler: Handler | None = routes.STAFF_ACTIONS.get(action)
    if handler is None:
        raise UnknownAction(action)
    turn = Turn(house=house, db=db, now=now, shop=await house.shop(db), staff=colleague, place=place)
    await say(turn, await handler(turn, **arguments))


def _conversation(turn: Turn) -> Conversation:
    if turn.conversation is None:
        raise LookupError("this turn has no conversation")
    return turn.conversation

"""What a turn said becomes rows: a line in the thread, and a message in the outbox."""

from collections.abc import Sequence
from typing import Any

from care import groups
from handlers.messages import Media, Outgoing, ToAddress, ToConversation, ToOwners, ToStaff
from handlers.staff import posts
from handlers.turn import Turn
from storage import conversations, outbox
from storage.outbox import NewDelivery
from storage.records import StaffGroup


async def say(turn: Turn, said: Sequence[Outgoing]) -> list[int]:
    """Save what was said, in order. Returns the numbers of the outbox rows made."""
    made: list[int] = []
    for message in said:
        made += await _say(turn, message)
    return made


async def _say(turn: Turn, message: Outgoing) -> list[int]:
    match message.to:
        case ToConversation(conversation_id):
            return await _to_conversation(turn, message, conversation_id)
        case ToAddress(channel, account, address, thread):
            return await _add(turn, message, channel, account, address, thread)
        case ToStaff(case_id):
            bound = await groups.for_case(turn.db, case_id)
            return [row for group in bound for row in await _to_group(turn, message, group)]
        case ToOwners():
            places = await groups.owners_in_private(turn.db)
            return [
                row
                for place in places
                for row in await _add(turn, message, place.channel, place.account, place.address, "")
            ]


async def _to_conversation(turn: Turn, message: Outgoing, conversation_id: int) -> list[int]:
    """Keep the line; a note stays inside. A message whose key was used leaves no second line."""
    db = turn.db
    if message.key is not None and await outbox.used(db, message.key):
        return []
    conversation = turn.conversation
    if conversation is None or conversation.id != conversation_id:
        conversation = await conversations.get(db, conversation_id)
    if conversation is None:
        raise LookupError(f"conversation {conversation_id} does not exist")
    line_id: int | None = None
    if message.operation == "send":
        line_id = await conversations.add_line(
            db,
            conversation_id,
            author=message.author,
            text=message.text,
            extra=_line_extra(message),
            at=turn.now,
            staff_id=message.staff_id,
            case_id=message.case_id,
        )
    if message.author == "note":
        return []
    return await _add(
        turn, message, conversation.channel, conversation.account, conversation.address, "", conversation_id, line_id
    )


async def _to_group(turn: Turn, message: Outgoing, group: StaffGroup) -> list[int]:
    ready = await posts.prepare(turn, message, group)
    if ready is None:
        return []
    return await _add(turn, ready, group.channel, group.account, group.address, "", group=group.id)


async def _add(
    turn: Turn,
    message: Outgoing,
    channel: str,
    account: str,
    address: str,
    thread: str,
    conversation_id: int | None = None,
    line_id: int | None = None,
    group: int | None = None,
) -> list[int]:
    key = message.key
    if key is not None and conversation_id is None:
        key = f"{key}@{channel}:{address}"  # the same news goes to several places
    row = await outbox.add(
        turn.db,
        NewDelivery(
            channel=channel,
            account=account,
            address=address,
            purpose=message.purpose,
            payload=payload_of(message, thread) | ({"group": group} if group is not None else {}),
            due_at=message.due_at or turn.now,
            conversation_id=conversation_id,
            line_id=line_id if line_id is not None else message.extra.get("line_id"),
            case_id=message.case_id,
            key=key,
            expires_at=message.expires_at,
        ),
        turn.now,
    )
    return [] if row is None else [row]


def payload_of(message: Outgoing, thread: str) -> dict[str, Any]:
    """What the delivery loop needs to render and send a message; empty parts are left out."""
    parts: dict[str, Any] = {
        "text": message.text,
        "choices": [{"label": choice.label, "action": choice.action} for choice in message.choices],
        "media": [_media(one) for one in message.media],
        "operation": "" if message.operation == "send" else message.operation,
        "target": message.target,
        "thread": thread,
        "author": message.author,
        "extra": message.extra,
    }
    if message.card is not None:
        parts["card"] = {
            "title": message.card.title,
            "text": message.card.text,
            "media": _media(message.card.media) if message.card.media else None,
        }
    return {name: value for name, value in parts.items() if value}


def _line_extra(message: Outgoing) -> dict[str, Any]:
    """What the thread shows beside the text."""
    extra: dict[str, Any] = {}
    if message.choices:
        extra["choices"] = [choice.label for choice in message.choices]
    if message.media:
        extra["media"] = [_media(one) for one in message.media]
    return extra


def _media(media: Media) -> dict[str, Any]:
    shown = {
        "kind": media.kind,
        "token": media.token,
        "name": media.name,
        "mime": media.mime,
        "size": media.size,
        "remote": media.remote,
    }
    return {name: value for name, value in shown.items() if value}

"""A colleague changes a reply in their chat: the customer's copy follows. A note changes nowhere else."""

from care.text import clean
from handlers.messages import Outgoing, ToConversation
from handlers.staff.places import case_here
from handlers.turn import Turn, speak_with
from storage import audit, conversations, outbox
from storage.records import Delivery, Staff


async def changed(turn: Turn, me: Staff) -> list[Outgoing]:
    """The words of a message changed."""
    said = turn.incoming
    row = await _reply_with(turn, me)
    if row is None or row.line_id is None or row.conversation_id is None:
        return []
    line = await conversations.line(turn.db, row.line_id)
    if line is None or line.recalled_at is not None or row.state in ("cancelled", "failed", "expired"):
        return []
    other = await speak_with(turn, row.conversation_id)
    text = clean(other.addressed(said.text)).strip()
    if not text or text == line.text:
        return []
    unsent = await outbox.rewrite(turn.db, row.id, row.payload | {"text": text})
    await conversations.edit_line(turn.db, line.id, text, turn.now)
    await audit.add(turn.db, at=turn.now, staff_id=me.id, action="case.edit", subject=f"case:{row.case_id}",
                    detail={"line": line.id})  # fmt: skip
    if unsent or len(row.external_ids) != 1:
        return []
    to = ToConversation(row.conversation_id)
    return [
        Outgoing(to, text, purpose="relay", case_id=row.case_id, operation="edit", target=row.external_ids[0],
                 extra={"caption": bool(row.payload.get("media"))})
    ]  # fmt: skip


async def _reply_with(turn: Turn, me: Staff) -> Delivery | None:
    """The reply this message made, in the case of its topic or of the message it answers."""
    case_id = await case_here(turn)
    if case_id is None:
        return None
    return await outbox.by_key(turn.db, f"reply:{case_id}:{me.id}:{turn.incoming.external_id}")

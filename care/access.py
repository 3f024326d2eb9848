"""What a colleague may see: the only way from a number somebody sent to a case, a line or a thread.

Unknown and forbidden look the same.
"""

from storage import cases, conversations
from storage.database import Database
from storage.records import Case, Conversation, Line, Staff


def may_see(staff: Staff, case: Case) -> bool:
    """Owners see everything; what concerns the staff itself is theirs alone."""
    return staff.active and (staff.role == "owner" or not case.owner_only)


async def access_case(db: Database, staff: Staff, case_id: int) -> Case | None:
    """The case, if there is one and the colleague may see it."""
    case = await cases.get(db, case_id)
    return case if case is not None and may_see(staff, case) else None


async def access_line(db: Database, staff: Staff, line_id: int) -> tuple[Line, Case] | None:
    """A line that belongs to a case the colleague may see."""
    line = await conversations.line(db, line_id)
    if line is None or line.case_id is None:
        return None
    case = await access_case(db, staff, line.case_id)
    return None if case is None else (line, case)


async def access_conversation(db: Database, staff: Staff, conversation_id: int) -> Conversation | None:
    """A thread with a case the colleague may see."""
    of_thread = await cases.of_conversation(db, conversation_id)
    if staff.role != "owner" and not any(may_see(staff, case) for case in of_thread):
        return None
    return await conversations.get(db, conversation_id) if staff.active else None


async def access_thread(db: Database, staff: Staff, conversation_id: int, limit: int = 100) -> list[Line]:
    """The newest lines of a thread without those of cases the colleague may not see, oldest first."""
    if await access_conversation(db, staff, conversation_id) is None:
        return []
    hidden = {case.id for case in await cases.of_conversation(db, conversation_id) if not may_see(staff, case)}
    return [line for line in await conversations.last_lines(db, conversation_id, limit) if line.case_id not in hidden]

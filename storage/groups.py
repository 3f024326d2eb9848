"""Staff groups: chats bound by an owner's code, where colleagues see and answer cases."""

from .database import Database
from .records import StaffGroup


async def bound(db: Database) -> list[StaffGroup]:
    """The groups in use."""
    rows = await db.query("SELECT * FROM staff_groups WHERE state = 'bound' ORDER BY id")
    return [StaffGroup.of(row) for row in rows]

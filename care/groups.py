"""Where staff and owners can be reached: bound groups and private chats."""

from dataclasses import dataclass

from storage import cases, staff
from storage import groups as stored
from storage.database import Database
from storage.records import StaffGroup


@dataclass(frozen=True)
class PrivateChat:
    """The private chat of a colleague on a channel."""

    channel: str
    account: str
    address: str


async def for_case(db: Database, case_id: int) -> list[StaffGroup]:
    """The bound groups that take this kind of case; [] for what only the owner may see, or without groups."""
    case = await cases.get(db, case_id)
    if case is None or case.owner_only:
        return []
    return [group for group in await stored.bound(db) if not group.kinds or case.kind in group.kinds]


async def owners_in_private(db: Database) -> list[PrivateChat]:
    """Every private chat of every active owner."""
    return [PrivateChat(*place) for place in await staff.private_chats(db, role="owner")]

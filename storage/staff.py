"""Colleagues and owners, and the accounts on channels they write from."""

from datetime import datetime

from storage import logins
from storage.database import Database
from storage.records import Staff, to_ms


async def get(db: Database, staff_id: int) -> Staff | None:
    """A colleague by their number, active or not."""
    row = await db.one("SELECT * FROM staff WHERE id = :id", {"id": staff_id})
    return None if row is None else Staff.of(row)


async def by_identity(db: Database, channel: str, account: str, external_id: str) -> Staff | None:
    """The active colleague behind an account on a channel."""
    row = await db.one(
        """
        SELECT s.* FROM staff_identities i JOIN staff s ON s.id = i.staff_id
        WHERE i.channel = :channel AND i.account = :account AND i.external_id = :external_id AND s.active = 1
        """,
        {"channel": channel, "account": account, "external_id": external_id},
    )
    return None if row is None else Staff.of(row)


async def private_chats(db: Database, role: str | None = None, *, lead: bool = False) -> list[tuple[str, str, str]]:
    """Channel, account and address of every active colleague of a role; with `lead`, of the leads among them."""
    rows = await db.query(
        """
        SELECT i.channel, i.account, i.external_id FROM staff s JOIN staff_identities i ON i.staff_id = s.id
        WHERE s.active = 1 AND (:role IS NULL OR s.role = :role) AND (:lead = 0 OR s.lead = 1) ORDER BY i.id
        """,
        {"role": role, "lead": int(lead)},
    )
    return [(row["channel"], row["account"], row["external_id"]) for row in rows]


async def chats_of(db: Database, staff_id: int) -> list[tuple[str, str, str]]:
    """Channel, account and address of one colleague."""
    rows = await db.query(
        "SELECT channel, account, external_id FROM staff_identities WHERE staff_id = :id ORDER BY id", {"id": staff_id}
    )
    return [(row["channel"], row["account"], row["external_id"]) for row in rows]


async def all_active(db: Database) -> list[Staff]:
    """Everybody who works here, in the order they came."""
    return [Staff.of(row) for row in await db.query("SELECT * FROM staff WHERE active = 1 ORDER BY id")]


async def everybody(db: Database) -> list[Staff]:
    """Everybody who ever worked here."""
    return [Staff.of(row) for row in await db.query("SELECT * FROM staff ORDER BY id")]


async def add(db: Database, name: str, role: str, at: datetime, *, language: str = "vi", lead: bool = False) -> Staff:
    """Take on a colleague. role: staff, owner."""
    row = await db.one(
        """
        INSERT INTO staff (name, role, language, lead, created_at) VALUES (:name, :role, :language, :lead, :at)
        RETURNING *
        """,
        {"name": name, "role": role, "language": language, "lead": int(lead), "at": to_ms(at)},
    )
    if row is None:
        raise LookupError("a new colleague was not kept")
    db.touch("staff", row["id"])
    return Staff.of(row)


async def add_identity(db: Database, staff_id: int, channel: str, account: str, external_id: str, at: datetime) -> bool:
    """Remember from which account a colleague writes. False: the account is another colleague's."""
    row = await db.one(
        """
        INSERT INTO staff_identities (staff_id, channel, account, external_id, created_at)
        VALUES (:staff_id, :channel, :account, :external_id, :at)
        ON CONFLICT (channel, account, external_id) DO UPDATE SET created_at = excluded.created_at
        WHERE staff_identities.staff_id = excluded.staff_id RETURNING id
        """,
        {"staff_id": staff_id, "channel": channel, "account": account, "external_id": external_id, "at": to_ms(at)},
    )
    return row is not None


async def change(
    db: Database,
    staff_id: int,
    *,
    name: str | None = None,
    role: str | None = None,
    active: bool | None = None,
    lead: bool | None = None,
    language: str | None = None,
) -> Staff | None:
    """Change what is given. A new role, or leaving, ends every login and with it every open page."""
    before = await get(db, staff_id)
    values = {
        "id": staff_id,
        "name": name,
        "role": role,
        "language": language,
        "active": None if active is None else int(active),
        "lead": None if lead is None else int(lead),
    }
    row = await db.one(
        """
        UPDATE staff SET name = COALESCE(:name, name), role = COALESCE(:role, role), active = COALESCE(:active, active),
            lead = COALESCE(:lead, lead), language = COALESCE(:language, language)
        WHERE id = :id RETURNING *
        """,
        values,
    )
    if row is None or before is None:
        return None
    changed = Staff.of(row)
    if changed.role != before.role or not changed.active:
        await logins.end_all(db, staff_id)
    db.touch("staff", staff_id)
    return changed

"""Staff groups: chats bound by an owner's code, where colleagues see and answer cases; the topics of cases there.

State of a group: waiting (an owner may bind it), bound, mute (we may not write), gone (thrown out), unbound.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storage.database import Database
from storage.records import Record, StaffGroup, to_json, to_ms


@dataclass(frozen=True, slots=True)
class Topic(Record):
    """Where a case is shown in a group: its thread (empty: none), its card, and what is shown of its state."""

    id: int
    group_id: int
    case_id: int
    thread: str
    card_id: str
    shown: str
    state: str


async def bound(db: Database) -> list[StaffGroup]:
    """The groups in use."""
    rows = await db.query("SELECT * FROM staff_groups WHERE state IN ('bound', 'mute', 'gone') ORDER BY id")
    return [StaffGroup.of(row) for row in rows]


async def get(db: Database, group_id: int) -> StaffGroup | None:
    """A group by its number."""
    row = await db.one("SELECT * FROM staff_groups WHERE id = :id", {"id": group_id})
    return None if row is None else StaffGroup.of(row)


async def at(db: Database, channel: str, account: str, address: str) -> StaffGroup | None:
    """The group known at an address, whatever its state."""
    row = await db.one(
        "SELECT * FROM staff_groups WHERE channel = :channel AND account = :account AND address = :address",
        {"channel": channel, "account": account, "address": address},
    )
    return None if row is None else StaffGroup.of(row)


async def gone(db: Database, channel: str, account: str) -> list[StaffGroup]:
    """Groups we were thrown out of and whose messages wait."""
    rows = await db.query(
        "SELECT * FROM staff_groups WHERE channel = :channel AND account = :account AND state = 'gone' ORDER BY id",
        {"channel": channel, "account": account},
    )
    return [StaffGroup.of(row) for row in rows]


async def bind(
    db: Database,
    channel: str,
    account: str,
    address: str,
    *,
    title: str,
    forum: bool,
    language: str,
    by: int,
    now: datetime,
    replaces: int | None = None,
) -> StaffGroup:
    """Bind a group; `replaces` is a lost group whose place and waiting messages it takes."""
    values = {
        "channel": channel,
        "account": account,
        "address": address,
        "title": title,
        "forum": int(forum),
        "language": language,
        "by": by,
        "now": to_ms(now),
        "replaces": replaces,
    }
    if replaces is not None:
        await db.execute("DELETE FROM staff_groups WHERE address = :address AND channel = :channel AND id <> :replaces "
                         "AND account = :account AND state NOT IN ('bound', 'mute', 'gone')", values)  # fmt: skip
        await db.execute(
            """
            UPDATE outbox SET address = :address WHERE state = 'ready' AND channel = :channel AND account = :account
                AND address = (SELECT address FROM staff_groups WHERE id = :replaces)
            """,
            values,
        )
        await db.execute("UPDATE staff_groups SET address = :address WHERE id = :replaces", values)
        await db.execute("DELETE FROM topics WHERE group_id = :replaces", values)
    row = await db.one(
        """
        INSERT INTO staff_groups (channel, account, address, title, forum, language, state, bound_by, bound_at)
        VALUES (:channel, :account, :address, :title, :forum, :language, 'bound', :by, :now)
        ON CONFLICT (channel, account, address) DO UPDATE SET title = excluded.title, forum = excluded.forum,
            language = excluded.language, state = 'bound', bound_by = excluded.bound_by, bound_at = excluded.bound_at
        RETURNING *
        """,
        values,
    )
    if row is None:
        raise LookupError("a bound group was not kept")
    db.touch("settings", 0)
    return StaffGroup.of(row)


async def wait(db: Database, channel: str, account: str, address: str, *, title: str, by: int, now: datetime) -> None:
    """An owner added us to a group and may bind it soon. A bound group stays as it is."""
    await db.execute(
        """
        INSERT INTO staff_groups (channel, account, address, title, state, bound_by, bound_at)
        VALUES (:channel, :account, :address, :title, 'waiting', :by, :now)
        ON CONFLICT (channel, account, address) DO UPDATE SET state = 'waiting', bound_at = excluded.bound_at
        WHERE staff_groups.state NOT IN ('bound', 'mute', 'gone')
        """,
        {"channel": channel, "account": account, "address": address, "title": title, "by": by, "now": to_ms(now)},
    )


async def change(db: Database, group_id: int, **values: Any) -> None:
    """Set columns: state, title, forum, kinds (a sequence)."""
    if isinstance(kinds := values.get("kinds"), Sequence) and not isinstance(kinds, str):
        values["kinds"] = to_json(list(kinds))
    names = ", ".join(f"{name} = :{name}" for name in values)
    await db.execute(f"UPDATE staff_groups SET {names} WHERE id = :id", values | {"id": group_id})  # noqa: S608


async def hurry(db: Database, channel: str, account: str, address: str, now: datetime) -> None:
    """What waits for a group may go now."""
    await db.execute(
        """
        UPDATE outbox SET due_at = :now
        WHERE channel = :channel AND account = :account AND address = :address AND state = 'ready' AND due_at > :now
        """,
        {"channel": channel, "account": account, "address": address, "now": to_ms(now)},
    )
    db.touch("outbox", 0)


# --- Topics -------------------------------------------------------------------------------------------------------


async def topic(db: Database, group_id: int, case_id: int) -> Topic | None:
    """Where a case is shown in a group. None: nowhere yet."""
    row = await db.one(
        "SELECT * FROM topics WHERE group_id = :group_id AND case_id = :case_id",
        {"group_id": group_id, "case_id": case_id},
    )
    return None if row is None else Topic.of(row)


async def show(db: Database, group_id: int, case_id: int, **values: str) -> Topic:
    """Remember where a case is shown: thread, card_id, shown, state."""
    known: dict[str, Any] = {"thread": "", "card_id": "", "shown": "", "state": "open"} | values
    sets = ", ".join(f"{name} = :{name}" for name in values) or "state = state"
    row = await db.one(
        f"""
        INSERT INTO topics (group_id, case_id, thread, card_id, shown, state)
        VALUES (:group_id, :case_id, :thread, :card_id, :shown, :state)
        ON CONFLICT (group_id, case_id) DO UPDATE SET {sets} RETURNING *
        """,  # noqa: S608
        known | {"group_id": group_id, "case_id": case_id},
    )
    if row is None:
        raise LookupError("a topic was not kept")
    return Topic.of(row)

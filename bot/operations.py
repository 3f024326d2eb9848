"""What the command line can ask of a database, running or not."""

import asyncio
from typing import Any

from care import logins
from care import settings as shop_settings
from storage import audit, backup, events, quarantine, staff
from storage.database import Database

from .control import Desk, Operation, OperationFailed

NO_SHOP = "Chưa có cửa hàng nào: chạy `cham run` trước. / There is no shop yet: run `cham run` first."


async def login_link(desk: Desk, role: str = "staff", name: str = "") -> dict[str, str]:
    """A one-time sign-in link for a colleague, who is made when they are new."""
    now = desk.now()
    name = name.strip() or ("Chủ cửa hàng" if role == "owner" else "Nhân viên")

    async def make(db: Any) -> str:
        known = [one for one in await staff.all_active(db) if one.name == name and one.role == role]
        person = known[0] if known else await staff.add(db, name, role, now)
        return await logins.new_link(db, person.id, now, page="dashboard" if role == "owner" else "desk")

    secret = await desk.engine.write(make)
    return {"link": f"{desk.address}/login/{secret}", "name": name, "role": role}


async def events_aside(desk: Desk) -> list[dict[str, Any]]:
    """The events that were set aside, with the reason."""
    found = await desk.engine.read(events.set_aside)
    return [
        {"id": one.id, "channel": one.channel, "at": one.received_at.isoformat(), "reason": one.error} for one in found
    ]


async def events_replay(desk: Desk, event_id: int | None = None) -> int:
    """Give events that were set aside a fresh start; returns how many."""
    if desk.replay is not None:
        return await desk.replay(event_id)
    return await desk.engine.write(lambda db: events.replay(db, event_id))


async def shop_export(desk: Desk) -> str:
    """The shop as YAML."""
    try:
        return await desk.engine.read(shop_settings.export)
    except LookupError as error:
        raise OperationFailed(NO_SHOP) from error


async def make_backup(desk: Desk, keep: int = backup.KEEP) -> dict[str, Any]:
    """Make a backup beside the database; the running bot goes on meanwhile."""
    path = desk.settings.database_path
    folder, at = backup.folder_of(path), desk.now()
    made = await asyncio.to_thread(backup.make, path, desk.settings.media_dir, folder, at, keep=keep)
    manifest = made.manifest
    return {
        "path": str(made.path), "size": made.size, "files": len(manifest.files) - 1, "missing": len(manifest.missing)
    }  # fmt: skip


async def quarantine_lift(desk: Desk) -> int | None:
    """Let messages go out again after a restore; returns how many waited. None: there was no quarantine."""
    now = desk.now()

    async def lift(db: Database) -> int | None:
        if await quarantine.since(db) is None:
            return None
        await audit.add(db, at=now, staff_id=None, action="quarantine.lift")
        return await quarantine.lift(db)

    return await desk.engine.write(lift)


OPERATIONS: dict[str, Operation] = {
    "login-link": login_link,
    "events-aside": events_aside,
    "events-replay": events_replay,
    "shop-export": shop_export,
    "backup": make_backup,
    "quarantine-lift": quarantine_lift,
}

"""What the command line can ask of a database, running or not."""

import asyncio
from typing import Any

from care import codes, logins
from care import settings as shop_settings
from care import shop as shop_file
from care.shop import Shop
from storage import audit, backup, demo, events, quarantine, staff
from storage.database import Database

from .control import Desk, Operation, OperationFailed
from .faq_operations import faq_ask, faq_export, faq_import

DEMO_THERE = "Dữ liệu mẫu đã có: cham demo remove trước. / The demo data is there: cham demo remove first."
DEMO_BESIDE = (
    "Đã có %(count)s khách thật nên chưa nạp gì; vẫn muốn thì thêm --force. / "
    "There are %(count)s real customers, so nothing was loaded; add --force to load all the same."
)


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


async def has_chat_owner(desk: Desk) -> bool:
    """Some owner can be reached in a chat."""
    return bool(await desk.engine.read(lambda db: staff.private_chats(db, "owner")))


async def chat_code(desk: Desk, role: str = "owner", name: str = "") -> dict[str, str]:
    """A one-time code that makes a chat the owner's (or a colleague's), who is made when they are new."""
    now = desk.now()
    name = name.strip() or ("Chủ cửa hàng" if role == "owner" else "Nhân viên")

    async def make(db: Any) -> str:
        known = [one for one in await staff.all_active(db) if one.name == name and one.role == role]
        person = known[0] if known else await staff.add(db, name, role, now)
        return await codes.for_person(db, person, now)

    return {"code": await desk.engine.write(make), "name": name, "role": role}


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
    return shop_file.dump(await desk.shop())


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
        return await quarantine.lift(db, now)

    return await desk.engine.write(lift)


async def demo_load(desk: Desk, force: bool = False, seed: int = 2026) -> dict[str, int]:
    """Put the demo customers in, all or nothing. Refused beside real customers, unless forced."""
    from .demo import STAFF, make

    now = desk.now()
    try:
        rows = await asyncio.to_thread(make, await desk.engine.read(shop_settings.load), now, seed=seed)
    except LookupError:
        rows = await asyncio.to_thread(make, await desk.engine.write(lambda db: seeded(db, desk)), now, seed=seed)

    async def load(db: Database) -> dict[str, int]:
        real, made_up = await demo.customers(db)
        if made_up:
            raise OperationFailed(DEMO_THERE)
        if real and not force:
            raise OperationFailed(DEMO_BESIDE % {"count": real})
        known = {one.name: one.id for one in await staff.everybody(db)}
        team = {
            place: known[name] if name in known else (await staff.add(db, name, role, now, lead=lead)).id
            for place, (name, role, lead) in enumerate(STAFF, 1)
        }
        db.touch("demo", 0)
        return await demo.insert(db, rows, team)

    return await desk.engine.write(load)


async def seeded(db: Database, desk: Desk) -> Shop:
    """The shop of the shop file, for a database that has none yet."""
    from .app import read_shop, shop_source

    await shop_settings.seed(db, read_shop(shop_source(desk.settings.shop_file)), desk.now())
    return await shop_settings.load(db)


async def demo_remove(desk: Desk) -> int:
    """Take the demo customers out with all that is theirs; returns how many."""
    return await desk.engine.write(demo.remove)


OPERATIONS: dict[str, Operation] = {
    "login-link": login_link,
    "chat-code": chat_code,
    "events-aside": events_aside,
    "events-replay": events_replay,
    "shop-export": shop_export,
    "backup": make_backup,
    "quarantine-lift": quarantine_lift,
    "demo-load": demo_load,
    "demo-remove": demo_remove,
    "faq-import": faq_import,
    "faq-export": faq_export,
    "faq-ask": faq_ask,
}

"""What the command line can ask of a database, running or not."""

from typing import Any

from care import logins
from care import settings as shop_settings
from storage import events, staff

from .control import Desk, Operation, OperationFailed


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
        raise OperationFailed("Chưa có cửa hàng nào: chạy `cham run` trước. / There is no shop yet: run `cham run`.") from error


OPERATIONS: dict[str, Operation] = {
    "login-link": login_link,
    "events-aside": events_aside,
    "events-replay": events_replay,
    "shop-export": shop_export,
}

"""Who may be written to without having asked. "Stop" is kept with the words it was said in."""

from datetime import datetime

from storage import audit
from storage.database import Database

STOPPED = "consent.stop"


async def stop(db: Database, customer_id: int, words: str, now: datetime) -> bool:
    """The customer wants no news and offers. False: they had said so before."""
    subject = f"customer:{customer_id}"
    if await audit.has(db, STOPPED, subject):
        return False
    await audit.add(db, at=now, staff_id=None, action=STOPPED, subject=subject, detail={"words": words[:200]})
    return True


async def has_stopped(db: Database, customer_id: int) -> bool:
    """Nothing but service messages for this customer."""
    return await audit.has(db, STOPPED, f"customer:{customer_id}")

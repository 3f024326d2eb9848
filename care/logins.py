"""Signing in without passwords: a one-time link makes a session of one browser.

Secrets are 256 random bits; the database holds only their hashes.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal

from storage import logins
from storage.database import Database
from storage.records import Session, Staff

LINK_LIFE = timedelta(minutes=15)
LINK_TRIES = 5
IDLE = timedelta(hours=12)  # a session nobody uses ends
SESSION_LIFE = timedelta(days=30)  # and any session ends at last
SEEN_EVERY = timedelta(minutes=1)  # how exactly we remember the last use: saves a write per request
SECRET_BYTES = 32
DEVICE_LIMIT = 120  # characters

LinkState = Literal["ready", "used", "expired", "unknown"]


@dataclass(frozen=True)
class Login:
    """A signed-in browser and whose it is."""

    session: Session
    staff: Staff

    @property
    def is_owner(self) -> bool:
        """May see everything and change the shop."""
        return self.staff.role == "owner"


@dataclass(frozen=True)
class SignedIn:
    """A fresh session: `token` goes into the cookie and nowhere else. `page` is where the link leads."""

    token: str
    staff: Staff
    page: str


def hashed(secret: str) -> str:
    """What the database knows of a secret."""
    return sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()  # a header may hold any bytes


async def new_link(db: Database, staff_id: int, now: datetime, page: str = "desk") -> str:
    """The secret of a new one-time link `/login/<secret>` for an active colleague. Raises LookupError."""
    person = await logins.staff(db, staff_id)
    if person is None:
        raise LookupError(f"staff {staff_id} is unknown or left")
    secret = secrets.token_urlsafe(SECRET_BYTES)
    await logins.add_link(
        db,
        hashed(secret),
        staff_id=staff_id,
        role=person.role,
        purpose=page,
        at=now,
        expires_at=now + LINK_LIFE,
    )
    return secret


async def link_state(db: Database, secret: str, now: datetime) -> tuple[LinkState, Staff | None]:
    """What a link is good for; looking at it uses nothing up."""
    link = await logins.link(db, hashed(secret))
    if link is None or link.staff_id is None:
        return "unknown", None
    if link.used_at is not None or link.tries >= LINK_TRIES:
        return "used", None
    person = await logins.staff(db, link.staff_id)
    if link.expires_at <= now or person is None or person.role != link.role:
        return "expired", None
    return "ready", person


async def sign_in(db: Database, secret: str, now: datetime, *, device: str, old: str = "") -> SignedIn | LinkState:
    """Use a link up and open a session; `old` is the session this browser had before, which ends."""
    state, person = await link_state(db, secret, now)
    await logins.count_try(db, hashed(secret))
    if person is None:
        return state
    link = await logins.link(db, hashed(secret))
    if link is None or not await logins.use_link(db, hashed(secret), now, LINK_TRIES):
        return "used"
    if old:
        await logins.revoke(db, hashed(old), now)
    return SignedIn(await open_session(db, person.id, now, device), person, link.purpose)


async def open_session(db: Database, staff_id: int, now: datetime, device: str) -> str:
    """Start a session and return its secret."""
    token = secrets.token_urlsafe(SECRET_BYTES)
    await logins.add_session(
        db,
        hashed(token),
        staff_id=staff_id,
        csrf=secrets.token_urlsafe(SECRET_BYTES),
        device=device[:DEVICE_LIMIT],
        at=now,
        expires_at=now + SESSION_LIFE,
    )
    return token


async def login(db: Database, token: str, now: datetime) -> Login | None:
    """Who is signed in with this cookie. None: nobody, or not any more."""
    return await login_by_hash(db, hashed(token), now)


async def login_by_hash(db: Database, token_hash: str, now: datetime) -> Login | None:
    """The same for an open stream, which keeps no secret."""
    found = await logins.session(db, token_hash, now, now - IDLE)
    return None if found is None else Login(*found)


def needs_seeing(login: Login, now: datetime) -> bool:
    """Whether the last remembered use is old enough to be written anew."""
    return now - login.session.seen_at >= SEEN_EVERY


async def sign_out(db: Database, token_hash: str, now: datetime) -> None:
    """End a session; its open streams close."""
    await logins.revoke(db, token_hash, now)


async def sign_out_everywhere(db: Database, staff_id: int, now: datetime) -> int:
    """End every session and unused link of a colleague: call it when a role changes or somebody leaves."""
    await logins.close_links(db, staff_id, now)
    return await logins.revoke_all(db, staff_id, now)


async def seen(db: Database, login: Login, now: datetime) -> None:
    """Remember that a person used the session just now."""
    await logins.see(db, login.session.token_hash, now)

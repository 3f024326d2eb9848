"""Short codes people type: to become owner or colleague in a chat, to bind a group, to confirm something dangerous.

Ten letters of an alphabet of 31 without look-alikes are 49 bits; only hashes are kept; wrong tries use codes up.
"""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from storage import confirmations, logins
from storage.database import Database
from storage.records import Staff

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # no 0 O, no 1 I L
LENGTH = 10
CONFIRM_LENGTH = 6  # bound to a person and a chat, two minutes, five tries
PERSON_LIFE = timedelta(minutes=15)
GROUP_LIFE = timedelta(minutes=15)
CONFIRM_LIFE = timedelta(minutes=2)
TRIES = 5
PERSON = "chat"  # the purpose of a link that binds a person's chat


def new(length: int = LENGTH) -> str:
    """A fresh code, written in groups of five: "7KQ2M-XW4RD"."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(length))
    return "-".join(letters[at : at + 5] for at in range(0, length, 5)) if length > CONFIRM_LENGTH else letters


def hashed(code: str) -> str:
    """What the database knows of a code; case, spaces and dashes do not matter."""
    plain = "".join(letter for letter in code.upper() if letter.isalnum())
    return sha256(plain.encode()).hexdigest()


# --- People -------------------------------------------------------------------------------------------------------


async def for_person(db: Database, person: Staff, now: datetime) -> str:
    """A code that makes the chat it is typed in this person's."""
    code = new()
    await logins.add_link(
        db, hashed(code), staff_id=person.id, role=person.role, purpose=PERSON, at=now, expires_at=now + PERSON_LIFE
    )
    return code


async def claim(db: Database, code: str, now: datetime) -> Staff | None:
    """Whose chat this becomes. None: wrong, late, used; a wrong code takes a try from every open one."""
    link = await logins.link(db, hashed(code))
    if link is None or link.purpose != PERSON or link.staff_id is None:
        await logins.count_misses(db, PERSON)
        return None
    person = await logins.staff(db, link.staff_id)
    if person is None or person.role != link.role or link.tries >= TRIES:
        return None
    return person if await logins.use_link(db, link.token_hash, now, TRIES) else None


# --- Groups and confirmations -------------------------------------------------------------------------------------


async def for_group(db: Database, owner_id: int, now: datetime) -> str:
    """A code with which this owner binds one group."""
    code = new()
    await confirmations.add(
        db, hashed(code), staff_id=owner_id, place="", action="bind_group", expires_at=now + GROUP_LIFE
    )
    return code


async def claim_group(db: Database, code: str, owner_id: int, now: datetime) -> bool:
    """This owner asked for this code, and it was not used."""
    return await _use(db, code, owner_id, "", now) == "bind_group"


async def to_confirm(db: Database, staff_id: int, place: str, action: str, now: datetime) -> str:
    """A code that confirms one action, by this person, in this chat."""
    code = new(CONFIRM_LENGTH)
    await confirmations.add(
        db, hashed(code), staff_id=staff_id, place=place, action=action, expires_at=now + CONFIRM_LIFE
    )
    return code


async def confirmed(db: Database, code: str, staff_id: int, place: str, now: datetime) -> str | None:
    """The action that is confirmed with this. None: nothing."""
    return await _use(db, code, staff_id, place, now)


async def _use(db: Database, code: str, staff_id: int, place: str, now: datetime) -> str | None:
    action = await confirmations.use(db, hashed(code), staff_id=staff_id, place=place, now=now, tries=TRIES)
    if action is None:
        await confirmations.missed(db, staff_id)
    return action

"""What we know of a customer, put right by the people who talk with them."""

from dataclasses import dataclass
from datetime import datetime

import phonenumbers

from care.address import NAME_LIMIT, PRONOUNS
from care.text import N_, clean, fold
from storage import audit, conversations
from storage.database import Database
from storage.records import Customer

REMARK_LIMIT = 1000  # characters


class WrongValue(ValueError):
    """A value nobody can use. The text is a source text for the page; `field` says which one."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


@dataclass(frozen=True)
class Correction:
    """The card as a colleague left it. Empty text: not known."""

    name: str = ""
    pronoun: str = ""
    phone: str = ""
    remark: str = ""


def checked(given: Correction) -> Correction:
    """The same, cleaned and in the forms we keep. Raises WrongValue."""
    pronoun = clean(given.pronoun).strip()
    if pronoun and pronoun not in PRONOUNS:
        raise WrongValue("pronoun", N_("Choose one of the pronouns in the list."))
    return Correction(
        name=" ".join(clean(given.name).split())[:NAME_LIMIT],
        pronoun=pronoun,
        phone=phone_number(given.phone),
        remark=clean(given.remark).strip()[:REMARK_LIMIT],
    )


def phone_number(text: str) -> str:
    """`0903 123 456` → `+84903123456`. Raises WrongValue for what is no number; "" stays ""."""
    text = clean(text).strip()
    if not text:
        return ""
    try:
        parsed = phonenumbers.parse(text, "VN")
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is None or not phonenumbers.is_valid_number(parsed):
        raise WrongValue("phone", N_("This is not a phone number. Example: 0903 123 456."))
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def search_text(name: str, phone: str) -> str:
    """What the desk searches in: no case, no marks."""
    return fold(f"{name} {phone}").strip()


async def correct(db: Database, customer_id: int, given: Correction, staff_id: int, now: datetime) -> Customer | None:
    """Put a customer's card right and write down who did. None: no such customer. Raises WrongValue."""
    new, old = checked(given), await conversations.customer(db, customer_id)
    if old is None:
        return None
    changed = [field for field in ("name", "pronoun", "phone", "remark") if getattr(new, field) != getattr(old, field)]
    if changed:
        await conversations.change_customer(
            db,
            customer_id,
            name=new.name,
            pronoun=new.pronoun,
            phone=new.phone,
            remark=new.remark,
            search=search_text(new.name, new.phone),
        )
        subject = f"customer:{customer_id}"
        await audit.add(
            db, at=now, staff_id=staff_id, action="customer.correct", subject=subject, detail={"fields": changed}
        )
    return await conversations.customer(db, customer_id)

"""What a colleague should know before answering: gathered once, shown by the desk and by every staff chat."""

from dataclasses import dataclass
from datetime import datetime

from care import settings
from storage import cards, cases, clocks, conversations, staff
from storage.database import Database
from storage.records import Case, Clock, Customer, Staff


@dataclass(frozen=True)
class Card:
    """A case with its customer. `ratings` are (level, when), the newest first; `who` is pronoun and given name."""

    case: Case
    customer: Customer
    channel: str
    who: str
    assignee: Staff | None
    known_staff: Staff | None  # who resolved this customer's last case
    earlier: int  # cases before this one
    ratings: tuple[tuple[int, datetime], ...]
    category: str  # its title
    photos: int  # pictures and files the customer sent for this case
    clocks: tuple[Clock, ...]
    points: int


async def card(db: Database, case: Case) -> Card:
    """The card of a case."""
    shop = await settings.load(db)
    customer = await conversations.customer(db, case.customer_id)
    thread = await conversations.get(db, case.conversation_id)
    if customer is None or thread is None:
        raise LookupError(f"case {case.id} has no customer or thread")
    known = customer.sticky_staff_id
    titles = {category.id: category.title for category in shop.categories}
    return Card(
        case=case,
        customer=customer,
        channel=thread.channel,
        who=" ".join(part for part in (customer.pronoun, customer.name) if part),
        assignee=None if case.assignee_id is None else await staff.get(db, case.assignee_id),
        known_staff=None if known is None else await staff.get(db, known),
        earlier=sum(other.id < case.id for other in await cases.of_customer(db, case.customer_id)),
        ratings=tuple(await cards.ratings(db, case.customer_id)),
        category=titles.get(case.category, case.category),
        photos=await cards.media_of_case(db, case.id),
        clocks=tuple(await clocks.of_case(db, case.id)),
        points=await cards.points(db, case.customer_id),
    )

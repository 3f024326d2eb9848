"""A turn: one thing heard, and all it causes. Handlers get a Turn and return what to say."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from care import address, formats
from care.faq import Decision, Match
from care.faq.grounded import Grounded
from care.shop import Shop
from handlers.messages import Choice, Incoming, Media, Outgoing, Purpose, ToAddress, ToConversation, ToOwners, ToStaff
from storage import conversations
from storage.database import Database
from storage.records import Conversation, Customer, Staff, to_json


class Texts(Protocol):
    """The catalog of one language."""

    language: str

    def gettext(self, message: str) -> str: ...

    def ngettext(self, singular: str, plural: str, count: int) -> str: ...


class Answers(Protocol):
    """What the FAQ says; `care.faq` documents the decisions."""

    def decide_all(self, text: str, *, context: str | None = None) -> Sequence[Decision]: ...

    def search(self, text: str, limit: int = 3, *, context: str | None = None) -> Sequence[Match]: ...


@dataclass(frozen=True)
class House:
    """What every turn has at hand: made once by `bot.app.build`."""

    texts: Callable[[str], Texts]
    answers: Callable[[], Answers]
    shop: Callable[[Database], Awaitable[Shop]]
    public_url: str = ""


@dataclass
class Turn:
    """One turn. `customer` and `conversation` are set when a customer is concerned, `staff` when a colleague acts."""

    house: House
    db: Database
    now: datetime  # aware, UTC
    shop: Shop
    incoming: Incoming = field(default_factory=lambda: Incoming("", "", ""))
    customer: Customer | None = None
    conversation: Conversation | None = None
    staff: Staff | None = None
    place: ToAddress | None = None
    line_id: int | None = None  # the customer's line of this turn
    dialogue: dict[str, Any] = field(default_factory=dict)  # saved with the turn: "step" and what it needs
    drafted: Grounded | None = None  # what a language model found before the turn, if one is used

    @property
    def language(self) -> str:
        """Of the person this turn speaks with."""
        if self.conversation is not None:
            return self.conversation.language
        return self.staff.language if self.staff is not None else "vi"

    @property
    def zone(self) -> ZoneInfo:
        """The shop's time zone."""
        return ZoneInfo(self.shop.timezone)

    @property
    def address(self) -> address.Address:
        """How the customer is spoken to."""
        return address_of(self.customer, self.shop)

    def gettext(self, message: str) -> str:
        """A text in the customer's (or colleague's) language, pronouns filled in."""
        return self.addressed(self.house.texts(self.language).gettext(message))

    def ngettext(self, singular: str, plural: str, count: int) -> str:
        """The form for `count` things, pronouns filled in."""
        return self.addressed(self.house.texts(self.language).ngettext(singular, plural, count))

    def staff_text(self, message: str) -> str:
        """A text in the language of the shop's staff groups."""
        return self.house.texts(self.shop.language).gettext(message)

    def addressed(self, text: str) -> str:
        """A text of the shop's own with the customer's pronoun and name in it."""
        return address.fill(text, self.address) if self.conversation is not None else text

    def when(self, at: datetime) -> str:
        """A promised time as people say it: "11 giờ 30 hôm nay"."""
        return formats.moment(at, self.now, self.language, self.zone)

    def reply(
        self,
        text: str,
        choices: Sequence[Choice] = (),
        *,
        purpose: Purpose = "reply",
        media: Sequence[Media] = (),
        case_id: int | None = None,
        key: str | None = None,
        due_in: timedelta = timedelta(0),
    ) -> Outgoing:
        """Say something to this turn's customer, or to the colleague who asked."""
        conversation = self.conversation
        to = self.place if conversation is None else ToConversation(conversation.id)
        if to is None:
            raise LookupError("this turn has nobody to reply to")
        return Outgoing(
            to=to,
            text=text,
            choices=tuple(choices),
            media=tuple(media),
            purpose=purpose,
            case_id=case_id,
            key=key,
            due_at=self.now + due_in if due_in else None,
        )

    def tell_staff(
        self, case_id: int, text: str, choices: Sequence[Choice] = (), *, key: str | None = None
    ) -> Outgoing:
        """Tell the groups that take this case; in the desk it shows by itself."""
        return Outgoing(ToStaff(case_id), text, tuple(choices), purpose="staff", case_id=case_id, key=key)

    def tell_owners(self, text: str, *, case_id: int | None = None, key: str | None = None) -> Outgoing:
        """Tell every owner in private."""
        return Outgoing(ToOwners(), text, purpose="alert", case_id=case_id, key=key)

    def about(self, conversation: Conversation, customer: Customer) -> "Turn":
        """The same turn, speaking with another customer: a colleague or a clock acts on their case."""
        return replace(
            self, conversation=conversation, customer=customer, dialogue=dict(conversation.dialogue), line_id=None
        )


def address_of(customer: Customer | None, shop: Shop) -> address.Address:
    """How a customer is spoken to."""
    if customer is None:
        return address.Address(None, None, shop.self_word)
    name = customer.name.replace("%", "")  # it is put into texts that are formatted afterwards
    return address.Address(customer.pronoun or None, name or None, shop.self_word)


async def speak_with(turn: Turn, conversation_id: int) -> Turn:
    """The same turn, speaking with the customer of a conversation. Save its dialogue with `keep_dialogue`."""
    conversation = await conversations.get(turn.db, conversation_id)
    if conversation is None:
        raise LookupError(f"conversation {conversation_id} does not exist")
    customer = await conversations.customer(turn.db, conversation.customer_id)
    if customer is None:
        raise LookupError(f"customer {conversation.customer_id} does not exist")
    return turn.about(conversation, customer)


async def keep_dialogue(turn: Turn, before: Conversation) -> None:
    """Save where the dialogue stands, if it moved."""
    if turn.dialogue != before.dialogue:
        await conversations.change(turn.db, before.id, dialogue=to_json(turn.dialogue))


Handler = Callable[..., Awaitable[list[Outgoing]]]
Step = Callable[[Turn, str], Awaitable[list[Outgoing] | None]]  # None: not an answer to what was asked

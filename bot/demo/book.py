"""The book in which the story of the demo shop is written: people, lines, rows. Numbers begin with 1."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from care.address import Address, SelfWord, fill
from care.hours import Hours
from care.shop import Shop, opening_hours
from care.text import fold
from storage.demo import PREFIX

from . import words

DAYS = 90
CUSTOMERS = 400
CHANNEL, ACCOUNT = "website", "main"

Row = dict[str, Any]


@dataclass
class Person:
    """A demo customer while the story is told."""

    id: int
    name: str
    pronoun: str
    address: Address
    busy_until: datetime
    had: int = 0  # visits
    lines: list[Row] = field(default_factory=list)


@dataclass
class Book:
    """Collects the rows; `register` closes it."""

    shop: Shop
    now: datetime
    chance: Random
    rows: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        self.zone = ZoneInfo(self.shop.timezone)
        self.hours: Hours = opening_hours(self.shop)
        self.entries = [entry for entry in self.shop.entries if entry.active]
        self.touchpoints = [each for each in self.shop.touchpoints if each.enabled and each.id != "ho_tro"]
        self.roots = [root.id for root in self.shop.roots]
        self.people: list[Person] = []

    def add(self, table: str, **values: Any) -> int:
        """Keep a row and return its number."""
        number = len(self.rows[table]) + 1
        self.rows[table].append({"id": number} | values)
        return number

    def say(
        self, person: Person, author: str, text: str, at: datetime, *, staff: int | None = None, case: int | None = None
    ) -> int:
        """A line, and behind what the bot and staff say a message that was sent."""
        extra: Row = {}
        number = self.add(
            "lines",
            conversation_id=person.id,
            case_id=case,
            author=author,
            staff_id=staff,
            text=text,
            extra=extra,
            at=at,
        )
        line = self.rows["lines"][-1]
        person.lines.append(line)
        if author == "customer":
            line["external_id"] = f"{PREFIX}{number}"
        elif author != "note":
            self._sent(person, line, "relay" if author == "staff" else "reply")
        return number

    def _sent(self, person: Person, line: Row, purpose: str) -> None:
        address = f"{PREFIX}{person.id:04}"
        self.add(
            "outbox", channel=CHANNEL, account=ACCOUNT, address=address, lane=f"{CHANNEL}:{ACCOUNT}:{address}",
            conversation_id=person.id, line_id=line["id"], case_id=line["case_id"], purpose=purpose,
            payload={"text": line["text"]}, state="sent", tries=1, due_at=line["at"], created_at=line["at"],
            settled_at=line["at"],
        )  # fmt: skip

    def spoken(self, text: str, person: Person) -> str:
        """A text of the shop's with pronoun, name and order number in it."""
        order = f"NM{self.chance.randrange(10_000, 99_999)}"
        return fill(text.replace("{order}", order), person.address)

    def pick(self, weighted: Sequence[tuple[Any, float]]) -> Any:
        return self.chance.choices([one for one, _ in weighted], [weight for _, weight in weighted])[0]

    # --- People -----------------------------------------------------------------------------------------------------

    def meet_everybody(self) -> None:
        """Customers of all ages; new ones come on every day of the story."""
        for number in range(1, CUSTOMERS + 1):
            woman = self.chance.random() < 0.68
            name = f"{self.pick(words.FAMILY)} {self.chance.choice(words.WOMEN if woman else words.MEN)}"
            age = self.chance.random()
            pronoun = ("cô" if woman else "chú") if age > 0.9 else ("chị" if woman else "anh")
            known = self.chance.random() < 0.86  # the others never said who they are
            self_word: SelfWord = self.shop.self_word
            address = Address(pronoun if known else None, name if known else None, self_word)
            born = self.now - timedelta(days=DAYS)
            self.people.append(Person(number, name if known else "", pronoun if known else "", address, born))

    def register(self) -> None:
        """The rows of everybody who wrote, and the places of their lines."""
        for person in self.people:
            person.lines.sort(key=lambda line: (line["at"], line["id"]))
            first = person.lines[0]["at"] if person.lines else self.now - timedelta(days=1)
            self._register(person, first)
            for seq, line in enumerate((one for one in person.lines if one["author"] != "note"), 1):
                line["seq"] = seq

    def _register(self, person: Person, first: datetime) -> None:
        said = [line["at"] for line in person.lines if line["author"] == "customer"]
        heard = [line["at"] for line in person.lines if line["author"] in ("bot", "staff")]
        shown = sum(line["author"] != "note" for line in person.lines)
        phone = f"+849{self.chance.randrange(10_000_000, 99_999_999)}" if self.chance.random() < 0.5 else ""
        remark = self.chance.choice(words.REMARKS) if self.chance.random() < 0.12 else ""
        self.add(
            "customers", name=person.name, pronoun=person.pronoun, phone=phone, language="vi", remark=remark,
            search=fold(f"{person.name} {phone}").strip(), created_at=first, seen_at=max(said, default=first),
        )  # fmt: skip
        address = f"{PREFIX}{person.id:04}"
        self.add(
            "identities", customer_id=person.id, channel=CHANNEL, account=ACCOUNT, external_id=address, created_at=first
        )
        self.add(
            "conversations", identity_id=person.id, customer_id=person.id, channel=CHANNEL, account=ACCOUNT,
            address=address, language="vi", last_seq=shown, seen_seq=shown, welcomed_at=first, created_at=first,
            last_in_at=max(said, default=None), last_out_at=max(heard, default=None),
        )  # fmt: skip

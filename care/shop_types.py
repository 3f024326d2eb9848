"""The parts of the shop file. What each means for the owner stands in docs/."""

import re
from datetime import date, timedelta
from typing import Literal

import msgspec

from care.cleaning import N_

Phase = Literal["before", "during", "after"]
Stage = Literal["awareness", "consideration", "decision", "retention", "advocacy"]
Trigger = Literal[
    "link",  # a QR poster or a deep link
    "request",  # the customer asks to rate, or staff offer it
    "case_resolved",
    "conversation_closed",
    "first_question",
    "order_created",
    "order_paid",
    "order_shipped",
    "order_delivered",
    "return_done",
    "warranty_done",
    "visit",
    "silence",
    "points_redeemed",
    "referral_joined",
    "event_attended",
]

_DURATION = re.compile(
    r"^\s*(?:(\d{1,3})\s*d)?\s*(?:(\d{1,4})\s*h)?\s*(?:(\d{1,5})\s*m)?\s*(?:(\d{1,6})\s*s)?\s*$", re.I
)


class BadDuration(ValueError):
    """A duration nobody can read."""


def duration(text: str) -> timedelta:
    """ "30m", "2h", "1d", "1h30m". Raises BadDuration."""
    found = _DURATION.match(text)
    if found is None or not any(found.groups()):
        raise BadDuration(N_("Write a duration as 30m, 2h or 1d."))
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What all parts share: unknown keys are refused, defaults are not written out."""


class Entry(Part, frozen=True):
    """One question the bot can answer."""

    id: str
    question: str
    answer: str
    category: str = ""
    phrasings: tuple[str, ...] = ()
    media: tuple[str, ...] = ()
    checked_on: date | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    active: bool = True

    def is_valid(self, today: date) -> bool:
        """Whether the answer may be given today (the shop's calendar day)."""
        begun = self.valid_from is None or self.valid_from <= today
        return self.active and begun and (self.valid_to is None or today <= self.valid_to)


class Touchpoint(Part, frozen=True):
    """One planned moment at which a customer may be asked for a level from 1 to 6."""

    id: str
    title: str
    question: str
    phase: Phase = "after"
    stage: Stage = "retention"
    trigger: Trigger = "link"
    delay: str = "0m"
    enabled: bool = True

    @property
    def wait(self) -> timedelta:
        """How long after the trigger the customer is asked."""
        return duration(self.delay)


class Closure(Part, frozen=True):
    """Days the shop is closed: `from` … `to` in the solar calendar, or `lunar` as "29/12-4/1", every year."""

    name: str = ""
    from_: date | None = msgspec.field(default=None, name="from")
    to: date | None = None
    lunar: str = ""


class Holidays(Part, frozen=True):
    """`public` closes on public holidays of Vietnam; `work_on` opens again whatever else says closed."""

    public: bool = False
    closed: tuple[Closure, ...] = ()
    work_on: tuple[date, ...] = ()


class Levels(Part, frozen=True):
    """What the owner may choose about the six levels; the consequences themselves are fixed."""

    points: dict[int, int] = msgspec.field(default_factory=lambda: {1: 0, 2: 0, 3: 0, 4: 20, 5: 30, 6: 50})
    win_back: str = ""
    referral: str = ""


class Sla(Part, frozen=True):
    """Promised times of one kind of case, in working time. Staff are warned at `warn_at` of each."""

    first_reply: str = "15m"
    next_reply: str = "30m"
    resolution: str = "1d"
    warn_at: float = 0.8

    def first_reply_within(self) -> timedelta:
        """Working time until somebody must have answered."""
        return duration(self.first_reply)

    def next_reply_within(self) -> timedelta:
        """Working time until a later message must be answered."""
        return duration(self.next_reply)

    def resolve_within(self) -> timedelta:
        """Working time until the case must be resolved."""
        return duration(self.resolution)


class Choice(Part, frozen=True):
    """Something staff or a customer choose from a list: a complaint category, a root cause."""

    id: str
    title: str


class MenuItem(Part, frozen=True):
    """A button of the welcome menu. `opens`: "staff", "complaint", "rate", "category:…" or "entry:…"."""

    title: str
    opens: str


class Canned(Part, frozen=True):
    """A reply staff send with one tap; pronoun tokens are filled for each customer."""

    id: str
    text: str
    title: str = ""


class Thresholds(Part, frozen=True):
    """Confidence from which the bot answers (`sure`) or asks back (`unsure`). None: as the engine was measured."""

    sure: float | None = None
    unsure: float | None = None

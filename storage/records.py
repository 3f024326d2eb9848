"""What rows look like above storage: frozen, with aware times, real truths and decoded JSON."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Self, get_type_hints

import msgspec

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)

Json = dict[str, Any]


def to_ms(at: datetime) -> int:
    """Milliseconds since 1970 UTC. Takes aware times only."""
    return (at - EPOCH) // MILLISECOND


def from_ms(ms: int) -> datetime:
    """The aware UTC time of so many milliseconds since 1970."""
    return EPOCH + timedelta(milliseconds=ms)


def to_json(value: Any) -> str:
    """Compact JSON text."""
    return msgspec.json.encode(value).decode()


def from_json(text: str) -> Any:
    """What a JSON text holds."""
    return msgspec.json.decode(text)


CONVERTERS: dict[Any, Callable[[Any], Any]] = {
    datetime: from_ms,
    datetime | None: lambda value: None if value is None else from_ms(value),
    bool: bool,
    bool | None: lambda value: None if value is None else bool(value),
    Json: from_json,
    tuple[str, ...]: lambda value: tuple(from_json(value)),
    tuple[Json, ...]: lambda value: tuple(from_json(value)),
}


class Record:
    """Base of the records: `of(row)` makes one from a row that has at least its columns."""

    _plan: ClassVar[tuple[tuple[str, Callable[[Any], Any] | None], ...]]

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        plan = cls.__dict__.get("_plan")
        if plan is None:
            hints = get_type_hints(cls)
            plan = tuple((field.name, CONVERTERS.get(hints[field.name])) for field in fields(cls))  # type: ignore[arg-type]
            cls._plan = plan
        return cls(*[row[name] if convert is None else convert(row[name]) for name, convert in plan])


@dataclass(frozen=True, slots=True)
class Event(Record):
    """A raw platform event. state: new, done, aside."""

    id: int
    channel: str
    account: str
    event_id: str
    lane: str
    raw: str
    received_at: datetime
    state: str
    tries: int
    error: str


@dataclass(frozen=True, slots=True)
class Staff(Record):
    """A colleague. role: staff, owner."""

    id: int
    name: str
    role: str
    language: str
    active: bool
    lead: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Session(Record):
    """A signed-in browser."""

    token_hash: str
    staff_id: int
    csrf: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    device: str


@dataclass(frozen=True, slots=True)
class Customer(Record):
    """A person. Empty text: not known."""

    id: int
    name: str
    pronoun: str
    phone: str
    email: str
    language: str
    remark: str
    sticky_staff_id: int | None
    is_test: bool
    asked_pronoun_at: datetime | None
    created_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Conversation(Record):
    """One identity's thread, with its dialogue state."""

    id: int
    identity_id: int
    customer_id: int
    channel: str
    account: str
    address: str
    language: str
    dialogue: Json
    last_seq: int
    seen_seq: int
    welcomed_at: datetime | None
    created_at: datetime
    last_in_at: datetime | None
    last_out_at: datetime | None


@dataclass(frozen=True, slots=True)
class Case(Record):
    """What someone must finish for a customer.

    kind: question, complaint, rescue, staff_complaint. state: open, claimed, pending, resolved, confirmed, reopened.
    """

    id: int
    customer_id: int
    conversation_id: int
    kind: str
    state: str
    urgent: bool
    owner_only: bool
    subject: str
    category: str
    order_code: str
    touchpoint: str
    tried: tuple[str, ...]
    assignee_id: int | None
    root_cause: str
    rating_id: int | None
    opened_at: datetime
    due_at: datetime | None
    claimed_at: datetime | None
    replied_at: datetime | None
    resolved_at: datetime | None
    confirmed_at: datetime | None
    reopened: int
    recovered_at: datetime | None
    changed_at: datetime

    @property
    def is_active(self) -> bool:
        """Someone still has to do something."""
        return self.state in ("open", "claimed", "pending", "reopened")


@dataclass(frozen=True, slots=True)
class CaseEvent(Record):
    """One step in a case's life. what: opened, claimed, transferred, resolved, …; detail depends on it."""

    id: int
    case_id: int
    at: datetime
    staff_id: int | None
    what: str
    detail: Json


@dataclass(frozen=True, slots=True)
class Clock(Record):
    """A promised time.

    kind: first_reply, next_reply, resolution, promise. outcome: running, warned, late, met, missed.
    """

    id: int
    case_id: int
    kind: str
    started_at: datetime
    warn_at: datetime
    due_at: datetime
    stopped_at: datetime | None
    outcome: str
    staff_id: int | None
    note: str


@dataclass(frozen=True, slots=True)
class Line(Record):
    """One thing said in a conversation. author: customer, bot, staff, note (inside only).

    `seq` is its place in what the customer sees; None: not there (a note, or not yet sent).
    """

    id: int
    conversation_id: int
    seq: int | None
    case_id: int | None
    author: str
    staff_id: int | None
    text: str
    extra: Json
    external_id: str | None
    at: datetime
    edited_at: datetime | None
    recalled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Delivery(Record):
    """One row of the outbox. state: ready, sending, sent, failed, uncertain, cancelled, expired."""

    id: int
    channel: str
    account: str
    address: str
    lane: str
    conversation_id: int | None
    line_id: int | None
    case_id: int | None
    purpose: str
    payload: Json
    key: str | None
    state: str
    reason: str
    tries: int
    ambiguous: bool
    part: int
    external_ids: tuple[str, ...]
    chosen: int | None
    due_at: datetime
    expires_at: datetime | None
    created_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Survey(Record):
    """A question we sent: one per occasion."""

    id: int
    customer_id: int
    conversation_id: int
    occasion: str
    touchpoint: str
    case_id: int | None
    rerates_id: int | None
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Rating(Record):
    """One answer: a level of 1 (worst) to 6."""

    id: int
    survey_id: int
    customer_id: int
    conversation_id: int
    touchpoint: str
    channel: str
    level: int
    reason: str
    comment: str
    staff_id: int | None
    case_id: int | None
    rerates_id: int | None
    points: int
    counts: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Timer(Record):
    """Something to do at a time. state: waiting, done, cancelled, aside."""

    id: int
    kind: str
    subject_id: int
    key: str | None
    payload: Json
    due_at: datetime
    state: str
    tries: int
    error: str


@dataclass(frozen=True, slots=True)
class FaqEntry(Record):
    """An answer the shop gives. Dates are ISO days or empty."""

    id: str
    position: int
    category: str
    question: str
    phrasings: tuple[str, ...]
    answer: str
    media: tuple[Json, ...]
    topics: tuple[str, ...]
    checked_on: str
    valid_from: str
    valid_to: str
    active: bool


@dataclass(frozen=True, slots=True)
class FaqAsk(Record):
    """A question a customer asked. outcome: answered, suggested, unknown. confidence in percent."""

    id: int
    conversation_id: int
    text: str
    outcome: str
    entry_id: str
    confidence: int
    offered: tuple[str, ...]
    helped: bool | None
    handled: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Attachment(Record):
    """A stored file; `path` is below the media folder, `token` is the capability in its address."""

    id: int
    token: str
    conversation_id: int | None
    kind: str
    mime: str
    name: str
    size: int
    sha256: str
    path: str
    remote: Json
    created_at: datetime


@dataclass(frozen=True, slots=True)
class AuditEntry(Record):
    """Who did what."""

    id: int
    at: datetime
    staff_id: int | None
    action: str
    subject: str
    detail: Json


@dataclass(frozen=True, slots=True)
class StaffGroup(Record):
    """A bound chat where staff answer. state: bound, gone, unbound. kinds: kinds of case; empty: all."""

    id: int
    channel: str
    account: str
    address: str
    title: str
    forum: bool
    kinds: tuple[str, ...]
    language: str
    state: str
    bound_by: int | None
    bound_at: datetime

"""What a desk page shows, made ready for the templates: plain values, all texts still to be escaped."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from bot.web import desk_texts
from care import access, address, cases
from care.logins import Login
from care.shop import Shop
from care.text import clean, fold
from handlers.staff.cases import RECALL_WITHIN
from handlers.turn import House, address_of
from storage import clocks, conversations, desk
from storage.database import Database
from storage.desk import CaseRow, Step, ThreadLine, Wanted
from storage.records import Case, Clock, Conversation, Customer, Delivery, Json, Rating, from_json, to_ms

PAGE = 60  # lines
PREVIEW = 120  # characters

Outcome = Literal["sending", "planned", "sent", "seen", "failed", "uncertain", "cancelled"]


@dataclass(frozen=True)
class Sent:
    """What became of a line we said. `reason` is a source text."""

    outcome: Outcome
    at: datetime | None
    reason: str = ""
    can_again: bool = False
    chosen: int | None = None


@dataclass(frozen=True)
class LineView:
    """A line as the thread shows it."""

    line: ThreadLine
    sent: Sent | None
    recall_until: int | None  # ms; None: it cannot be taken back (any more)

    @property
    def media(self) -> list[Json]:
        """Pictures and files with the address they open under; "" when the file is not here."""
        found: list[Json] = self.line.extra.get("media", [])
        return [one | {"url": media_url(one)} for one in found]


@dataclass(frozen=True)
class Item:
    """One entry of a thread: a day, a step of the case or a line."""

    day: date | None = None
    at: datetime | None = None
    step: Step | None = None
    line: LineView | None = None


@dataclass(frozen=True)
class Canned:
    """A canned reply with the pronouns of this customer."""

    title: str
    text: str


@dataclass(frozen=True)
class CaseView:
    """Everything on the page of one case."""

    case: Case
    customer: Customer
    conversation: Conversation
    call: str  # "chị Lan"
    holder: str
    is_mine: bool
    can_reply: bool
    items: list[Item]
    older: int | None  # the line before which there is more
    canned: list[Canned]
    colleagues: list[dict[str, Any]]
    roots: list[dict[str, str]]
    history: list[Case]
    ratings: list[Rating]
    clocks: list[Clock]
    asked: list[dict[str, Any]]
    shop: Shop


@dataclass(frozen=True)
class ListView:
    """The list of cases with its filters."""

    wanted: Wanted
    search: str
    rows: list[CaseRow]
    counts: dict[str, int]


def media_url(media: Json) -> str:
    """Where a stored file opens."""
    token = media.get("token")
    return f"/media/{token}/{media.get('name') or media.get('kind', 'file')}" if token else ""


def preview(row: CaseRow) -> str:
    """The last words of a conversation, or "" when they were a picture or nothing was said."""
    return (row.last_text or "")[:PREVIEW]


def preview_media(row: CaseRow) -> str:
    """The kind of file the last line held, when it had no words."""
    if row.last_text or not row.last_extra:
        return ""
    media = from_json(row.last_extra).get("media") or [{}]
    return str(media[0].get("kind", ""))


def wanted(query: Any) -> Wanted:
    """The filters of an address; anything unknown counts as not said."""
    search = clean(str(query.get("q", "")), 80).strip()
    number = search.removeprefix("#")
    show, kind = str(query.get("show", "")), str(query.get("kind", ""))
    return Wanted(
        show=show if show in desk.SHOWN else "all",
        kind=kind if kind in desk_texts.KINDS else "",
        text=search,
        folded=fold(search),
        number=int(number) if number.isascii() and number.isdecimal() and len(number) < 16 else 0,
    )


async def case_list(db: Database, login: Login, asked: Wanted) -> ListView:
    """The list of cases as a colleague may see it."""
    rows = await desk.cases(db, asked, login.staff.id, sees_all=login.is_owner)
    return ListView(asked, asked.text, rows, await desk.counts(db, login.staff.id, sees_all=login.is_owner))


async def case_page(
    db: Database, house: House, login: Login, case_id: int, now: datetime, before: int | None = None
) -> CaseView | None:
    """One case as a colleague may see it. None: there is none, or not for them."""
    case = await access.access_case(db, login.staff, case_id)
    if case is None:
        return None
    conversation = await conversations.get(db, case.conversation_id)
    customer = await conversations.customer(db, case.customer_id)
    if conversation is None or customer is None:
        return None
    shop = await house.shop(db)
    colleagues = await desk.colleagues(db)
    names = {one["id"]: one["name"] for one in colleagues}
    lines = await desk.thread(db, conversation.id, sees_all=login.is_owner, before=before, limit=PAGE + 1)
    more, lines = len(lines) > PAGE, lines[-PAGE:]
    sent = await desk.deliveries(db, [line.id for line in lines if line.author in ("bot", "staff")])
    steps = [] if before else await desk.steps(db, case.id)
    views = [line_view(line, sent.get(line.id), conversation, login, now) for line in lines]
    called = address_of(customer, shop)
    return CaseView(
        case=case,
        customer=customer,
        conversation=conversation,
        call=called.call,
        holder=names.get(case.assignee_id, "") if case.is_active or case.assignee_id else "",
        is_mine=case.assignee_id == login.staff.id,
        can_reply=case.is_active and (login.is_owner or not cases.is_held(case) or case.assignee_id == login.staff.id),
        items=list(merged(views, steps, ZoneInfo(shop.timezone), after=lines[0].at if more else None)),
        older=lines[0].id if more else None,
        canned=[Canned(one.title or one.id, address.fill(one.text, called)) for one in shop.canned],
        colleagues=colleagues,
        roots=[{"id": one.id, "title": one.title} for one in shop.roots],
        history=await desk.history(db, customer.id, sees_all=login.is_owner),
        ratings=await desk.ratings(db, customer.id),
        clocks=[one for one in await clocks.of_case(db, case.id) if one.stopped_at is None],
        asked=await desk.asked(db, conversation.id, sees_all=login.is_owner),
        shop=shop,
    )


def line_view(
    line: ThreadLine, delivery: Delivery | None, conversation: Conversation, login: Login, now: datetime
) -> LineView:
    """A line with what became of it, and until when its author may take it back."""
    said_at = line.at if delivery is None else delivery.created_at
    until = said_at + RECALL_WITHIN
    if delivery is not None and delivery.state == "ready" and delivery.due_at > now:
        until = max(until, delivery.due_at)  # planned for later: nobody has read it yet
    mine = line.author == "staff" and line.staff_id == login.staff.id
    may_recall = mine and line.recalled_at is None and now < until
    return LineView(line, sent_view(line, delivery, conversation, now), to_ms(until) if may_recall else None)


def sent_view(line: ThreadLine, delivery: Delivery | None, conversation: Conversation, now: datetime) -> Sent | None:
    """The truth about a line of ours. None: it was not ours to send."""
    if delivery is None:
        return None
    reason, chosen = desk_texts.reason(delivery.reason), delivery.chosen
    match delivery.state:
        case "ready" if delivery.due_at > now + timedelta(seconds=30) and not delivery.tries:
            return Sent("planned", delivery.due_at)
        case "ready" | "sending":
            return Sent("sending", None, reason)
        case "sent":
            seen = line.seq is not None and line.seq <= conversation.seen_seq
            return Sent("seen" if seen else "sent", delivery.settled_at, chosen=chosen)
        case "uncertain":
            return Sent("uncertain", delivery.settled_at, reason, can_again=line.recalled_at is None)
        case "cancelled":
            return Sent("cancelled", delivery.settled_at, reason)
        case _:
            return Sent("failed", delivery.settled_at, reason, can_again=line.recalled_at is None)


def merged(lines: Sequence[LineView], steps: Sequence[Step], zone: ZoneInfo, after: datetime | None) -> Iterator[Item]:
    """Lines and steps in the order of time, with a day before the first of each."""
    entries = [Item(at=one.line.at, line=one) for one in lines]
    entries += [
        Item(at=step.at, step=step)
        for step in steps
        if step.what in desk_texts.STEPS and (after is None or step.at >= after)
    ]
    today: date | None = None
    for entry in sorted(entries, key=_when):
        day = _when(entry)[0].astimezone(zone).date()
        if day != today:
            today = day
            yield Item(day=day, at=entry.at)
        yield entry


def _when(item: Item) -> tuple[datetime, int, int]:
    """Time first. Within one moment: who took the case, what was said, that it opened a case."""
    at = item.at
    if at is None:
        raise ValueError("an entry of a thread has a time")
    if item.step is None:
        return at, 1, item.line.line.id if item.line is not None else 0
    return at, 2 if item.step.what == "opened" else 0, item.step.id

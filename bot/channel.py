"""What a channel is: capabilities as data, a way in, a way out, and a closed list of refusals."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from aiohttp import web

from handlers.messages import Incoming
from storage.database import Engine, Touched
from storage.events import RawEvent
from storage.records import Event

from .clock import Clock
from .media import MediaStore
from .metrics import Metrics
from .settings import Settings

Buttons = Literal["inline", "quick", "none"]
Accept = Callable[[str, str, Sequence[RawEvent]], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast we may send: `rate` messages a second on average, `burst` at once."""

    rate: float
    burst: float = 1


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel can do. Lengths in UTF-16 units, as most platforms count; sizes in bytes."""

    text_limit: int
    buttons: Buttons = "none"
    button_limit: int = 0  # buttons in one message
    label_limit: int = 0  # units in one label
    edit: bool = False
    delete: bool = False
    typing: bool = False
    receipts: bool = False
    threads: bool = False
    media: frozenset[str] = frozenset()
    window_hours: float | None = None  # after the customer's last message; None: always open
    mailbox: bool = False  # "sent" means kept by ourselves for the customer to fetch: never ambiguous
    in_flight: int = 8  # sends at the same time
    account_pace: Pace | None = None
    chat_pace: Pace | None = None
    group_pace: Pace | None = None


@dataclass(frozen=True, slots=True)
class Rendered:
    """One message as a channel sends it: fits its limits, buttons carry "<outbox id>.<index>"."""

    delivery_id: int
    part: int
    address: str
    text: str
    buttons: tuple[tuple[str, str], ...] = ()  # (label, reference)
    media: tuple[dict[str, Any], ...] = ()
    operation: str = "send"
    target: str = ""
    thread: str = ""
    line_id: int | None = None
    case_id: int | None = None
    extra: dict[str, Any] = field(default_factory=dict)


class SendError(Exception):
    """A channel did not take a message. The subclasses are all there are; nobody else retries."""

    retry: ClassVar[bool] = False
    reason: ClassVar[str] = ""  # short, for people; translated where it is shown

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.reason)
        self.detail = detail


class Unreachable(SendError):
    """The person blocked us or is gone: their choice. No retry; staff see it."""

    reason = "unreachable"


class WindowClosed(SendError):
    """The channel lets us write only for some time after the customer did. No retry; staff see it."""

    reason = "window closed"


class Rejected(SendError):
    """The channel will never take this message: ours to fix. No retry; staff see it."""

    reason = "rejected"


class Throttled(SendError):
    """Too fast. Surely not sent; again after `after` seconds. `everyone`: the whole account must wait."""

    retry = True
    reason = "throttled"

    def __init__(self, after: float, *, everyone: bool = False, detail: str = "") -> None:
        super().__init__(detail)
        self.after = after
        self.everyone = everyone


class Down(SendError):
    """The channel could not be reached. Surely not sent; again with growing pauses."""

    retry = True
    reason = "channel down"


class Ambiguous(SendError):
    """Nobody knows whether it went out: the answer was lost."""

    retry = True
    reason = "no answer"


class Misconfigured(SendError):
    """The token or right is missing: the owner's to fix. The channel pauses; messages wait."""

    retry = True
    reason = "misconfigured"


class Moved(SendError):
    """The chat has a new address. Surely not sent; again there at once."""

    retry = True
    reason = "moved"

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address


@dataclass(frozen=True)
class Tools:
    """What a channel may use: made once by `bot.app.build`."""

    settings: Settings
    engine: Engine
    clock: Clock
    metrics: Metrics
    media: MediaStore


class Channel(ABC):
    """One way to talk with people. Adding one: a folder, a line in `bot/channels/__init__.py`, its tests."""

    name: ClassVar[str]
    account: str = ""
    capabilities: Capabilities

    @abstractmethod
    def parse(self, raw: str) -> list[Incoming]:
        """What a raw event says; [] when it is nothing for us. Raises ValueError for what cannot be read."""

    @abstractmethod
    async def send(self, message: Rendered) -> str:
        """Send one message and return the channel's id for it. Raises SendError."""

    async def read(self, event: Event) -> tuple[list[Incoming], list[int]]:
        """What an event says, and the events that are one thing with it and are done with it too."""
        return [await self.prepare(one) for one in self.parse(event.raw)], []

    async def prepare(self, incoming: Incoming) -> Incoming:
        """Do slow things before the turn, such as fetching a file. The default has nothing to do."""
        return incoming

    async def start(self, accept: Accept) -> None:
        """Begin to listen; give raw events to `accept`, and acknowledge only when it has returned."""

    async def stop(self) -> None:
        """Stop listening and close what is open."""

    async def close(self) -> None:
        """Hang up, after the last message was sent."""

    def add_routes(self, app: web.Application, accept: Accept) -> None:
        """Add the channel's own addresses, such as its webhook, before the server starts."""

    def hear(self, touched: Touched) -> None:
        """Something was committed. Mailbox channels tell those who look; the others have nothing to do."""

    async def show_typing(self, conversation_id: int, name: str) -> None:
        """A colleague is typing; where the customer can see that, show it."""

    def pace_of(self, address: str) -> Pace | None:
        """How fast we may write to one chat."""
        return self.capabilities.chat_pace

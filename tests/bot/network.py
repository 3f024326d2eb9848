"""A channel whose network does what a test says, and remembers what truly arrived."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from bot.channel import Ambiguous, Capabilities, Channel, Pace, Rendered, SendError
from handlers.messages import Incoming

Fate = SendError | str  # an error; "lost": it arrives and the answer is lost


@dataclass(frozen=True)
class Arrived:
    """A message that reached the other side."""

    address: str
    text: str
    delivery_id: int
    part: int


class FakeNetwork(Channel):
    """Sends are taken, unless fates were lined up with `next`."""

    name = "fake"
    account = "main"

    def __init__(self, **capabilities: object) -> None:
        defaults: dict[str, object] = {"text_limit": 100, "buttons": "inline", "button_limit": 8, "label_limit": 20}
        self.capabilities = Capabilities(**(defaults | capabilities))  # type: ignore[arg-type]
        self.arrived: list[Arrived] = []
        self.attempts: list[Rendered] = []
        self.fates: deque[Fate | None] = deque()
        self.choose: Callable[[Rendered], Fate | None] | None = None

    def next(self, *fates: Fate | None) -> None:
        """What happens to the next sends; None: taken."""
        self.fates.extend(fates)

    def parse(self, raw: str) -> list[Incoming]:
        return []

    async def send(self, message: Rendered) -> str:
        self.attempts.append(message)
        fate = self.choose(message) if self.choose else (self.fates.popleft() if self.fates else None)
        if isinstance(fate, SendError):
            raise fate
        self.arrived.append(Arrived(message.address, message.text, message.delivery_id, message.part))
        if fate == "lost":
            raise Ambiguous("the answer was lost")
        return f"m{len(self.arrived)}"

    def texts(self) -> list[str]:
        """What arrived, in order."""
        return [one.text for one in self.arrived]


SLOW = Pace(rate=1.0, burst=1)

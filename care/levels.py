"""The six levels of service and what each one sets in motion. Source: docs/care.md, "Six levels"."""

from dataclasses import dataclass
from typing import Literal

from care.cleaning import N_

Severity = Literal["urgent", "normal"]


@dataclass(frozen=True)
class Level:
    """One level as data. `button` is a text for the catalogs; `vietnamese` is what customers also type."""

    number: int
    vietnamese: str
    button: str
    severity: Severity | None = None  # of the rescue case it opens; None: no case
    asks_reason: bool = False
    gives_points: bool = False
    asks_testimonial: bool = False
    gives_referral: bool = False
    tells_owner: bool = False

    @property
    def apologises(self) -> bool:
        """Whether the first word back is an apology."""
        return is_unhappy(self.number)


LEVELS = (
    # The customer may complain in public: apologise, ask why, staff and owner know at once.
    Level(1, "Tồi tệ", N_("Terrible"), severity="urgent", asks_reason=True, tells_owner=True),
    # The silent leaver: says nothing and never returns.
    Level(2, "Cơ bản", N_("Basic"), severity="normal", asks_reason=True),
    # Returns only when there is nothing better.
    Level(3, "Đúng như mong đợi", N_("As expected"), asks_reason=True),
    # The lowest level that counts as success.
    Level(4, "Theo mong muốn", N_("As desired"), gives_points=True),
    Level(5, "Đáng ngạc nhiên", N_("Surprising"), gives_points=True, asks_testimonial=True),
    Level(
        6, "Tốt không ngờ tới", N_("Unbelievably good"), gives_points=True, asks_testimonial=True, gives_referral=True
    ),
)


@dataclass(frozen=True)
class Reason:
    """A quick answer to "what went wrong?"."""

    id: str
    label: str  # a text for the catalogs


REASONS = (
    Reason("slow", N_("Slow reply")),
    Reason("attitude", N_("Attitude")),
    Reason("product", N_("Product")),
    Reason("delivery", N_("Delivery")),
    Reason("other", N_("Something else")),
)


def level(number: int) -> Level:
    """The level with this number. Raises ValueError outside 1 to 6."""
    if not 1 <= number <= len(LEVELS):
        raise ValueError(f"level {number}: levels go from 1 to {len(LEVELS)}")
    return LEVELS[number - 1]


def is_unhappy(number: int) -> bool:
    """Levels 1 and 2 need a rescue."""
    return number <= 2


def is_success(number: int) -> bool:
    """Level 4 and above count as success (CSAT), and as recovered after a rescue."""
    return number >= 4


def reason(id: str) -> Reason | None:
    """The quick reason with this id."""
    return next((each for each in REASONS if each.id == id), None)

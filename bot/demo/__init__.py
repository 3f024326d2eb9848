"""A demo shop with ninety days behind it, made up from chance: the same seed makes the same shop.

Pure: returns rows; `storage.demo` puts them in.
"""

from datetime import datetime
from random import Random

from care.shop import Shop

from .book import CUSTOMERS, DAYS, Row
from .caring import WEAK
from .past import Past
from .present import Present

__all__ = ["CUSTOMERS", "DAYS", "STAFF", "WEAK", "make"]

STAFF = (("Minh", "staff", True), ("Hoa", "staff", False), ("Tuấn", "staff", False), ("Bà Tư", "owner", False))


def make(shop: Shop, now: datetime, *, seed: int = 2026) -> dict[str, list[Row]]:
    """Ninety days of a shop as rows for `storage.demo.insert`."""
    story = Past(shop, now, Random(seed))  # noqa: S311  (makes up a story, guards nothing)
    story.tell()
    Present(story).tell()
    story.register()
    return story.rows

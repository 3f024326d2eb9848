"""A real database in a folder of the test's own, and a network that does what a test says."""

from tests.bot.conftest import post
from tests.storage.conftest import engine

__all__ = ["engine", "post"]

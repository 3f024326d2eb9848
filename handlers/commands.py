"""A command somebody types: "/khieunai", with the people who may use it and its line in the help."""

from dataclasses import dataclass
from typing import Literal

from handlers.turn import Handler

Who = Literal["customer", "staff", "owner"]


@dataclass(frozen=True)
class Command:
    """`help` is a source text (N_); `aliases` are other words for the same, English ones among them."""

    word: str
    who: Who
    handler: Handler
    help: str
    aliases: tuple[str, ...] = ()
    is_secret: bool = False  # works, and stands in no list


def split(text: str) -> tuple[str, str] | None:
    """ "/XungHo@bot chị Lan" → ("xungho", "chị Lan"). None: no command; only ASCII words are commands."""
    if not text.startswith("/"):
        return None
    first, _, rest = text[1:].partition(" ")
    word = first.split("\n")[0].split("@")[0].lower()
    return (word, rest.strip()) if word.isascii() and word.replace("_", "").isalnum() else None


def find(commands: tuple[Command, ...], word: str, who: tuple[Who, ...]) -> Command | None:
    """The command of this word, if these people may use it."""
    return next((one for one in commands if one.who in who and word in (one.word, *one.aliases)), None)

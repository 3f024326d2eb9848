"""Asks once how to address a customer, and remembers the answer for ever."""

from dataclasses import replace

from care import address, intents
from care.text import clean, fold
from handlers.customer.speech import customer_of, go_to, leave
from handlers.messages import Choice, Outgoing
from handlers.turn import Turn
from storage import conversations
from storage.records import to_ms

OFFERED = ("anh", "chị", "cô", "chú", "bạn")
NAME_WORDS = 4  # a longer answer is no name


async def ask_once(turn: Turn) -> list[Outgoing]:
    """The question, if it was never asked and nothing else is being asked. Only Vietnamese needs pronouns."""
    customer = customer_of(turn)
    if turn.language != "vi" or customer.pronoun or customer.asked_pronoun_at or turn.dialogue.get("step"):
        return []
    return await ask(turn)


async def ask(turn: Turn) -> list[Outgoing]:
    """How may we address you?"""
    _ = turn.gettext
    customer = customer_of(turn)
    await conversations.change_customer(turn.db, customer.id, asked_pronoun_at=to_ms(turn.now))
    turn.customer = replace(customer, asked_pronoun_at=turn.now)
    go_to(turn, "address")
    return [turn.reply(_("How may I address you?"), [*_pronouns(), Choice(_("Skip"), "address:skip")])]


def _pronouns() -> list[Choice]:
    return [Choice(word[:1].upper() + word[1:], f"address:{word}") for word in OFFERED]


async def command(turn: Turn, rest: str = "") -> list[Outgoing]:
    """/xungho, or "/xungho chị Lan"."""
    if rest and (said := address.understand(rest)) is not None:
        return await _remember(turn, said)
    return await ask(turn)


async def press(turn: Turn, word: str) -> list[Outgoing]:
    """A pronoun was tapped."""
    _ = turn.gettext
    leave(turn)
    if word not in address.PRONOUNS:
        return [turn.reply(_("All right. What else can I do for you?"))]
    return await _remember(turn, address.Address(word))


async def typed(turn: Turn, text: str) -> list[Outgoing] | None:
    """The answer typed: "gọi em là chị nhé", "anh Huy". None: they talk of something else."""
    leave(turn)
    if intents.gives_up(text):
        return await press(turn, "skip")
    said = address.understand(text)
    return None if said is None else await _remember(turn, said)


async def typed_name(turn: Turn, text: str) -> list[Outgoing] | None:
    """The name typed. None: they talk of something else."""
    leave(turn)
    if intents.gives_up(text):
        return await press(turn, "skip")
    said = address.understand(text)
    if said is None and _may_be_name(text):
        said = address.Address(None, " ".join(clean(text, address.NAME_LIMIT).split()))
    return None if said is None else await _remember(turn, said)


def _may_be_name(text: str) -> bool:
    words = clean(text).split()
    return 0 < len(words) <= NAME_WORDS and all(word.isalpha() and word[:1].isupper() for word in words)


async def _remember(turn: Turn, said: address.Address) -> list[Outgoing]:
    customer = customer_of(turn)
    pronoun, name = said.pronoun or customer.pronoun, said.name or customer.name
    search = " ".join(f"{fold(name)} {customer.phone}".split())
    await conversations.change_customer(
        turn.db, customer.id, pronoun=pronoun, name=name, search=search, asked_pronoun_at=to_ms(turn.now)
    )
    turn.customer = replace(customer, pronoun=pronoun, name=name, asked_pronoun_at=turn.now)
    leave(turn)
    return _thank(turn)


def _thank(turn: Turn) -> list[Outgoing]:
    _ = turn.gettext
    if turn.address.spoken_name or turn.address.pronoun == "quý khách":  # a formal address takes no name
        return [turn.reply(_("I will remember that, nice to meet you."))]
    go_to(turn, "address.name")
    return [turn.reply(_("I will remember that. And your name?"), [Choice(_("Skip"), "address:skip")])]

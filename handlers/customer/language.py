"""Vietnamese or English, for this conversation."""

from dataclasses import replace

from handlers.customer.speech import conversation_of
from handlers.messages import Choice, Outgoing
from handlers.turn import Turn
from storage import conversations

NAMES = {"vi": "Tiếng Việt", "en": "English"}


async def command(turn: Turn, rest: str = "") -> list[Outgoing]:
    """/ngonngu, or "/ngonngu en"."""
    _ = turn.gettext
    if rest.lower() in NAMES:
        return await choose(turn, rest.lower())
    choices = [Choice(name, f"language:{code}") for code, name in NAMES.items()]
    return [turn.reply(_("Which language do you prefer?"), choices)]


async def choose(turn: Turn, code: str) -> list[Outgoing]:
    """A language was tapped."""
    if code not in NAMES:
        return []
    conversation = conversation_of(turn)
    await conversations.change(turn.db, conversation.id, language=code)
    turn.conversation = replace(conversation, language=code)
    return [turn.reply(turn.gettext("I will speak English with you."))]

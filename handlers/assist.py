"""Whether a language model may be asked before a turn, and what it is told: read only, and seldom.

It is asked when the customer's free words would reach the FAQ and the FAQ is not sure. Everything else, such as
commands, buttons, ratings, complaints, and words for a colleague, never leaves the house.
"""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from care import cases, intents, understanding
from care import faq as engine
from care.faq import grounded
from care.faq.grounded import Enquiry
from handlers import commands
from handlers.messages import Incoming
from handlers.turn import House
from storage import conversations
from storage import staff as stored_staff
from storage.database import Database

FEWEST = 2  # words of a question


async def enquiry(
    house: House, db: Database, now: datetime, channel: str, account: str, incoming: Incoming
) -> Enquiry | None:
    """What a model may be asked about a message. None: nothing."""
    text = incoming.text.strip()
    if incoming.kind != "message" or incoming.is_group or not _is_question(text):
        return None
    if await stored_staff.by_identity(db, channel, account, incoming.sender) is not None:
        return None
    found = await conversations.by_address(db, channel, account, incoming.chat)
    dialogue = {} if found is None else found[0].dialogue
    if found is not None and await cases.active_for(db, found[0].id) is not None:
        return None  # a colleague is on it
    if dialogue.get("step") is not None or (dialogue.get("survey") and understanding.parse_level(text)):
        return None
    context = dialogue.get("context") if intents.follows(text) else None
    names = (incoming.name, "" if found is None else found[1].name)
    return await _unsure(house, db, now, text, context, names)


def _is_question(text: str) -> bool:
    """Free words that no other part of the bot answers."""
    if len(text.split()) < FEWEST or commands.split(text) is not None:
        return False
    others = (
        understanding.is_complaint, understanding.about_staff, understanding.wants_human, understanding.is_opt_out,
        intents.is_greeting, intents.is_thanks, intents.is_okay, intents.gives_up,
    )  # fmt: skip
    return not any(one(text) for one in others)


async def _unsure(
    house: House, db: Database, now: datetime, text: str, context: str | None, names: Sequence[str]
) -> Enquiry | None:
    answers = house.answers()
    if all(isinstance(one, engine.Answer) for one in answers.decide_all(text, context=context)):
        return None
    shop = await house.shop(db)
    ids = [match.entry_id for match in answers.search(text, 2 * grounded.OFFERED, context=context)]
    offered = grounded.offered(shop, ids, now.astimezone(ZoneInfo(shop.timezone)).date())
    question = grounded.question_of(text, names)
    return Enquiry(question, offered) if offered and question else None

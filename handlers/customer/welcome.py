"""The first words: who speaks, that it is a machine, and what it can do."""

from datetime import timedelta

from handlers.customer import complaint, faq, handoff, rating
from handlers.customer.speech import conversation_of, customer_of
from handlers.messages import Choice, Outgoing
from handlers.turn import Turn
from storage import conversations

A_MACHINE = ("tự động", "automatic")  # words by which a greeting says that a machine speaks
KNOWN_AFTER = timedelta(hours=6)  # somebody who comes again after this is greeted as known


async def greet(turn: Turn) -> list[Outgoing]:
    """The page's greeting: once per conversation, and never to one who has written already."""
    if not await first_time(turn):
        return []
    return [hello(turn)]


async def first_time(turn: Turn) -> bool:
    """Mark the conversation as welcomed. False: it was."""
    conversation = conversation_of(turn)
    if conversation.welcomed_at is not None:
        return False
    return await conversations.welcome(turn.db, conversation.id, turn.now)


def hello(turn: Turn) -> Outgoing:
    """The greeting with the menu. Whoever we know is called by name."""
    _ = turn.gettext
    if turn.address.spoken_name and turn.now - customer_of(turn).created_at > KNOWN_AFTER:
        text = _("Hello again, this is the automatic assistant of %(shop)s. What can I do for you?")
    elif turn.shop.greeting and turn.language == turn.shop.language:
        text = turn.addressed(turn.shop.greeting).replace("%", "%%")
        if not any(word in text.lower() for word in A_MACHINE):  # the shop's own words may say it already
            text = f"{_('I am the automatic assistant of %(shop)s.')} {text}"
    else:
        text = _("Hello, I am the automatic assistant of %(shop)s. What can I do for you?")
    return turn.reply(text % {"shop": turn.shop.shop}, menu_choices(turn))


def disclosure(turn: Turn) -> str:
    """One sentence before the first answer of all: a machine speaks."""
    _ = turn.gettext
    return _("I am the automatic assistant of %(shop)s.") % {"shop": turn.shop.shop}


def menu_choices(turn: Turn) -> list[Choice]:
    """The shop's buttons; a person is always among them."""
    _ = turn.gettext
    items = turn.shop.menu()
    own_words = bool(turn.shop.quick_menu) and turn.language == turn.shop.language
    person = _("Talk to a person")
    choices = [
        Choice(person if one.opens == "staff" and not own_words else one.title, f"menu:{one.opens}") for one in items
    ]
    return choices if any(one.opens == "staff" for one in items) else [*choices, Choice(person, "human")]


async def show_menu(turn: Turn, rest: str = "") -> list[Outgoing]:
    """/batdau: the greeting again, asked for."""
    await first_time(turn)
    return [hello(turn)]


async def menu(turn: Turn, opens: str, *name: str) -> list[Outgoing]:
    """A button of the menu."""
    rest = ":".join(name)
    if opens == "staff":
        return await handoff.ask_human(turn)
    if opens == "rate":
        return await rating.request(turn)
    if opens == "complaint":
        return await complaint.begin(turn)
    if opens == "entry":
        return await faq.show(turn, rest)
    return await faq.category(turn, rest)

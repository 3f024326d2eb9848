"""One message of a customer: who should answer it, a colleague, a question in progress, or the FAQ?"""

from collections.abc import Mapping
from dataclasses import replace

from care import cases, intents, understanding
from handlers import commands
from handlers.commands import Command
from handlers.customer import complaint, faq, handoff, privacy, rating, waiting, welcome
from handlers.customer.speech import conversation_of, human_button
from handlers.messages import Outgoing, ToConversation
from handlers.turn import Step, Turn
from storage.records import Case

ANSWERED_WHILE_HELD = ("dung", "dulieu", "ngonngu", "xungho")  # the law and the language need no colleague


async def hear(turn: Turn, known: tuple[Command, ...], steps: Mapping[str, Step]) -> list[Outgoing]:
    """Answer a message, saying first of all that a machine speaks."""
    first = await welcome.first_time(turn) if conversation_of(turn).welcomed_at is None else False
    said = await _hear(turn, known, steps)
    return _disclosed(turn, said) if first else said


def _disclosed(turn: Turn, said: list[Outgoing]) -> list[Outgoing]:
    """The first thing said to a new customer says who speaks, unless the greeting has."""
    name = turn.shop.shop
    for place, message in enumerate(said):
        if message.author == "bot" and message.purpose == "reply" and isinstance(message.to, ToConversation):
            if name in message.text:
                return said
            told = replace(message, text=f"{welcome.disclosure(turn)}\n{message.text}")
            return [*said[:place], told, *said[place + 1 :]]
    return said


async def _hear(turn: Turn, known: tuple[Command, ...], steps: Mapping[str, Step]) -> list[Outgoing]:
    text = turn.incoming.text.strip()
    case = await cases.active_for(turn.db, conversation_of(turn).id)
    held = case is not None and cases.is_held(case)
    if (typed := commands.split(text)) is not None:
        said = await _command(turn, known, *typed, held=held)
        if said is not None:
            return said
    if case is not None and held:
        return await waiting.with_colleague(turn, case)
    if (said := await rating.typed_level(turn, text)) is not None:
        return said
    if (said := await _step(turn, steps, text)) is not None:
        return said
    return await _freely(turn, case, text)


async def _command(
    turn: Turn, known: tuple[Command, ...], word: str, rest: str, *, held: bool
) -> list[Outgoing] | None:
    """What the command says. None: it goes to the colleague who holds the case."""
    _ = turn.gettext
    command = commands.find(known, word, ("customer",))
    if held and (command is None or command.word not in ANSWERED_WHILE_HELD):
        return None
    if command is None:
        return [turn.reply(_("I do not know this command. Type /trogiup to see what I can do."))]
    turn.dialogue.pop("step", None)
    return await command.handler(turn, rest)


async def _step(turn: Turn, steps: Mapping[str, Step], text: str) -> list[Outgoing] | None:
    """The answer to a question we asked. None: nothing was asked, or they talk of something else."""
    name = turn.dialogue.get("step")
    if name is None:
        return None
    handler = steps.get(str(name))
    if handler is None:
        turn.dialogue.pop("step")
        return None
    return await handler(turn, text)


async def _freely(turn: Turn, case: Case | None, text: str) -> list[Outgoing]:
    if (
        text
        and (understanding.is_complaint(text) or understanding.about_staff(text))
        and (case is None or case.kind == "question")
    ):
        return await complaint.begin(turn, text)
    if case is not None:
        return await waiting.while_waiting(turn, case, text)
    if not text:
        return _without_words(turn)
    if understanding.wants_human(text):
        return await handoff.ask_human(turn)
    if understanding.is_opt_out(text):
        return await privacy.stop(turn)
    return _small_talk(turn, text) or await faq.answer(turn, text)


async def human(turn: Turn, *_arguments: str) -> list[Outgoing]:
    """The button "Talk to a person": at any time, also in the middle of a complaint or of waiting."""
    case = await cases.active_for(turn.db, conversation_of(turn).id)
    if case is not None and cases.is_held(case):
        return await waiting.with_colleague(turn, case)
    if complaint.DRAFT in turn.dialogue:
        return await complaint.call_person(turn)
    return await handoff.ask_human(turn)


def _without_words(turn: Turn) -> list[Outgoing]:
    _ = turn.gettext
    return [turn.reply(_("I have received it. What can I do for you about it?"), [human_button(turn)])]


def _small_talk(turn: Turn, text: str) -> list[Outgoing]:
    """Greetings and thanks; [] for everything else."""
    _ = turn.gettext
    if intents.is_greeting(text):
        return [welcome.hello(turn)]
    if intents.is_thanks(text):
        return [turn.reply(_("You are welcome."))]
    if intents.is_okay(text) or intents.gives_up(text):
        return [turn.reply(_("All right, write to me whenever you need anything."))]
    return []

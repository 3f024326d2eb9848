"""A colleague shows the bot what a customer meant: the words become a proposal, the owner decides about it."""

from care import faq as engine
from care.faq import proposals, store
from care.settings import entries_of
from care.shop import Shop
from handlers.commands import Command
from handlers.messages import N_, Choice, Outgoing
from handlers.staff import Refused
from handlers.staff.cases import case_of, colleague_of, noted
from handlers.staff.words import case_and_rest
from handlers.turn import Answers, Turn
from storage import cases as stored
from storage import conversations, relays
from storage.records import Case, Line

OFFERED = 4  # entries to choose from
LABEL_LIMIT = 60  # characters of a question on a button


async def teach(turn: Turn, case_id: int, line_id: int, entry_id: str) -> list[Outgoing]:
    """Propose a customer's words as a way to ask an entry."""
    _ = turn.gettext
    case = await case_of(turn, case_id)
    line = await _line_of(turn, case, int(line_id))
    if entry_id not in entries_of(turn.shop):
        raise Refused(_("There is no such FAQ entry."))
    me = colleague_of(turn)
    found = await proposals.propose(turn.db, turn.shop, entry_id, line.text, "staff", turn.now, me.id)
    if found is None:
        raise Refused(_("There is nothing to learn: the FAQ knows these words, or the owner has decided about them."))
    await stored.add_event(turn.db, case.id, "taught", turn.now, staff_id=me.id, detail={"entry": entry_id})
    await noted(turn, "teach", case.id, line=line.id, entry=entry_id)
    if turn.place is None:
        return []
    text = _("Proposed for “%(question)s”: “%(words)s”. The owner decides about it.")
    said = text % {"question": store.question(turn.shop, entry_id), "words": found.wording}
    return [turn.reply(said, purpose="staff")]


async def _line_of(turn: Turn, case: Case, line_id: int) -> Line:
    """A customer's line in the thread of the case; lines of other cases are none of this one's business."""
    line = await conversations.line(turn.db, line_id)
    if line is None or line.conversation_id != case.conversation_id or line.case_id not in (None, case.id):
        raise Refused(turn.gettext("There is no such message."))
    if line.author != "customer" or line.recalled_at is not None or line.extra.get("pressed"):
        raise Refused(turn.gettext("Choose something the customer wrote."))
    return line


async def command(turn: Turn, rest: str = "") -> list[Outgoing]:
    """/themfaq <entry, or some words of it>: teach what the customer asked; unclear entries come as buttons."""
    _ = turn.gettext
    case_id, words = await case_and_rest(turn, rest)
    case = await case_of(turn, case_id)
    line = await _asked(turn, case)
    if words.strip() in entries_of(turn.shop):
        return await teach(turn, case.id, line.id, words.strip())
    ids = alike(turn.house.answers(), turn.shop, words.strip() or line.text)
    if not ids:
        raise Refused(_("Which entry? Type a few words of its question, as in /themfaq giao hàng."))
    choices = [Choice(_label(turn, one), f"staff:teach:{case.id}:{line.id}:{one}") for one in ids]
    return [turn.reply(_("Which question is “%(words)s”?") % {"words": line.text[:200]}, choices, purpose="staff")]


async def _asked(turn: Turn, case: Case) -> Line:
    """The line replied to, else the question the case came from, else the customer's newest words."""
    if turn.incoming.reply_to and turn.place is not None:
        place = turn.place
        shown = await relays.line_of(turn.db, place.channel, place.account, place.address, turn.incoming.reply_to)
        line = None if shown is None else await conversations.line(turn.db, shown)
        if line is not None and line.author == "customer":
            return await _line_of(turn, case, line.id)
    said = [one for one in await conversations.last_lines(turn.db, case.conversation_id) if _is_theirs(one, case)]
    if not said:
        raise Refused(turn.gettext("Choose something the customer wrote."))
    return next((one for one in reversed(said) if case.subject and one.text.startswith(case.subject)), said[-1])


def _is_theirs(line: Line, case: Case) -> bool:
    is_said = line.author == "customer" and line.recalled_at is None and not line.extra.get("pressed")
    return is_said and bool(line.text.strip()) and line.case_id in (None, case.id)


def alike(answers: Answers, shop: Shop, words: str) -> list[str]:
    """Entries these words may be about: found by the engine, else by the words of their questions."""
    found: list[str] = []
    for one in answers.decide_all(words):
        found += [one.entry_id] if isinstance(one, engine.Answer) else getattr(one, "entry_ids", ())
    wanted = proposals.key(words)
    found += [one.id for one in shop.entries if wanted and wanted in proposals.key(one.question)]
    known = entries_of(shop)
    return [one for one in dict.fromkeys(found) if one in known][:OFFERED]


def _label(turn: Turn, entry_id: str) -> str:
    question = store.question(turn.shop, entry_id)
    return question if len(question) <= LABEL_LIMIT else question[:LABEL_LIMIT].rsplit(" ", 1)[0] + "…"


COMMANDS: tuple[Command, ...] = (
    Command("themfaq", "staff", command, N_("teach the bot what the customer asked"), ("teach",)),
)

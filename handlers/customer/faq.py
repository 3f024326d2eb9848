"""Answers questions: sure → the answer; unsure → "do you mean"; lost → once more in other words, then a person."""

from collections.abc import Sequence

from care import faq as engine
from care import intents
from care.faq import grounded, proposals, store
from care.settings import entries_of
from handlers.customer import addressing, handoff
from handlers.customer.speech import conversation_of, forget, human_button
from handlers.messages import Choice, Media, Outgoing
from handlers.turn import Turn
from storage import faq

OFFERED = 3  # "do you mean" buttons
TOGETHER = 3  # answers to several questions in one message
REMEMBERED = 5  # entries the card shows as tried
LABEL_LIMIT = 60  # characters of a question on a button
DRAFTED = 0.5  # confidence kept with an answer a language model picked


async def answer(turn: Turn, text: str) -> list[Outgoing]:
    """What the FAQ has to say to a customer's words."""
    found = _decide(turn, text)
    if sure := _sure(turn, found):
        return await _answer(turn, text, sure)
    if turn.drafted is not None and _stands(turn, turn.drafted):
        return await _say_drafted(turn, text, turn.drafted)
    if len(found) == 1 and isinstance(found[0], engine.Suggest) and (ids := _known(turn, found[0].entry_ids)):
        return await _suggest(turn, text, ids)
    return await _lost(turn, text)


async def sure_answer(turn: Turn, text: str) -> list[Outgoing] | None:
    """The answer when the engine is sure of it, else None."""
    sure = _sure(turn, _decide(turn, text))
    return await _answer(turn, text, sure) if sure else None


def _decide(turn: Turn, text: str) -> list[engine.Decision]:
    """One decision, or one for each question of the message where the engine can tell them apart."""
    context = turn.dialogue.get("context") if intents.follows(text) else None
    return list(turn.house.answers().decide_all(text, context=context))


def _sure(turn: Turn, found: Sequence[engine.Decision]) -> list[engine.Answer]:
    """What may be answered at once: every part surely known, every entry there today."""
    answers = [one for one in found if isinstance(one, engine.Answer)]
    if len(answers) < len(found) or not _known(turn, [one.entry_id for one in answers]):
        return []
    return [one for one in answers if _answer_text(turn, one.entry_id) is not None][:TOGETHER]


async def _answer(turn: Turn, text: str, sure: Sequence[engine.Answer]) -> list[Outgoing]:
    ids = [found.entry_id for found in sure]
    ask_id = await store.keep_ask(
        turn.db,
        conversation_of(turn).id,
        text,
        "answered",
        turn.now,
        entry_id=ids[0],
        confidence=sure[0].confidence,
        offered=ids[1:],
    )
    return [_speak(turn, ids, ask_id)]


def _stands(turn: Turn, drafted: grounded.Grounded) -> bool:
    """The entry may have changed since the model read it."""
    now = grounded.plain(turn.shop, drafted.entry_id, turn.now.astimezone(turn.zone).date())
    return grounded.is_quoted(drafted.quote, now) and grounded.is_made_of(drafted.answer, now)


async def _say_drafted(turn: Turn, text: str, drafted: grounded.Grounded) -> list[Outgoing]:
    """What a language model picked from an entry, marked as such; 👎 leads on like under any answer."""
    _ = turn.gettext
    ids = [drafted.entry_id]
    ask_id = await store.keep_ask(
        turn.db, conversation_of(turn).id, text, "answered", turn.now, entry_id=ids[0], confidence=DRAFTED
    )
    question = store.question(turn.shop, drafted.entry_id)
    today = turn.now.astimezone(turn.zone).date()
    words = turn.addressed(grounded.own_words(drafted.answer, turn.shop, drafted.entry_id, today))
    said = _("Automatic answer to “%(question)s”: %(answer)s") % {"question": question, "answer": words}
    return [_speak(turn, ids, ask_id, said)]


def _known(turn: Turn, entry_ids: Sequence[str]) -> list[str]:
    return [one for one in entry_ids if _answer_text(turn, one) is not None][:OFFERED]


def _answer_text(turn: Turn, entry_id: str) -> str | None:
    return store.answer(turn.shop, entry_id, turn.now.astimezone(turn.zone).date())


def _speak(turn: Turn, entry_ids: Sequence[str], ask_id: int, said: str = "") -> Outgoing:
    """The answers (or `said` instead of them) as one message, with a word on whether they helped."""
    _ = turn.gettext
    texts = [said] if said else [turn.addressed(text) for one in entry_ids if (text := _answer_text(turn, one))]
    media = [_media(token) for one in entry_ids for token in entries_of(turn.shop)[one].media]
    forget(turn, "lost")
    _remember(turn, entry_ids)
    turn.dialogue["context"] = store.question(turn.shop, entry_ids[-1])
    choices = [Choice(_("👍 That helps"), f"helped:{ask_id}:1"), Choice(_("👎 Not what I meant"), f"helped:{ask_id}:0")]
    return turn.reply("\n".join(texts), [*choices, human_button(turn)], media=media)


def _media(name: str) -> Media:
    """A picture of an entry: a stored file by its token, or an address the owner wrote."""
    kind = "video" if name.lower().endswith((".mp4", ".webm", ".mov")) else "image"
    if name.startswith(("https://", "http://")):
        return Media(kind, remote={"url": name})
    return Media(kind, token=name)


def _remember(turn: Turn, entry_ids: Sequence[str]) -> None:
    """What was tried, for the card of a person who may take over."""
    tried = [one for one in turn.dialogue.get("tried", []) if one not in entry_ids]
    turn.dialogue["tried"] = [*tried, *entry_ids][-REMEMBERED:]


# --- Unsure -------------------------------------------------------------------------------------------------------


async def _suggest(turn: Turn, text: str, ids: Sequence[str]) -> list[Outgoing]:
    _ = turn.gettext
    turn.dialogue["asked"] = text[: handoff.SUBJECT_LIMIT]
    _remember(turn, ids)
    ask_id = await store.keep_ask(turn.db, conversation_of(turn).id, text, "suggested", turn.now, offered=ids)
    choices = [
        Choice(_label(store.question(turn.shop, one)), f"meant:{ask_id}:{place}") for place, one in enumerate(ids)
    ]
    return [turn.reply(_("Do you mean:"), [*choices, Choice(_("I mean something else"), f"other:{ask_id}")])]


def _label(question: str) -> str:
    if len(question) <= LABEL_LIMIT:
        return question
    return question[:LABEL_LIMIT].rsplit(" ", 1)[0] + "…"


async def meant(turn: Turn, ask_id: str, place: str) -> list[Outgoing]:
    """One of the offered questions was tapped."""
    asked = await faq.ask(turn.db, int(ask_id))
    if asked is None or asked.conversation_id != conversation_of(turn).id or int(place) >= len(asked.offered):
        return await _lost(turn, "")
    entry_id = asked.offered[int(place)]
    if _answer_text(turn, entry_id) is None:
        return await _lost(turn, asked.text)
    await proposals.tapped(turn.db, turn.shop, asked, entry_id, turn.now)
    await faq.chose(turn.db, asked.id, entry_id)
    return [_speak(turn, [entry_id], asked.id)]


async def other(turn: Turn, ask_id: str) -> list[Outgoing]:
    """None of the offered questions."""
    asked = await faq.ask(turn.db, int(ask_id))
    return await _rephrase_or_hand_over(turn, "" if asked is None else asked.text)


# --- Lost ---------------------------------------------------------------------------------------------------------


async def _lost(turn: Turn, text: str) -> list[Outgoing]:
    if text:
        await store.keep_ask(turn.db, conversation_of(turn).id, text, "unknown", turn.now)
    return await _rephrase_or_hand_over(turn, text)


async def _rephrase_or_hand_over(turn: Turn, text: str) -> list[Outgoing]:
    """Once we ask for other words; the second time a person takes over."""
    _ = turn.gettext
    if turn.dialogue.get("lost"):
        subject = text or str(turn.dialogue.get("asked", ""))
        return await handoff.hand_over(turn, subject, handoff.NOT_KNOWN)
    turn.dialogue["lost"] = 1
    if text:
        turn.dialogue["asked"] = text[: handoff.SUBJECT_LIMIT]
    text = _("Could you say it in other words for me, or shall I call a colleague right away?")
    return [turn.reply(text, [human_button(turn)])]


# --- Did it help? -------------------------------------------------------------------------------------------------


async def helped(turn: Turn, ask_id: str, said: str) -> list[Outgoing]:
    """👍 or 👎 under an answer."""
    _ = turn.gettext
    first = await faq.help_said(turn.db, int(ask_id), conversation_of(turn).id, said == "1")
    asked = await faq.ask(turn.db, int(ask_id)) if first else None
    if said != "1":
        if asked is not None:
            await proposals.disliked(turn.db, asked)
        return await _rephrase_or_hand_over(turn, "" if asked is None else asked.text)
    if asked is not None:
        await proposals.liked(turn.db, turn.shop, asked, turn.now)
    forget(turn, "lost", "asked", "tried")
    return await addressing.ask_once(turn) or [turn.reply(_("Glad to help."))]


async def show(turn: Turn, entry_id: str) -> list[Outgoing]:
    """An entry opened from a menu."""
    if _answer_text(turn, entry_id) is None:
        return await _lost(turn, "")
    question = store.question(turn.shop, entry_id)
    ask_id = await store.keep_ask(
        turn.db, conversation_of(turn).id, question, "answered", turn.now, entry_id=entry_id, confidence=1.0
    )
    return [_speak(turn, [entry_id], ask_id)]


async def category(turn: Turn, name: str) -> list[Outgoing]:
    """The first questions of a category, from the welcome menu."""
    _ = turn.gettext
    day = turn.now.astimezone(turn.zone).date()
    entries = [one for one in turn.shop.entries if one.category == name and one.is_valid(day)][: OFFERED + 2]
    choices = [Choice(_label(one.question), f"menu:entry:{one.id}") for one in entries]
    text = _("What would you like to know? You can also just type your question.")
    return [turn.reply(text, [*choices, human_button(turn)])]

"""A customer complains: words, order, pictures, then a case number and a promised time. What was said is never lost."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from care import cases, customers, intents, understanding
from care.cases import Opened
from care.text import clean
from handlers.customer import faq, handoff
from handlers.customer.speech import conversation_of, customer_of, go_to, leave, media_of, relay
from handlers.messages import Choice, Outgoing
from handlers.turn import Turn, keep_dialogue, speak_with
from storage import conversations, staff, timers
from storage.records import Case, Timer

STORY_LIMIT = 1500  # characters
FILED_ANYWAY = timedelta(minutes=10)  # a complaint somebody began and left is filed with what we have
DRAFT = "complaint"


async def command(turn: Turn, rest: str = "") -> list[Outgoing]:
    """/khieunai, with or without the story."""
    return await begin(turn, rest)


async def begin(turn: Turn, text: str = "") -> list[Outgoing]:
    """Take up a complaint, asking only for what is not yet said."""
    _ = turn.gettext
    if not text and not turn.incoming.media:
        await _start_draft(turn)
        go_to(turn, "complaint.story")
        return [turn.reply(_("I am sorry something went wrong. Please tell me what happened."))]
    names = [one.name.split()[-1] for one in await staff.all_active(turn.db) if one.name.split()]
    await _start_draft(turn)
    _add(turn, text)
    if intents.is_about_staff(text, names):
        return await _file(turn, "staff_complaint")
    if _draft(turn)["order"] and not _needs_pictures(turn):
        return await _file(turn)
    sorry = _("I am sorry about this. I am writing your complaint down now.")
    question = _next(turn)
    return [turn.reply(f"{sorry} {question}", _buttons(turn))]


async def _start_draft(turn: Turn) -> None:
    turn.dialogue[DRAFT] = {"text": "", "order": "", "lines": [], "media": 0, "asked_order": False}
    await timers.cancel(turn.db, "complaint_left", conversation_of(turn).id)
    await timers.add(turn.db, "complaint_left", conversation_of(turn).id, turn.now + FILED_ANYWAY)


def _draft(turn: Turn) -> dict[str, Any]:
    draft: dict[str, Any] = turn.dialogue.get(DRAFT) or {"text": "", "order": "", "lines": [], "media": 0}
    return draft


def _add(turn: Turn, text: str, *, is_order: bool = False) -> None:
    """Put what was said into the draft. The dialogue is compared when it is saved, so the draft is made anew."""
    draft = dict(_draft(turn))
    if text and not is_order:
        draft["text"] = clean(f"{draft['text']}\n{text}".strip(), STORY_LIMIT)
    draft["order"] = draft["order"] or intents.order_or_phone(text)
    draft["media"] = draft["media"] + len(turn.incoming.media)
    if turn.line_id is not None:
        draft["lines"] = [*draft["lines"], turn.line_id]
    turn.dialogue[DRAFT] = draft


def _next(turn: Turn) -> str:
    """The next question; the step that hears its answer is set."""
    _ = turn.gettext
    draft = _draft(turn)
    if not draft["order"] and not draft.get("asked_order"):
        go_to(turn, "complaint.order")
        return _("May I have your order code or the telephone number of the order?")
    go_to(turn, "complaint.photos")
    return _("Please send me pictures of what is wrong, if you can.")


def _buttons(turn: Turn) -> list[Choice]:
    _ = turn.gettext
    if turn.dialogue.get("step") == "complaint.order":
        return [Choice(_("I do not remember"), "complaint:no_order")]
    return [Choice(_("No pictures"), "complaint:no_photos")]


async def _go_on(turn: Turn) -> list[Outgoing]:
    draft = _draft(turn)
    if (draft["order"] or draft.get("asked_order")) and (draft["media"] or not _needs_pictures(turn)):
        return await _file(turn)
    return [turn.reply(_next(turn), _buttons(turn))]


def _needs_pictures(turn: Turn) -> bool:
    """A late parcel or a bill has nothing to photograph."""
    return intents.category_of(_draft(turn)["text"], turn.shop) not in ("giao_tre", "tien", "thai_do")


async def skip(turn: Turn, what: str) -> list[Outgoing]:
    """[I do not remember] or [No pictures]."""
    if DRAFT not in turn.dialogue:
        return [await _nothing_open(turn)]
    if what == "no_order":
        turn.dialogue[DRAFT] = _draft(turn) | {"asked_order": True}
        return await _go_on(turn)
    return await _file(turn)


async def _nothing_open(turn: Turn) -> Outgoing:
    _ = turn.gettext
    case = await cases.active_for(turn.db, conversation_of(turn).id)
    if case is None:
        return turn.reply(_("That is closed already. What else can I do for you?"))
    return turn.reply(_("I have this in case #%(case)s already.") % {"case": case.id}, case_id=case.id)


# --- Steps --------------------------------------------------------------------------------------------------------


async def story(turn: Turn, text: str) -> list[Outgoing] | None:
    """What happened, told after /khieunai or the menu button."""
    if (way_out := await _way_out(turn, text)) is not None:
        return way_out
    return await begin(turn, text)


async def order(turn: Turn, text: str) -> list[Outgoing] | None:
    """The order code or telephone number; other words belong to the story."""
    if (way_out := await _way_out(turn, text)) is not None:
        return way_out
    if intents.order_or_phone(text):
        _add(turn, text, is_order=True)
        return await _go_on(turn)
    if intents.skips(text) or intents.is_done(text):
        _add(turn, "")
        return await skip(turn, "no_order")
    if not turn.incoming.media and (answered := await faq.sure_answer(turn, text)) is not None:
        return [*answered, turn.reply(_ask_again(turn), _buttons(turn))]
    _add(turn, text)
    if turn.incoming.media and not text:
        return [turn.reply(_ask_again(turn), _buttons(turn))]
    turn.dialogue[DRAFT] = _draft(turn) | {"asked_order": True}
    return await _go_on(turn)


def _ask_again(turn: Turn) -> str:
    _ = turn.gettext
    return _("For your complaint I still need the order code or telephone number.")


async def photos(turn: Turn, text: str) -> list[Outgoing] | None:
    """Pictures, or why there are none."""
    if (way_out := await _way_out(turn, text)) is not None:
        return way_out
    _add(turn, "" if intents.skips(text) or intents.is_done(text) or intents.is_okay(text) else text)
    return await _file(turn)


async def _way_out(turn: Turn, text: str) -> list[Outgoing] | None:
    """ "thôi" ends it; "gặp nhân viên" files what we have, and a person takes over."""
    _ = turn.gettext
    if intents.gives_up(text):
        leave(turn, DRAFT)
        await timers.cancel(turn.db, "complaint_left", conversation_of(turn).id)
        return [turn.reply(_("All right, I will not file a complaint. Write to me whenever you need anything."))]
    if understanding.wants_human(text):
        return await call_person(turn)
    return None


async def call_person(turn: Turn) -> list[Outgoing]:
    """The button "Talk to a person" in the middle of a complaint: what was told goes along."""
    if not _draft(turn)["text"] and not _draft(turn)["media"]:
        leave(turn, DRAFT)
        return await handoff.ask_human(turn)
    return await _file(turn)


# --- Filing -------------------------------------------------------------------------------------------------------


async def _file(turn: Turn, kind: str = "complaint") -> list[Outgoing]:
    """The case, its number and the promise. A second story of the same kind joins the open case."""
    draft = _draft(turn)
    opened = await cases.open_case(
        turn.db,
        turn.shop,
        customer_of(turn).id,
        conversation_of(turn).id,
        kind,
        turn.now,
        subject=draft["text"][: handoff.SUBJECT_LIMIT],
        category=intents.category_of(draft["text"], turn.shop),
        order_code=draft["order"],
        urgent=understanding.looks_angry(draft["text"]),
    )
    for line_id in draft["lines"]:
        await conversations.put_in_case(turn.db, line_id, opened.case.id)
    await _keep_phone(turn, draft["order"])
    leave(turn, DRAFT, "asked", "tried", "lost")
    await timers.cancel(turn.db, "complaint_left", conversation_of(turn).id)
    said = turn.reply(_filed(turn, opened, draft), case_id=opened.case.id)
    if not opened.is_new:
        return [said, *([] if opened.case.owner_only else [relay(turn, opened.case.id)])]
    return [said, *await handoff.announce_case(turn, opened.case), *await _pictures(turn, opened.case, draft)]


def _filed(turn: Turn, opened: Opened, draft: dict[str, Any]) -> str:
    _ = turn.gettext
    case = opened.case
    if not opened.is_new:
        return _("I have added this to complaint #%(case)s.") % {"case": case.id}
    by = _promise(turn, opened.promised_at)
    if case.kind == "staff_complaint":
        text = _("I am very sorry. I have passed complaint #%(case)s straight to the owner; no colleague can read it.")
        return f"{text % {'case': case.id}} {by}"
    text = _("I have filed complaint #%(case)s: %(what)s.")
    return f"{text % {'case': case.id, 'what': _summary(turn, case, draft)}} {by}"


def _summary(turn: Turn, case: Case, draft: dict[str, Any]) -> str:
    _ = turn.gettext
    parts = []
    if _is_phone(case.order_code):
        parts.append(_("telephone %(number)s") % {"number": case.order_code})
    elif case.order_code:
        parts.append(_("order %(code)s") % {"code": case.order_code})
    title = next((one.title for one in turn.shop.categories if one.id == case.category), "")
    if title:
        parts.append(title[:1].lower() + title[1:])
    if draft["media"]:
        parts.append(turn.ngettext("%(n)s picture", "%(n)s pictures", draft["media"]) % {"n": draft["media"]})
    return ", ".join(parts) or _("what you told me")


def _is_phone(code: str) -> bool:
    return bool(understanding.phones(code))


async def _keep_phone(turn: Turn, given: str) -> None:
    """A number once given is not asked again; one we have is not overwritten by what may be a friend's."""
    customer = customer_of(turn)
    numbers = understanding.phones(given)
    if numbers and not customer.phone:
        search = customers.search_text(customer.name, numbers[0])
        await conversations.change_customer(turn.db, customer.id, phone=numbers[0], search=search)


def _promise(turn: Turn, promised_at: datetime | None) -> str:
    _ = turn.gettext
    if promised_at is None:
        return _("Somebody in charge will write to you here.")
    return _("Before %(time)s somebody in charge will write to you here.") % {"time": turn.when(promised_at)}


async def _pictures(turn: Turn, case: Case, draft: dict[str, Any]) -> list[Outgoing]:
    """The pictures sent before the case existed, for the groups; those of this very message go with its words."""
    if case.owner_only:
        return []
    shown = []
    for line_id in draft["lines"]:
        line = await conversations.line(turn.db, line_id)
        if line is None or line_id == turn.line_id or not line.extra.get("media"):
            continue
        media = tuple(media_of(one) for one in line.extra["media"])
        message = replace(turn.tell_staff(case.id, line.text), purpose="relay", media=media)
        shown.append(replace(message, extra={"line_id": line_id, "from": "customer"}))
    return shown


async def left(turn: Turn, timer: Timer) -> list[Outgoing]:
    """A customer began to complain and went away: what they told is filed all the same."""
    other = await speak_with(turn, timer.subject_id)
    before = conversation_of(other)
    draft = _draft(other)
    if DRAFT not in other.dialogue:
        return []
    if draft["text"] or draft["media"]:
        said = await _file(other)
    else:
        leave(other, DRAFT)
        said = []
    await keep_dialogue(other, before)
    return said

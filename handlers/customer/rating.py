"""A customer answers "How did we serve you?" by a level from 1 to 6, and every level has its consequence."""

import re
from datetime import timedelta

from care import cases, formats, levels, ratings, surveys
from care.cleaning import fold
from care.ratings import Rated
from care.understanding import about_staff, is_no, is_opt_out, is_skip, is_yes, parse_level, wants_human
from handlers.customer import faq, handoff
from handlers.customer.speech import conversation_of, customer_of, go_to, leave, relay
from handlers.messages import N_, Choice, Outgoing
from handlers.turn import Turn, keep_dialogue, speak_with
from storage import cases as stored_cases
from storage import loyalty, timers
from storage import ratings as stored
from storage.records import Rating, Survey, Timer

TYPED_WITHIN = timedelta(days=3)  # a bare "5" later than this means something else
AGAIN_WITHIN = timedelta(minutes=10)  # a number typed so soon after a tap is the same answer once more
TOLD_WITHIN = timedelta(hours=3)  # words later than this are no answer to our question
LINK_AFTER = timedelta(minutes=15)  # the personal link comes by then, told story or not

_ASKS = re.compile(
    r"\b(may|bao nhieu|bao lau|bao gio|khi nao|o dau|the nao|ra sao|nhu nao|la gi)\b"
    r"|\b(khong|ko|k|hong|chua)( shop| a| vay| ban| em)*$"
)


# --- Asking -------------------------------------------------------------------------------------------------------


def question(turn: Turn, survey: Survey, *, key: str | None = None) -> Outgoing:
    """The question with its six buttons; a typed answer counts as well."""
    _ = turn.gettext
    turn.dialogue["survey"] = survey.id
    if survey.rerates_id is not None:
        text = _("After what we did since, how would you rate us now?")
    else:
        touchpoint = turn.shop.touchpoint(survey.touchpoint)
        own = touchpoint.question if touchpoint and turn.language == turn.shop.language else ""
        text = turn.addressed(own) if own else _("How did we serve you this time?")
    choices = [Choice(f"{one.number} {_(one.button)}", f"rate:{survey.id}:{one.number}") for one in levels.LEVELS]
    return turn.reply(text, choices, purpose="survey", case_id=survey.case_id, key=key)


async def after_case(turn: Turn, timer: Timer) -> list[Outgoing]:
    """Some time after a case was resolved; after a rescue this is the re-rating."""
    case = await stored_cases.get(turn.db, timer.subject_id)
    touchpoint = turn.shop.touchpoint(timer.payload["touchpoint"])
    if case is None or touchpoint is None or not touchpoint.enabled:
        return []
    if await surveys.postpone(turn.db, turn.shop, case, touchpoint, timer, turn.now):
        return []
    other = await speak_with(turn, case.conversation_id)
    conversation = conversation_of(other)
    survey = await surveys.ask_after_case(turn.db, conversation, case.id, touchpoint.id, turn.now)
    if survey is None:
        return []
    said = [question(other, survey, key=f"survey:{survey.id}")]
    await keep_dialogue(other, conversation)
    return said


async def request(turn: Turn, _rest: str = "") -> list[Outgoing]:
    """/danhgia: the customer wants to rate."""
    return await _ask_today(turn, surveys.requested(turn.shop).id)


async def from_link(turn: Turn, touchpoint: str) -> list[Outgoing]:
    """A QR poster or link of a touchpoint; [] when the owner has no such touchpoint."""
    found = turn.shop.touchpoint(touchpoint)
    return await _ask_today(turn, found.id) if found is not None and found.enabled else []


async def _ask_today(turn: Turn, touchpoint: str) -> list[Outgoing]:
    day = turn.now.astimezone(turn.zone).date().isoformat()
    survey = await surveys.ask_once_a_day(turn.db, conversation_of(turn), touchpoint, day, turn.now)
    if await stored.of_survey(turn.db, survey.id) is not None:
        return await already(turn, survey.id)
    return [question(turn, survey)]


# --- The answer ---------------------------------------------------------------------------------------------------


async def rate(turn: Turn, survey_id: str, level: str) -> list[Outgoing]:
    """A level was pressed or typed."""
    survey = await stored.survey(turn.db, int(survey_id))
    if survey is None or survey.conversation_id != conversation_of(turn).id:
        return []
    rated = await ratings.record(turn.db, turn.shop, survey.id, int(level), turn.now)
    if rated is None:
        return await already(turn, survey.id)
    if rated.level.apologises:
        return await _unhappy(turn, rated)
    if rated.level.number == 3:
        return [_as_expected(turn, rated)]
    return await _happy(turn, rated)


async def already(turn: Turn, survey_id: int) -> list[Outgoing]:
    """The second tap."""
    _ = turn.gettext
    rating = await stored.of_survey(turn.db, survey_id)
    if rating is None:
        return []
    return [turn.reply(_("You have already rated this: level %(level)s. Thank you.") % {"level": rating.level})]


async def typed_level(turn: Turn, text: str) -> list[Outgoing] | None:
    """ "5", "mức 5", "năm", "5 sao nhé" while a question is open. None: not a rating."""
    survey_id = turn.dialogue.get("survey")
    level = parse_level(text) if survey_id else None
    if survey_id is None or level is None:
        return None
    survey = await stored.survey(turn.db, int(survey_id))
    if survey is None or turn.now - survey.asked_at > TYPED_WITHIN:
        turn.dialogue.pop("survey", None)
        return None
    rating = await stored.of_survey(turn.db, survey.id)
    if rating is None:
        return await rate(turn, str(survey.id), str(level))
    is_same = any(letter.isdigit() for letter in text) and turn.now - rating.at <= AGAIN_WITHIN
    return await already(turn, survey.id) if is_same else None


# --- What they say about it ---------------------------------------------------------------------------------------


async def _answered(turn: Turn, text: str) -> Rating | None:
    """The rating these words are about. None: they come too late, or want something else."""
    rating = await stored.get(turn.db, int(turn.dialogue.get("rating", 0)))
    leave(turn, "rating")
    if rating is None or turn.now - rating.at > TOLD_WITHIN or not (text or turn.incoming.media):
        return None
    return None if wants_human(text) or is_opt_out(text) else rating


async def _aside(turn: Turn, text: str) -> tuple[bool, list[Outgoing] | None]:
    """They did not answer, they asked something themselves: (True, the answer if it is known here)."""
    if text.rstrip().endswith("?"):
        return True, None
    if _ASKS.search(fold(text)) and (said := await faq.sure_answer(turn, text)) is not None:
        return True, said
    return False, None


# --- Unhappy: levels 1 and 2 --------------------------------------------------------------------------------------


async def _unhappy(turn: Turn, rated: Rated) -> list[Outgoing]:
    case = rated.case
    go_to(turn, "rating.why", rating=rated.rating.id)
    said = [turn.reply(_sorry(turn, rated), _why_choices(turn, rated.rating.id), case_id=case.id if case else None)]
    if case is None:
        return said
    await handoff.keep_in_case(turn, case.id)
    return [*said, *_alert(turn, rated), *await handoff.announce_case(turn, case, owners_know=True)]


def _sorry(turn: Turn, rated: Rated) -> str:
    """The apology; at level 1 with the promise. The question comes last, right above its buttons."""
    _ = turn.gettext
    promised = rated.promised_at if rated.level.number == 1 else None
    if rated.is_again and promised is None:
        return _("I am sorry it is still not right. What is missing?")
    if promised is None and rated.level.number == 1:
        return _("I am truly sorry. What went wrong for you?")
    if promised is None:
        return _("Thank you for being honest, and I am sorry. What bothered you most?")
    if rated.is_again:
        text = _("I am sorry it is still not right. A manager writes to you before %(time)s. What is missing?")
    else:
        text = _("I am truly sorry. A manager writes to you before %(time)s. What went wrong for you?")
    return text % {"time": turn.when(promised)}


def _why_choices(turn: Turn, rating_id: int) -> list[Choice]:
    return [Choice(turn.gettext(one.label), f"why:{rating_id}:{one.id}") for one in levels.REASONS]


def _tells_owner(rated: Rated) -> bool:
    """The owner hears of a level 1 at once, and of a rescue that did not help."""
    return rated.level.tells_owner or rated.is_again


def _alert(turn: Turn, rated: Rated) -> list[Outgoing]:
    if rated.case is None or not _tells_owner(rated):
        return []
    values = {
        "name": _who(turn),
        "level": rated.level.number,
        "touchpoint": ratings.touchpoint_title(turn.shop, rated.rating),
        "time": formats.hour(turn.now, turn.shop.language, turn.zone),
        "case": rated.case.id,
    }
    text = turn.staff_text(N_("🔴 %(name)s gave level %(level)s for “%(touchpoint)s” at %(time)s. Case #%(case)s."))
    return [turn.tell_owners(text % values, case_id=rated.case.id, key=f"level:{rated.rating.id}")]


def _who(turn: Turn) -> str:
    name = customer_of(turn).name
    return turn.staff_text(N_("Customer %(name)s")) % {"name": name} if name else turn.staff_text(N_("A customer"))


async def why(turn: Turn, rating_id: str, reason_id: str) -> list[Outgoing]:
    """A quick reason was pressed."""
    rating = await stored.get(turn.db, int(rating_id))
    reason = levels.reason(reason_id)
    if rating is None or reason is None or not ratings.conversation_matches(rating, conversation_of(turn)):
        return []
    if reason.id == "other":
        go_to(turn, "rating.why", rating=rating.id)
        return [turn.reply(turn.gettext("Please tell me in a few words."))]
    leave(turn, "rating")
    label = turn.staff_text(reason.label)
    await ratings.add_reason(turn.db, rating, turn.now, reason=label)
    return await _promise(turn, rating.id, label, is_private=False)


async def typed_why(turn: Turn, text: str) -> list[Outgoing] | None:
    """The reason in the customer's own words, or a picture of it."""
    rating = await _answered(turn, text)
    if rating is None:
        return None
    if is_skip(text) or is_no(text):
        text = ""
    await ratings.add_reason(turn.db, rating, turn.now, comment=text)
    return await _promise(turn, rating.id, text, is_private=about_staff(text))


async def _promise(turn: Turn, rating_id: int, why_said: str, *, is_private: bool) -> list[Outgoing]:
    """What happens now: who writes, by when. Staff read the reason; if it is about one of them, only the owner does."""
    _ = turn.gettext
    rating = await stored.get(turn.db, rating_id)
    case = None if rating is None else await ratings.rescue_of(turn.db, rating)
    if rating is None or case is None:
        return [turn.reply(_("Thank you for telling me, I pass it on."))]
    await handoff.keep_in_case(turn, case.id)
    if is_private:
        await cases.leave_to_owner(turn.db, case, turn.now)
    told = _to_owners(turn, case.id, why_said) if is_private else _pass_on(turn, rating, case.id, why_said)
    if case.due_at is None:
        return [turn.reply(_("Thank you for telling me, a manager writes to you here soon."), case_id=case.id), *told]
    if rating.level == 1:  # who heard the promise with the apology need not hear it twice
        return [turn.reply(_("Thank you for telling me, I have passed it on to the manager."), case_id=case.id), *told]
    text = _("Thank you for telling me. A manager writes to you before %(time)s.")
    return [turn.reply(text % {"time": turn.when(case.due_at)}, case_id=case.id), *told]


def _pass_on(turn: Turn, rating: Rating, case_id: int, why_said: str) -> list[Outgoing]:
    """The reason for staff, pictures with it; who was alarmed by the level reads the reason too."""
    shown = [relay(turn, case_id)] if turn.incoming.media else []
    if not why_said:
        return shown
    text = _quoted(turn, case_id, why_said)
    owners = _to_owners(turn, case_id, why_said) if levels.level(rating.level).tells_owner else []
    return [*([] if shown else [turn.tell_staff(case_id, text)]), *shown, *owners]


def _to_owners(turn: Turn, case_id: int, why_said: str) -> list[Outgoing]:
    return [turn.tell_owners(_quoted(turn, case_id, why_said), case_id=case_id)]


def _quoted(turn: Turn, case_id: int, why_said: str) -> str:
    return turn.staff_text(N_("#%(case)s, the customer says: %(why)s")) % {"case": case_id, "why": why_said}


# --- As expected: level 3 -----------------------------------------------------------------------------------------


def _as_expected(turn: Turn, rated: Rated) -> Outgoing:
    go_to(turn, "rating.better", rating=rated.rating.id)
    return turn.reply(turn.gettext("Thank you. What would make you happier next time?"))


async def better(turn: Turn, text: str) -> list[Outgoing] | None:
    """What a level 3 would like."""
    rating = await _answered(turn, text)
    if rating is None or not text:
        return None
    if is_skip(text) or is_no(text):
        return [turn.reply(turn.gettext("That is fine, thank you."))]
    asked, said = await _aside(turn, text)
    if asked:
        return said
    await ratings.add_reason(turn.db, rating, turn.now, comment=text)
    thanks = turn.gettext("Thank you, I have noted it for the shop.")
    win_back = turn.addressed(turn.shop.levels.win_back) if turn.language == turn.shop.language else ""
    return [turn.reply(f"{thanks} {win_back}".strip())]


# --- Happy: levels 4 to 6 -----------------------------------------------------------------------------------------


async def _happy(turn: Turn, rated: Rated) -> list[Outgoing]:
    _, level = turn.gettext, rated.level
    if rated.is_recovered:
        thanks = _("I am glad it is right now, thank you for giving us another chance.")
    elif level.number == 6:
        thanks = _("Hearing this makes all of us happy, thank you.")
    elif level.number == 5:
        thanks = _("I am so glad, thank you.")
    else:
        thanks = _("Thank you.")
    if rated.points:
        thanks += " " + _("You get %(points)s points.") % {"points": formats.number(rated.points, turn.language)}
    if not level.asks_testimonial:
        return [turn.reply(thanks)]
    await _plan_referral(turn, rated)
    ask = _("If you like, would you write a few lines or send a picture, so that others know what to expect?")
    return [turn.reply(f"{thanks} {ask}", _story_choices(turn, rated.rating.id))]


def _story_choices(turn: Turn, rating_id: int) -> list[Choice]:
    _ = turn.gettext
    return [
        Choice(_("Write a few lines"), f"story:{rating_id}:words"),
        Choice(_("Send a picture or video"), f"story:{rating_id}:media"),
        Choice(_("Later"), f"story:{rating_id}:later"),
    ]


async def story(turn: Turn, rating_id: str, how: str) -> list[Outgoing]:
    """Words, a picture, or not now; level 6 gets the personal link in any case."""
    _ = turn.gettext
    rating = await stored.get(turn.db, int(rating_id))
    if rating is None or not ratings.conversation_matches(rating, conversation_of(turn)):
        return []
    if how == "later":
        thanks = turn.reply(_("Of course, whenever you like."))
        return [thanks, *_referral(turn)]
    go_to(turn, "rating.story", rating=rating.id)
    text = _("Please write it here.") if how == "words" else _("Please send it here.")
    return [turn.reply(text)]


async def told_story(turn: Turn, text: str) -> list[Outgoing] | None:
    """The testimonial itself; it is used only with permission, asked for each one."""
    _ = turn.gettext
    rating = await _answered(turn, text)
    if rating is None or turn.line_id is None:
        return None
    if is_skip(text) or is_no(text):
        return [turn.reply(_("Of course, whenever you like.")), *_referral(turn)]
    asked, said = await _aside(turn, text)
    if asked and not turn.incoming.media:
        return said
    number = await loyalty.add_testimonial(turn.db, customer_of(turn).id, rating.id, turn.line_id, turn.now)
    go_to(turn, "rating.permit", rating=rating.id, permit=number)
    choices = [Choice(_("Yes, you may"), f"permit:{number}:1"), Choice(_("No, keep it private"), f"permit:{number}:0")]
    return [turn.reply(_("That is lovely, thank you. May the shop show it to other customers?"), choices)]


async def typed_permit(turn: Turn, text: str) -> list[Outgoing] | None:
    """ "được em", "không nhé"; another picture is another item with a question of its own."""
    if turn.incoming.media:
        return await told_story(turn, text)
    number = str(turn.dialogue.get("permit", 0))
    leave(turn, "rating", "permit")
    if is_yes(text):
        return await permit(turn, number, "1")
    return await permit(turn, number, "0") if is_no(text) or is_skip(text) else None


async def permit(turn: Turn, testimonial_id: str, said: str) -> list[Outgoing]:
    """Permission for one testimonial; it can be taken back later."""
    _ = turn.gettext
    allowed = said == "1"
    if not await loyalty.answer_permission(turn.db, int(testimonial_id), customer_of(turn).id, allowed, turn.now):
        return []
    if turn.dialogue.get("permit") == int(testimonial_id):
        leave(turn, "rating", "permit")
    text = _("Thank you. If you change your mind, just tell me.") if allowed else _("I keep it private, thank you.")
    return [turn.reply(text), *_referral(turn)]


# --- The personal link: level 6 -----------------------------------------------------------------------------------


async def _plan_referral(turn: Turn, rated: Rated) -> None:
    """The link comes after the story, or by itself when there is none."""
    if rated.referral:
        turn.dialogue["referral"] = rated.referral
        await timers.add(turn.db, "referral", conversation_of(turn).id, turn.now + LINK_AFTER)


async def referral_left(turn: Turn, timer: Timer) -> list[Outgoing]:
    """They told no story so far: the link all the same."""
    other = await speak_with(turn, timer.subject_id)
    said = _referral(other)
    await keep_dialogue(other, conversation_of(other))
    return said


def _referral(turn: Turn) -> list[Outgoing]:
    """The personal link, ready to forward, once."""
    code = turn.dialogue.pop("referral", "")
    if not code:
        return []
    _ = turn.gettext
    link = f"{turn.house.public_url}/g/{code}" if turn.house.public_url else code
    offer = turn.addressed(turn.shop.levels.referral) if turn.language == turn.shop.language else ""
    text = _("This is your personal link for friends: %(link)s") % {"link": link}
    return [turn.reply(f"{text}\n{offer}".strip())]

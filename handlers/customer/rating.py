"""A customer answers "How did we serve you?" by a level from 1 to 6, and every level has its consequence."""

from datetime import timedelta

from care import formats, levels, ratings, surveys
from care.ratings import Rated
from care.understanding import is_no, is_skip, parse_level
from handlers.customer import handoff
from handlers.customer.speech import conversation_of, customer_of, go_to, leave
from handlers.messages import N_, Choice, Outgoing
from handlers.turn import Turn, keep_dialogue, speak_with
from storage import cases as stored_cases
from storage import loyalty
from storage import ratings as stored
from storage.records import Survey, Timer

TYPED_WITHIN = timedelta(days=3)  # a bare "5" later than this means something else


def is_question(text: str) -> bool:
    """They did not answer, they asked something themselves."""
    return text.rstrip().endswith("?")


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
    if case is None:
        return []
    other = await speak_with(turn, case.conversation_id)
    conversation = conversation_of(other)
    survey = await surveys.ask_after_case(turn.db, conversation, case.id, timer.payload["touchpoint"], turn.now)
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
    turn.dialogue.pop("survey", None)
    rated = await ratings.record(turn.db, turn.shop, survey.id, int(level), turn.now)
    if rated is None:
        return await already(turn, survey.id)
    if rated.level.apologises:
        return await _unhappy(turn, rated)
    if rated.level.number == 3:
        return [_as_expected(turn, rated)]
    return _happy(turn, rated)


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
    survey = await surveys.open_for(turn.db, int(survey_id))
    if survey is None or turn.now - survey.asked_at > TYPED_WITHIN:
        turn.dialogue.pop("survey", None)
        return None
    return await rate(turn, str(survey.id), str(level))


# --- Unhappy: levels 1 and 2 --------------------------------------------------------------------------------------


async def _unhappy(turn: Turn, rated: Rated) -> list[Outgoing]:
    _ = turn.gettext
    case = rated.case
    go_to(turn, "rating.why", rating=rated.rating.id)
    if rated.is_again:
        text = _("I am sorry it is still not right. What is missing?")
    elif rated.level.number == 1:
        text = _("I am truly sorry. What went wrong for you?")
    else:
        text = _("Thank you for being honest, and I am sorry. What bothered you most?")
    if rated.promised_at is not None and rated.level.number == 1:
        text += " " + _("A manager writes to you before %(time)s.") % {"time": turn.when(rated.promised_at)}
    said = [turn.reply(text, _why_choices(turn, rated.rating.id), case_id=case.id if case else None)]
    if case is None:
        return said
    await handoff.keep_in_case(turn, case.id)
    return [*said, *_alert(turn, rated), *await handoff.announce_case(turn, case)]


def _why_choices(turn: Turn, rating_id: int) -> list[Choice]:
    return [Choice(turn.gettext(one.label), f"why:{rating_id}:{one.id}") for one in levels.REASONS]


def _alert(turn: Turn, rated: Rated) -> list[Outgoing]:
    """The owner hears of a level 1 at once, and of a rescue that did not help."""
    if not (rated.level.tells_owner or rated.is_again) or rated.case is None:
        return []
    values = {
        "name": customer_of(turn).name or turn.staff_text(N_("A customer")),
        "level": rated.level.number,
        "touchpoint": ratings.touchpoint_title(turn.shop, rated.rating),
        "time": formats.hour(turn.now, turn.shop.language, turn.zone),
        "case": rated.case.id,
    }
    text = turn.staff_text(N_("🔴 %(name)s gave level %(level)s for “%(touchpoint)s” at %(time)s. Case #%(case)s."))
    return [turn.tell_owners(text % values, case_id=rated.case.id, key=f"level:{rated.rating.id}")]


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
    return await _promise(turn, rating.id, label)


async def typed_why(turn: Turn, text: str) -> list[Outgoing] | None:
    """The reason in the customer's own words, or a picture of it."""
    rating = await stored.get(turn.db, int(turn.dialogue.get("rating", 0)))
    leave(turn, "rating")
    if rating is None or (not text and not turn.incoming.media):
        return None
    if not (is_skip(text) or is_no(text)):
        await ratings.add_reason(turn.db, rating, turn.now, comment=text)
    return await _promise(turn, rating.id, text)


async def _promise(turn: Turn, rating_id: int, why_said: str) -> list[Outgoing]:
    """What happens now: who writes, by when. Staff read the reason."""
    _ = turn.gettext
    rating = await stored.get(turn.db, rating_id)
    case = None if rating is None else await ratings.rescue_of(turn.db, rating)
    if case is None:
        return [turn.reply(_("Thank you for telling me, I pass it on."))]
    await handoff.keep_in_case(turn, case.id)
    values = {"case": case.id, "why": why_said}
    told = turn.tell_staff(case.id, turn.staff_text(N_("#%(case)s, the customer says: %(why)s")) % values)
    if case.due_at is None:
        return [turn.reply(_("Thank you for telling me, a manager writes to you here soon."), case_id=case.id), told]
    text = _("Thank you for telling me. A manager writes to you before %(time)s.")
    return [turn.reply(text % {"time": turn.when(case.due_at)}, case_id=case.id), told]


# --- As expected: level 3 -----------------------------------------------------------------------------------------


def _as_expected(turn: Turn, rated: Rated) -> Outgoing:
    go_to(turn, "rating.better", rating=rated.rating.id)
    return turn.reply(turn.gettext("Thank you. What would make you happier next time?"))


async def better(turn: Turn, text: str) -> list[Outgoing] | None:
    """What a level 3 would like."""
    rating = await stored.get(turn.db, int(turn.dialogue.get("rating", 0)))
    leave(turn, "rating")
    if rating is None or not text:
        return None
    if is_skip(text) or is_no(text):
        return [turn.reply(turn.gettext("That is fine, thank you."))]
    if is_question(text):  # they went on to ask something
        return None
    await ratings.add_reason(turn.db, rating, turn.now, comment=text)
    thanks = turn.gettext("Thank you, I have noted it for the shop.")
    win_back = turn.addressed(turn.shop.levels.win_back) if turn.language == turn.shop.language else ""
    return [turn.reply(f"{thanks} {win_back}".strip())]


# --- Happy: levels 4 to 6 -----------------------------------------------------------------------------------------


def _happy(turn: Turn, rated: Rated) -> list[Outgoing]:
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
    turn.dialogue["referral"] = rated.referral
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
    rating_id = int(turn.dialogue.get("rating", 0))
    leave(turn, "rating")
    if is_skip(text) or is_no(text):
        return [turn.reply(_("Of course, whenever you like.")), *_referral(turn)]
    if turn.line_id is None or (not text and not turn.incoming.media) or is_question(text):
        return None
    number = await loyalty.add_testimonial(turn.db, customer_of(turn).id, rating_id, turn.line_id, turn.now)
    choices = [Choice(_("Yes, you may"), f"permit:{number}:1"), Choice(_("No, keep it private"), f"permit:{number}:0")]
    return [turn.reply(_("That is lovely, thank you. May the shop show it to other customers?"), choices)]


async def permit(turn: Turn, testimonial_id: str, said: str) -> list[Outgoing]:
    """Permission for one testimonial; it can be taken back later."""
    _ = turn.gettext
    allowed = said == "1"
    if not await loyalty.answer_permission(turn.db, int(testimonial_id), customer_of(turn).id, allowed, turn.now):
        return []
    text = _("Thank you. If you change your mind, just tell me.") if allowed else _("I keep it private, thank you.")
    return [turn.reply(text), *_referral(turn)]


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

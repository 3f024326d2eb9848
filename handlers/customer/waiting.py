"""While a person is on the way: lines go into the case, comfort comes in time, and each word of it is new and true."""

from datetime import timedelta

from care import cases, formats, intents
from handlers.customer import faq, handoff
from handlers.customer.speech import relay, to_groups
from handlers.messages import Outgoing
from handlers.turn import Turn, keep_dialogue, speak_with
from storage import cases as stored
from storage import conversations, staff
from storage.records import Case, Timer


async def with_colleague(turn: Turn, case: Case) -> list[Outgoing]:
    """A colleague holds the case: the bot only passes the words on."""
    await handoff.keep_in_case(turn, case.id)
    await cases.customer_wrote(turn.db, turn.shop, case, turn.now)
    return [] if case.owner_only else [relay(turn, case.id)]


async def while_waiting(turn: Turn, case: Case, text: str) -> list[Outgoing]:
    """Nobody has taken the case yet: keep the words, answer only what is surely known, acknowledge once."""
    _ = turn.gettext
    await handoff.keep_in_case(turn, case.id)
    await cases.customer_wrote(turn.db, turn.shop, case, turn.now)
    shown = [] if case.owner_only else [relay(turn, case.id)]
    if text and (answered := await faq.sure_answer(turn, text)) is not None:
        return [*answered, *shown]
    if turn.dialogue.get("acknowledged") == case.id or intents.is_okay(text) or intents.is_thanks(text):
        return shown
    turn.dialogue["acknowledged"] = case.id
    return [turn.reply(_("I have passed that on as well."), case_id=case.id), *shown]


async def ladder(turn: Turn, timer: Timer) -> list[Outgoing]:
    """One step of the waiting ladder. A human answer has ended it; so does the last step."""
    case = await stored.get(turn.db, timer.subject_id)
    step = int(timer.payload.get("step", 0))
    if case is None or not case.is_active or case.replied_at is not None or timer.payload.get("turn") != case.reopened:
        return []
    claimed_said = bool(timer.payload.get("claimed_said"))
    other = await speak_with(turn, case.conversation_id)
    said = await _comfort(other, case, step, claimed_said)
    said_now = claimed_said or cases.is_held(case)
    await cases.plan_step(turn.db, turn.shop, case.id, step + 1, turn.now, turn=case.reopened, claimed_said=said_now)
    if other.conversation is not None:
        await keep_dialogue(other, other.conversation)
    return said


async def _comfort(turn: Turn, case: Case, step: int, claimed_said: bool) -> list[Outgoing]:
    _ = turn.gettext
    if cases.is_held(case):
        if claimed_said or case.assignee_id is None:
            return []
        colleague = await staff.get(turn.db, case.assignee_id)
        name = "" if colleague is None else colleague.name.split()[-1]
        return [turn.reply(_("%(name)s is looking at your message.") % {"name": name}, case_id=case.id)]
    text = await _unclaimed(turn, case, step)
    return [turn.reply(text, case_id=case.id), *_nudge(turn, case, step)]


async def _unclaimed(turn: Turn, case: Case, step: int) -> str:
    _ = turn.gettext
    wait = await cases.estimate(turn.db, turn.shop, case, turn.now)
    if step == 0 and case.kind == "complaint" and case.due_at is not None and case.due_at > turn.now:
        text = _("The people in charge have your complaint #%(case)s, somebody writes to you before %(time)s.")
        return text % {"case": case.id, "time": turn.when(case.due_at)}
    if step == 0 and wait is not None:
        about = formats.about(max(wait, timedelta(minutes=1)), turn.language)
        return _("The shop is rather busy, I am keeping your place, %(about)s more.") % {"about": about}
    if step == 0:
        return _("The shop is rather busy, I am keeping your place.")
    if step == 1:
        return _("I have just reminded my colleagues, please bear with me a little.")
    if step == len(turn.shop.ladder) - 1:
        return _("I am sorry for the long wait. I have told the owner, and you will be answered here.")
    return _("Your message is still first in line, thank you for your patience.")


def _nudge(turn: Turn, case: Case, step: int) -> list[Outgoing]:
    """What the comfort says was done, is done."""
    if step == 0:
        return []
    minutes = round((turn.now - case.opened_at).total_seconds() / 60)
    _ = turn.staff_text
    text = _("Case #%(case)s has been waiting for %(minutes)s minutes and nobody has claimed it.")
    text %= {"case": case.id, "minutes": minutes}
    key = f"ladder:{case.id}:{case.reopened}:{step}"
    groups = [] if case.owner_only else [to_groups(case.id, text, key=key)]
    if step < len(turn.shop.ladder) - 1:
        return groups
    return [*groups, turn.tell_owners(text, case_id=case.id, key=f"{key}:owners")]


async def edited(turn: Turn) -> list[Outgoing]:
    """The customer changed a line: the thread shows the new words, colleagues are told."""
    if turn.conversation is None:
        return []
    line = await conversations.line_by_external(turn.db, turn.conversation.id, turn.incoming.external_id)
    if line is None:
        return []
    await conversations.edit_line(turn.db, line.id, turn.incoming.text, turn.now)
    if line.case_id is None:
        return []
    case = await stored.get(turn.db, line.case_id)
    if case is None or not case.is_active or case.owner_only:
        return []
    _ = turn.staff_text
    text = _("The customer changed a message: “%(text)s”") % {"text": turn.incoming.text}
    return [to_groups(case.id, text, edited=line.id)]

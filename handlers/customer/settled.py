"""After a case is resolved: is it fine now? The customer confirms, or the same person goes on."""

from care import cases, intents
from handlers.customer import handoff
from handlers.customer.speech import conversation_of, go_to, leave, to_groups
from handlers.messages import Choice, Outgoing
from handlers.turn import Turn, keep_dialogue, speak_with
from storage import cases as stored
from storage.records import Case, Timer


def question(turn: Turn, case: Case, note: str) -> Outgoing:
    """The question itself; `turn` speaks with the customer of the case."""
    _ = turn.gettext
    if case.kind == "question":
        text = _("Is your question answered now?")
    elif note:
        text = _("About case #%(case)s: %(note)s. Is everything fine now?")
    else:
        text = _("My colleagues have finished case #%(case)s. Is everything fine now?")
    go_to(turn, "settled", settled=case.id)
    choices = [Choice(_("It is fine"), f"settled:{case.id}:1"), Choice(_("Not yet"), f"settled:{case.id}:0")]
    values = {"case": case.id, "note": note.strip().rstrip(".")}
    key = f"settled:{case.id}:{case.reopened}"
    return turn.reply(text % values, choices, case_id=case.id, purpose="notice", key=key)


async def press(turn: Turn, case_id: str, said: str) -> list[Outgoing]:
    """[It is fine] or [Not yet]."""
    case = await stored.get(turn.db, int(case_id))
    if case is None or case.conversation_id != conversation_of(turn).id:
        return []
    return await _confirm(turn, case) if said == "1" else await _reopen(turn, case)


async def typed(turn: Turn, text: str) -> list[Outgoing] | None:
    """ "ổn rồi", "chưa được". None: they talk of something else."""
    case_id = turn.dialogue.get("settled", 0)
    leave(turn, "settled")
    said = intents.is_settled(text)
    if said is None:
        return None
    return await press(turn, str(case_id), "1" if said else "0")


async def _confirm(turn: Turn, case: Case) -> list[Outgoing]:
    _ = turn.gettext
    leave(turn, "settled")
    confirmed = await cases.confirm(turn.db, case.id, turn.now)
    if confirmed is None:
        return [turn.reply(_("I have noted that already, thank you."))]
    return [turn.reply(_("Thank you for telling me.")), *_tell_groups(turn, case)]


def _tell_groups(turn: Turn, case: Case) -> list[Outgoing]:
    _ = turn.staff_text
    if case.owner_only:
        return []
    return [to_groups(case.id, _("Case #%(case)s: the customer says it is fine.") % {"case": case.id})]


async def _reopen(turn: Turn, case: Case) -> list[Outgoing]:
    _ = turn.gettext
    leave(turn, "settled")
    reopened = await cases.reopen(turn.db, turn.shop, case.id, turn.now)
    if reopened is None:
        return [turn.reply(_("I have this in case #%(case)s already.") % {"case": case.id}, case_id=case.id)]
    await handoff.keep_in_case(turn, case.id)
    text = _("I am sorry, I have opened case #%(case)s again and called the same colleague. What is still missing?")
    said = turn.reply(text % {"case": case.id}, case_id=case.id)
    return [said, *await handoff.announce_case(turn, reopened)]


async def silence(turn: Turn, timer: Timer) -> list[Outgoing]:
    """Nobody objected for two days: the case counts as confirmed."""
    case = await cases.confirm(turn.db, timer.subject_id, turn.now, by_silence=True)
    if case is not None:
        other = await speak_with(turn, case.conversation_id)
        if other.dialogue.get("settled") == case.id:
            leave(other, "settled")
            await keep_dialogue(other, conversation_of(other))
    return []

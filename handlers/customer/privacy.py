"""What is kept about a customer, and "stop" that means stop."""

from care import cases, consent
from handlers.customer.handoff import announce_case, keep_in_case
from handlers.customer.speech import conversation_of, customer_of
from handlers.messages import N_, Choice, Outgoing
from handlers.turn import Turn

WISHES = {"copy": N_("Asks for a copy of their data"), "erase": N_("Asks to have their data erased")}


async def data(turn: Turn, rest: str = "") -> list[Outgoing]:
    """/dulieu: what we keep, and two buttons."""
    _ = turn.gettext
    text = _(
        "I keep your name, how to address you, what was said here, your ratings and your points, "
        "only to look after you. You may have a copy, or have it erased."
    )
    choices = [Choice(_("Send me a copy"), "privacy:copy"), Choice(_("Erase my data"), "privacy:erase")]
    return [turn.reply(text, choices)]


async def wish(turn: Turn, what: str) -> list[Outgoing]:
    """A copy or erasure: a case, because a person must see to it."""
    _ = turn.gettext
    if what not in WISHES:
        return []
    opened = await cases.open_case(
        turn.db,
        turn.shop,
        customer_of(turn).id,
        conversation_of(turn).id,
        "question",
        turn.now,
        subject=turn.staff_text(WISHES[what]),
        category="data",
    )
    await keep_in_case(turn, opened.case.id)
    text = _("I have noted your request as case #%(case)s, somebody in charge will write to you here.")
    said = turn.reply(text % {"case": opened.case.id}, case_id=opened.case.id)
    owners = turn.tell_owners(f"#{opened.case.id} · {turn.staff_text(WISHES[what])}", case_id=opened.case.id)
    return [said, owners, *(await announce_case(turn, opened.case) if opened.is_new else [])]


async def stop(turn: Turn, rest: str = "") -> list[Outgoing]:
    """/dung: no more offers; confirmed once, silent afterwards."""
    _ = turn.gettext
    words = turn.incoming.text
    if not await consent.stop(turn.db, customer_of(turn).id, words, turn.now):
        return [turn.reply(_("You are not on our list for news and offers any more."))]
    text = _("Done: no more news and offers from us. You can still ask me anything, any time.")
    return [turn.reply(text)]

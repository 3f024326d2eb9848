"""Who somebody is in a chat: bound by a one-time code, never by a name."""

from care import codes
from handlers import commands
from handlers.customer.speech import customer_of
from handlers.messages import N_, Outgoing
from handlers.turn import Turn
from storage import audit, conversations, staff

HELP = N_("tell the bot who you are, with a code")
LINK = "ma_"  # a deep link that carries a code: t.me/<bot>?start=ma_…


async def bind(turn: Turn, rest: str = "") -> list[Outgoing]:
    """/chucuahang CODE: from now on this account is the owner's, or a colleague's."""
    _ = turn.gettext
    if turn.place is None or turn.incoming.is_group:
        return [turn.reply(_("Type the code to me in private."), purpose="staff")]
    if "forwarded" in turn.incoming.extra or not turn.incoming.sender:
        return [turn.reply(_("Type the code yourself."))]
    person = await codes.claim(turn.db, rest, turn.now) if rest else None
    if person is None:
        return [turn.reply(_("This code is wrong, too old or used. The owner can make a new one."))]
    place = turn.place
    if not await staff.add_identity(turn.db, person.id, place.channel, place.account, turn.incoming.sender, turn.now):
        return [turn.reply(_("This account belongs to another colleague already."))]
    if turn.customer is not None:
        await conversations.change_customer(turn.db, customer_of(turn).id, is_test=1)
    await audit.add(
        turn.db, at=turn.now, staff_id=person.id, action="staff.bound", subject=f"staff:{person.id}",
        detail={"channel": place.channel},
    )  # fmt: skip
    text = (
        _("Hello %(name)s! This account is the owner's now. Type /trogiup to see what you can do.")
        if person.role == "owner"
        else _("Hello %(name)s! This account is a colleague's now. Type /trogiup to see what you can do.")
    )
    return [turn.reply(text % {"name": person.name})]


def code_in_link(payload: str) -> str | None:
    """The code a deep link carries. None: another link."""
    return payload.removeprefix(LINK) if payload.startswith(LINK) else None


def code_typed(text: str) -> str | None:
    """ "/start ma_XXXX" typed as words."""
    typed = commands.split(text.strip())
    return None if typed is None or typed[0] != "start" else code_in_link(typed[1])

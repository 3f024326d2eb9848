"""Every handler stands here once: commands, buttons, steps, timers, and what colleagues do."""

from collections.abc import Sequence

from handlers.commands import Command, Who
from handlers.customer import (
    addressing,
    complaint,
    conversation,
    faq,
    handoff,
    language,
    privacy,
    rating,
    settled,
    waiting,
    welcome,
)
from handlers.messages import N_, Outgoing
from handlers.owner import binding
from handlers.owner import presses as owner_presses
from handlers.owner import words as owner_words
from handlers.staff import alarms, chat, groups, receipts, teaching, words
from handlers.staff import cases as staff_cases
from handlers.turn import Handler, Step, Turn


async def show_help(turn: Turn, rest: str = "") -> list[Outgoing]:
    """/trogiup: what can be typed."""
    _ = turn.gettext
    lines = [f"/{command.word}: {_(command.help)}" for command in listed("customer")]
    return [turn.reply("\n".join([_("Just type your question. You can also use:"), *lines]))]


def listed(who: Who) -> list[Command]:
    """The commands these people see in menus and help."""
    return [command for command in COMMANDS if command.who == who and not command.is_secret]


COMMANDS: tuple[Command, ...] = (
    Command("batdau", "customer", welcome.show_menu, N_("the menu"), ("start", "menu")),
    Command("danhgia", "customer", rating.request, N_("rate how we served you"), ("rate",)),
    Command("khieunai", "customer", complaint.command, N_("report a problem"), ("complain", "complaint")),
    Command("nhanvien", "customer", handoff.command, N_("talk to a person"), ("human", "staff", "gapnhanvien")),
    Command("xungho", "customer", addressing.command, N_("how I address you"), ("name",)),
    Command("ngonngu", "customer", language.command, N_("Vietnamese or English"), ("language", "lang")),
    Command("dulieu", "customer", privacy.data, N_("what is kept about you"), ("data", "privacy")),
    Command("dung", "customer", privacy.stop, N_("no more news and offers"), ("stop",)),
    Command("trogiup", "customer", show_help, N_("this list"), ("help", "giupdo")),
    *words.COMMANDS,
    *teaching.COMMANDS,
    *owner_words.COMMANDS,
)

ACTIONS: dict[str, Handler] = {
    "human": conversation.human,
    "menu": welcome.menu,
    "helped": faq.helped,
    "meant": faq.meant,
    "other": faq.other,
    "address": addressing.press,
    "complaint": complaint.skip,
    "settled": settled.press,
    "privacy": privacy.wish,
    "language": language.choose,
    "rate": rating.rate,
    "why": rating.why,
    "story": rating.story,
    "permit": rating.permit,
}
REPEATABLE: frozenset[str] = frozenset({"human", "menu", "meant", "language", "story", "permit"})


def may_repeat(action: str) -> bool:
    """The button stays alive after a press."""
    return action.split(":", 1)[0] in REPEATABLE


STEPS: dict[str, Step] = {
    "address": addressing.typed,
    "address.name": addressing.typed_name,
    "complaint.story": complaint.story,
    "complaint.order": complaint.order,
    "complaint.photos": complaint.photos,
    "settled": settled.typed,
    "rating.why": rating.typed_why,
    "rating.better": rating.better,
    "rating.story": rating.told_story,
    "rating.permit": rating.typed_permit,
}

TIMERS: dict[str, Handler] = {
    "ladder": waiting.ladder,
    "clock_warn": alarms.warn,
    "clock_due": alarms.late,
    "take_back": alarms.take_back,
    "auto_confirm": settled.silence,
    "complaint_left": complaint.left,
    "ask_rating": rating.after_case,
    "receipt": receipts.look,
    "group_check": groups.check,
    "referral": rating.referral_left,
}

STAFF_ACTIONS: dict[str, Handler] = {
    "claim": staff_cases.claim,
    "transfer": staff_cases.transfer,
    "release": staff_cases.release,
    "pending": staff_cases.pending,
    "reply": staff_cases.reply,
    "note": staff_cases.note,
    "recall": staff_cases.recall,
    "send_again": staff_cases.send_again,
    "schedule": staff_cases.schedule,
    "resolve": staff_cases.resolve,
    "reopen": staff_cases.reopen,
    "promise": staff_cases.promise,
    "kept": staff_cases.kept,
    "teach": teaching.teach,
}


async def in_conversation(turn: Turn) -> list[Outgoing]:
    """A customer wrote."""
    return await conversation.hear(turn, COMMANDS, STEPS)


async def greet(turn: Turn) -> list[Outgoing]:
    """Somebody opened the shop page."""
    return await welcome.greet(turn)


async def start(turn: Turn) -> list[Outgoing]:
    """A deep link was opened, or the channel's start button pressed."""
    if (code := binding.code_in_link(turn.incoming.payload)) is not None:
        return await binding.bind(turn, code)
    touchpoint = turn.incoming.payload.removeprefix("t_")
    if touchpoint != turn.incoming.payload and (asked := await rating.from_link(turn, touchpoint)):
        await welcome.first_time(turn)
        return asked
    return await welcome.show_menu(turn)


async def edited(turn: Turn) -> list[Outgoing]:
    """A customer changed what they wrote."""
    return await waiting.edited(turn)


async def unknown_button(turn: Turn) -> list[Outgoing]:
    """A button we know nothing of: from before a restore, or forged."""
    _ = turn.gettext
    return [turn.reply(_("This button does not work any more. Please type it to me."))]


async def pressed_before(turn: Turn, name: str, arguments: Sequence[str]) -> list[Outgoing]:
    """A second tap on something that counts once: nothing more happens; a rating says what it was."""
    if name == "rate":
        return await rating.already(turn, int(arguments[0]))
    return []


async def in_staff_chat(turn: Turn) -> list[Outgoing]:
    """A colleague wrote in a group or in private."""
    if (news := await groups.about(turn)) is not None:
        return news
    return await chat.hear(turn, COMMANDS, STAFF_ACTIONS | {"owner": owner_presses.press})

"""/quyen: who works here and who may do what. Every change of a role is confirmed."""

from typing import Any

from care import codes, logins
from care.text import clean
from handlers.messages import Outgoing
from handlers.owner import confirm
from handlers.owner.binding import LINK
from handlers.staff import Refused
from handlers.turn import Turn
from storage import audit, staff
from storage.records import Staff

ADD = ("them", "thêm", "add", "moi", "mời")
CHANGES = {"bo": "leave", "bỏ": "leave", "remove": "leave", "chu": "owner", "chủ": "owner", "owner": "owner",
           "nhanvien": "staff", "staff": "staff", "truong": "lead", "trưởng": "lead", "lead": "lead"}  # fmt: skip


async def command(turn: Turn, rest: str = "") -> list[Outgoing]:
    """/quyen · /quyen thêm Minh · /quyen bỏ 3 · /quyen chủ 3 · /quyen nhanvien 3 · /quyen trưởng 3"""
    if turn.incoming.is_group:
        raise Refused(turn.gettext("Type this to me in private."))
    word, _space, more = rest.strip().partition(" ")
    if not word:
        return await _list(turn)
    if word.lower() in ADD and more.strip():
        return await _add(turn, clean(more)[:60])
    return await _change(turn, CHANGES.get(word.lower(), ""), more.strip().lstrip("#"))


async def _list(turn: Turn) -> list[Outgoing]:
    _ = turn.gettext
    names = {"owner": _("owner"), "staff": _("colleague")}
    lines = [
        f"#{one.id} {one.name} · {names.get(one.role, one.role)}{' · ' + _('lead') if one.lead else ''}"
        for one in await staff.all_active(turn.db)
    ]
    how = _(
        "To take on a colleague: /quyen add Minh\nTo let somebody go: /quyen remove 3\n"
        "To make an owner: /quyen owner 3, a colleague again: /quyen staff 3, a lead: /quyen lead 3"
    )
    return [turn.reply("\n".join([*lines, "", how]), purpose="staff")]


async def _add(turn: Turn, name: str) -> list[Outgoing]:
    """A new colleague, or another chat for one who is here."""
    _ = turn.gettext
    known = [one for one in await staff.all_active(turn.db) if one.name.lower() == name.lower() and one.role == "staff"]
    person = known[0] if known else await staff.add(turn.db, name, "staff", turn.now)
    code = await codes.for_person(turn.db, person, turn.now)
    await _note(turn, "staff.invited", person)
    text = _(
        "%(name)s opens a chat with me within 15 minutes and types:\n/chucuahang %(code)s\n"
        "Or by link: add ?start=%(link)s to my address."
    )
    values = {"name": person.name, "code": code, "link": LINK + code.replace("-", "")}
    return [turn.reply(text % values, purpose="staff")]


async def _change(turn: Turn, what: str, number: str) -> list[Outgoing]:
    _ = turn.gettext
    person = await staff.get(turn.db, int(number)) if number.isdecimal() and len(number) < 9 else None
    if not what or person is None or not person.active:
        raise Refused(_("Whom? Type /quyen to see everybody with their numbers."))
    texts = {
        "leave": _("%(name)s will lose every right and be signed out everywhere."),
        "owner": _("%(name)s will be an owner: they see and change everything."),
        "staff": _("%(name)s will be a colleague without the owner's rights."),
        "lead": _("%(name)s will be told first when a promised time has passed."),
    }
    return await confirm.ask(turn, f"role:{person.id}:{what}", texts[what] % {"name": person.name})


async def changed(turn: Turn, staff_id: str, what: str) -> list[Outgoing]:
    """Carry out a confirmed change."""
    _ = turn.gettext
    person = await staff.get(turn.db, int(staff_id))
    if person is None:
        raise Refused(_("There is no such colleague."))
    owners = [one for one in await staff.all_active(turn.db) if one.role == "owner"]
    if what in ("leave", "staff") and [one.id for one in owners] == [person.id]:
        raise Refused(_("%(name)s is the only owner: make somebody else one first.") % {"name": person.name})
    values: dict[str, dict[str, Any]] = {
        "leave": {"active": False},
        "owner": {"role": "owner"},
        "staff": {"role": "staff"},
        "lead": {"lead": True},
    }
    await staff.change(turn.db, person.id, **values[what])
    if what != "lead":
        await logins.sign_out_everywhere(turn.db, person.id, turn.now)
    await _note(turn, f"staff.{what}", person)
    return [turn.reply(_("Done: %(name)s.") % {"name": person.name}, purpose="staff")]


async def _note(turn: Turn, action: str, person: Staff) -> None:
    who = None if turn.staff is None else turn.staff.id
    await audit.add(turn.db, at=turn.now, staff_id=who, action=action, subject=f"staff:{person.id}")


confirm.ACTS["role"] = changed

"""/baocao and /xuat: how the shop is doing, as words, picture and workbook; everything to take away."""

from care import formats, kpi
from care.cleaning import fold
from care.kpi import Overview
from handlers.messages import Choice, Outgoing
from handlers.owner import confirm
from handlers.staff import Refused
from handlers.turn import Turn

PERIODS = {"": 7, "tuan": 7, "week": 7, "ngay": 1, "hom nay": 1, "day": 1, "today": 1, "thang": 30, "month": 30}


async def command(turn: Turn, rest: str = "") -> list[Outgoing]:
    """/baocao · /baocao hôm nay · /baocao tuần · /baocao tháng"""
    if turn.incoming.is_group:
        raise Refused(turn.gettext("Type this to me in private."))
    return await report(turn, str(PERIODS.get(fold(rest), 7)))


async def report(turn: Turn, days: str) -> list[Outgoing]:
    """The figures of the last days."""
    period = kpi.last_days(int(days), turn.now, turn.zone)
    seen = await kpi.overview(turn.db, turn.shop, period, turn.now)
    before = kpi.from_to(period.first - (period.last - period.first), period.first, turn.zone)
    _ = turn.gettext
    text = words(turn, seen, await kpi.overview(turn.db, turn.shop, before, turn.now))
    wanted = {"kind": "report", "days": int(days), "language": turn.language}
    others = [("1", _("Today")), ("7", _("7 days")), ("30", _("30 days"))]
    choices = [Choice(label, f"owner:report:{n}") for n, label in others if n != days]
    return [
        Outgoing(turn.reply("").to, text, tuple(choices), purpose="staff", extra={"attach": wanted}),
    ]


def words(turn: Turn, seen: Overview, before: Overview) -> str:
    """The report in a few lines."""
    _ = turn.gettext
    span = f"{seen.period.first:%d/%m}–{seen.period.last:%d/%m}"
    unhappy = seen.mix.levels[0] + seen.mix.levels[1]
    parts = [
        _("%(span)s: %(n)s ratings") % {"span": span, "n": seen.mix.total},
        f"CSAT {_rate(turn, seen.mix.csat.rate)}{_change(seen, before)}",
        _("%(n)s unhappy (levels 1–2), %(saved)s won back") % {"n": unhappy, "saved": seen.recovered.part},
    ]
    if seen.first_response is not None:
        about = formats.duration(seen.first_response.working, turn.language)
        parts.append(_("first answer %(time)s (working time)") % {"time": about})
    parts += [
        _("the bot answered %(share)s by itself") % {"share": _rate(turn, seen.questions.solved.rate)},
        _("promises kept %(share)s") % {"share": _rate(turn, seen.promises.rate)},
        _("%(n)s cases open, %(late)s late") % {"n": seen.open.total, "late": seen.open.overdue},
    ]
    weakest = min((one for one in seen.touchpoints if one.mix.total), key=_mean, default=None)
    if weakest is not None:
        values = {"title": weakest.title, "mean": f"{_mean(weakest):.1f}".replace(".", ","), "n": weakest.mix.total}
        parts.append(_("weakest: %(title)s (%(mean)s of 6, %(n)s ratings)") % values)
    return " · ".join(parts)


def _mean(one: kpi.AtTouchpoint) -> float:
    return sum(level * n for level, n in enumerate(one.mix.levels, 1)) / max(one.mix.total, 1)


def _rate(turn: Turn, rate: float | None) -> str:
    return "–" if rate is None else f"{round(rate * 100)} %"


def _change(seen: Overview, before: Overview) -> str:
    if seen.mix.csat.rate is None or before.mix.csat.rate is None:
        return ""
    points = round((seen.mix.csat.rate - before.mix.csat.rate) * 100)
    return f" (▲{points})" if points > 0 else f" (▼{-points})" if points < 0 else ""


async def export(turn: Turn, rest: str = "") -> list[Outgoing]:
    """/xuat: everything the shop keeps, as one workbook; confirmed first."""
    _ = turn.gettext
    if turn.incoming.is_group:
        raise Refused(_("Type this to me in private."))
    text = _("Everything the shop keeps, with customers' names and numbers, comes into this chat as a workbook.")
    return await confirm.ask(turn, "export", text)


async def exported(turn: Turn) -> list[Outgoing]:
    """Carry out a confirmed export."""
    _ = turn.gettext
    to = turn.reply("").to
    return [Outgoing(to, _("Here is everything, as of now."), purpose="staff", extra={"attach": {"kind": "export"}})]


confirm.ACTS["export"] = exported

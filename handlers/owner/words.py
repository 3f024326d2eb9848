"""The commands owners type in private."""

from handlers.commands import Command
from handlers.messages import N_
from handlers.owner import binding, brakes, confirm, groups, people, reports, settings

COMMANDS: tuple[Command, ...] = (
    Command("chucuahang", "customer", binding.bind, binding.HELP, ("owner",), is_secret=True),
    Command("chucuahang", "staff", binding.bind, binding.HELP, ("owner",), is_secret=True),
    Command("baocao", "owner", reports.command, N_("how the shop is doing: today, week, month"), ("report",)),
    Command("nhom", "owner", groups.command, N_("groups of colleagues: bind, choose, let go"), ("groups",)),
    Command("quyen", "owner", people.command, N_("who works here and who may do what"), ("people", "roles")),
    Command("gio", "owner", settings.hours, N_("hours in which people answer"), ("hours",)),
    Command("faq", "owner", settings.faq_command, N_("find, add, change answers"), ()),
    Command("caidat", "owner", settings.dashboard, N_("all settings, on the dashboard"), ("settings",)),
    Command("tamdung", "owner", brakes.pause, N_("hold surveys, reminders and offers"), ("pause",)),
    Command("dungkhan", "owner", brakes.stop, N_("hold everything to customers, at once"), ("emergency",)),
    Command("xuat", "owner", reports.export, N_("everything the shop keeps, as a workbook"), ("export",)),
    Command("xacnhan", "owner", confirm.command, N_("confirm with a code"), ("confirm",)),
)

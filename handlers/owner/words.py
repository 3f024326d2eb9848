"""The commands owners type in private."""

from handlers.commands import Command
from handlers.messages import N_
from handlers.owner import binding, groups

COMMANDS: tuple[Command, ...] = (
    Command("chucuahang", "customer", binding.bind, binding.HELP, ("owner",), is_secret=True),
    Command("chucuahang", "staff", binding.bind, binding.HELP, ("owner",)),
    Command("nhom", "owner", groups.command, N_("groups of colleagues: bind, choose, let go"), ("groups",)),
)

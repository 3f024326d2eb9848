"""The ways to talk with people. One line here, one folder beside it, and its tests: that is a channel."""

# name → module with `create(tools) -> Channel | None` (None: its settings are absent). Loaded only when asked for.
CHANNELS: dict[str, str] = {
    "website": "bot.channels.website",
    "telegram": "bot.channels.telegram",
}

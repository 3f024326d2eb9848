"""The words of the chat widget: what `/chat/config` sends under `texts`, each in the visitor's language."""

from handlers.messages import N_

# Placeholders are filled in the browser: send these texts as the catalog has them.
WIDGET_TEXTS: dict[str, str] = {
    "open": N_("Open the chat"),
    "close": N_("Close the chat"),
    "title": N_("Chat with %(shop)s"),
    "automatic": N_("Automatic assistant"),
    "intro": N_("You are writing with the automatic assistant of %(shop)s. A person is always one tap away."),
    "staff": N_("Talk to staff"),
    "language": N_("Change the language"),
    "log": N_("Conversation"),
    "placeholder": N_("Write a message…"),
    "send": N_("Send"),
    "attach": N_("Attach a picture or a file"),
    "you": N_("You:"),
    "sending": N_("Sending…"),
    "sent": N_("Sent"),
    "failed": N_("Not sent yet. Tap to send again"),
    "edited": N_("edited"),
    "recalled": N_("This message was taken back."),
    "today": N_("Today"),
    "yesterday": N_("Yesterday"),
    "typing": N_("%(name)s is typing"),
    "unread": N_("%(count)s new messages"),
    "dismiss": N_("Hide this message"),
    "offline": N_("You are offline. Your messages are kept and go out when the network is back."),
    "reconnecting": N_("Reconnecting… Your messages are kept."),
    "slow": N_("That was a little fast. Your message goes out in a moment."),
    "uploading": N_("Uploading %(percent)s"),
    "too_big": N_("Larger than %(size)s"),
    "too_many": N_("At most %(count)s files at a time."),
    "bad_type": N_("This kind of file cannot be sent."),
    "upload_failed": N_("The upload did not work."),
    "remove": N_("Remove %(name)s"),
}

"""What a visitor reads when a frame is not taken: what happened and what to do."""

from handlers.messages import N_

ERRORS: dict[str, str] = {
    "key": N_("This chat has ended. A new one is being opened."),
    "unreadable": N_("The message could not be read. Please send it again."),
    "too_fast": N_("That was a lot at once. Please wait a minute, then send it again."),
    "too_many": N_("Too many new chats from this network. Please try again later."),
    "too_long": N_("The message is too long. Please send it in shorter pieces."),
    "too_many_files": N_("Too many files in one message. Please send at most 10 at a time."),
    "file_gone": N_("The file is no longer there. Please attach it again."),
    "file_type": N_("This kind of file cannot be sent. Pictures, videos, sound and PDF work."),
    "file_size": N_("The file is too large. Please send one of at most 10 MB."),
    "empty": N_("There is nothing in this message yet."),
    "busy": N_("The shop's chat is very busy. Your message will be sent again in a moment."),
}

"""The desk's words for states, kinds, steps and reasons. Source texts; each page translates them."""

from handlers.messages import N_

KINDS = {
    "question": N_("Question"),
    "complaint": N_("Complaint"),
    "rescue": N_("Low rating"),
    "staff_complaint": N_("Complaint about staff"),
    "outside": N_("Outside complaint"),
}
STATES = {
    "open": N_("Waiting for a colleague"),
    "claimed": N_("In progress"),
    "pending": N_("Waiting for the customer"),
    "resolved": N_("Resolved"),
    "confirmed": N_("Confirmed by the customer"),
    "reopened": N_("Reopened"),
}
STATE_LOOKS = {
    "open": "warn",
    "claimed": "accent",
    "pending": "info",
    "resolved": "good",
    "confirmed": "good",
    "reopened": "bad",
}
CHANNELS = {
    "website": N_("Website"),
    "telegram": N_("Telegram"),
    "zalo_oa": N_("Zalo"),
    "zalo_bot": N_("Zalo Bot"),
    "messenger": N_("Messenger"),
}
STEPS = {
    "opened": N_("The case was opened"),
    "claimed": N_("%(name)s took the case"),
    "transferred": N_("%(name)s handed the case on"),
    "released": N_("%(name)s put the case back"),
    "pending": N_("%(name)s is waiting for the customer"),
    "resolved": N_("%(name)s resolved the case"),
    "confirmed": N_("The customer confirmed that all is well"),
    "reopened": N_("The case was reopened"),
    "promised": N_("%(name)s promised a time"),
    "taught": N_("%(name)s proposed words for the FAQ"),
    "kept": N_("%(name)s kept the promise"),
    "broken": N_("A promise was broken"),
    "scheduled": N_("%(name)s planned a message for later"),
    "urgent": N_("The case became urgent"),
    "recovered": N_("The customer is content again"),
    "warned": N_("The time is nearly up"),
    "late": N_("The promised time has passed"),
    "escalated": N_("The case went up to the owner"),
    "taken_back": N_("The case went back to everybody: no answer came"),
}
CLOCKS = {
    "first_reply": N_("First answer"),
    "next_reply": N_("Next answer"),
    "resolution": N_("Resolution"),
    "promise": N_("Promise"),
}
REASONS = {
    "unreachable": N_("the customer blocked us or left"),
    "window closed": N_("the channel lets us write only for some time after the customer did"),
    "rejected": N_("the channel does not accept this message"),
    "throttled": N_("the channel asks us to slow down"),
    "channel down": N_("the channel cannot be reached"),
    "no answer": N_("the channel gave no answer"),
    "misconfigured": N_("the channel is not set up right; the owner has to look"),
    "moved": N_("the chat has moved"),
    "its time had passed": N_("its time had passed"),
    "the answer came too late": N_("the answer came too late"),
    "taken back": N_("it was taken back"),
    "recalled": N_("it was taken back"),
    "cancelled": N_("it was cancelled"),
}
OTHER_REASON = N_("the channel reported an error")
FILTERS = {
    "all": N_("All open"),
    "waiting": N_("Unclaimed"),
    "mine": N_("Mine"),
    "resolved": N_("Done"),
}
ASKED = {
    "answered": N_("the bot answered"),
    "suggested": N_("the bot asked what was meant"),
    "unknown": N_("the bot did not know"),
}
OTHER_KIND = N_("Case")
OTHER_CLOCK = N_("Time")
MEDIA = {
    "image": N_("Picture"),
    "photo": N_("Picture"),
    "video": N_("Video"),
    "audio": N_("Sound"),
    "voice": N_("Voice message"),
    "file": N_("File"),
    "sticker": N_("Sticker"),
    "location": N_("Location"),
    "contact": N_("Contact"),
}


def reason(text: str) -> str:
    """The source text for a stored reason such as "unreachable: 403"; details are for the owner's log."""
    key = text.partition(":")[0].strip()
    return REASONS.get(key, OTHER_REASON) if key else ""

"""The dashboard's words. Source texts; each page translates them."""

from handlers.messages import N_

OVERVIEW = N_("Overview")
RATINGS = N_("Ratings")
CASES = N_("Cases")
UNANSWERED = N_("Unanswered questions")
PROPOSALS = N_("Proposed wordings")
FAQ = N_("FAQ")
TOUCHPOINTS = N_("Touchpoints")
SETTINGS = N_("Settings")
STAFF = N_("Staff")
AUDIT = N_("Audit log")
EXPORT = N_("Export")

PHASES = {"before": N_("Before buying"), "during": N_("While buying"), "after": N_("After buying")}
DELIVERY_STATES = {
    "ready": N_("waiting"),
    "sending": N_("on the way"),
    "sent": N_("sent"),
    "failed": N_("failed"),
    "uncertain": N_("uncertain"),
    "cancelled": N_("cancelled"),
    "expired": N_("expired"),
}
DELIVERY_LOOKS = {"sent": "good", "failed": "bad", "uncertain": "warn", "cancelled": "", "expired": ""}
PURPOSES = {
    "reply": N_("Bot's answer"),
    "relay": N_("Colleague's answer"),
    "survey": N_("Rating question"),
    "notice": N_("Notice"),
    "staff": N_("Note to staff"),
    "alert": N_("Alert to the owner"),
    "marketing": N_("Offer"),
}
DONE = {
    "replayed": N_("The events have a fresh start."),
    "saved": N_("Saved. It is live now."),
    "same": N_("Nothing changed."),
    "undone": N_("Taken back."),
    "not_undone": N_("This can no longer be taken back: it was changed again since."),
    "removed": N_("Removed. You can take it back below."),
    "imported": N_("Imported. It is live now."),
    "checked": N_("Noted: checked today."),
    "attached": N_("The wording now belongs to the entry."),
    "ignored": N_("Taken off the list."),
    "approved": N_("Approved. The bot knows it now."),
    "declined": N_("Declined."),
    "hired": N_("The colleague is in. Make a sign-in link for them now."),
    "left": N_("They no longer work here and are signed out everywhere."),
    "back": N_("They work here again."),
    "signed_out": N_("Signed out everywhere."),
    "last_owner": N_("There must always be an owner: make somebody else an owner first."),
}
SHOWS = {
    "active": N_("Open now"),
    "urgent": N_("Urgent"),
    "overdue": N_("Overdue"),
    "recovered": N_("Won back"),
    "replied": N_("Answered"),
    "resolved": N_("Solved"),
    "kept": N_("Kept"),
    "broken": N_("Broken"),
}
FAQ_ACTIONS = {"answered": N_("The bot answers"), "suggested": N_("The bot asks back"), "unknown": N_("The bot passes")}
FAQ_SHOWS = {"stale": N_("Not checked lately"), "weak": N_("Rarely helps"), "off": N_("Off or out of date")}
ROLES = {"staff": N_("Staff member"), "owner": N_("Owner")}
TABLES = {
    "customers": N_("Customers"), "identities": N_("Their accounts on channels"), "conversations": N_("Conversations"),
    "lines": N_("Messages"), "cases": N_("Cases"), "case_events": N_("Steps of cases"), "clocks": N_("Promised times"),
    "surveys": N_("Rating questions"), "ratings": N_("Ratings"), "testimonials": N_("Testimonials"),
    "points": N_("Points"), "faq": N_("FAQ"), "faq_asks": N_("Questions customers asked"),
    "faq_changes": N_("Changes of the FAQ"), "deliveries": N_("Deliveries"), "staff": N_("Staff"),
    "settings": N_("Settings"), "settings_changes": N_("Changes of settings"), "audit": N_("Audit log"),
}  # fmt: skip
ACTIONS = {
    "case.claim": N_("Take the case"),
    "case.transfer": N_("Hand the case on"),
    "case.release": N_("Put back"),
    "case.pending": N_("Wait for the customer"),
    "case.reply": N_("Colleague's answer"),
    "case.note": N_("Internal note"),
    "case.recall": N_("Recall"),
    "case.send_again": N_("Send again"),
    "case.schedule": N_("Send later"),
    "case.promise": N_("Promise a time"),
    "case.kept": N_("Promise kept"),
    "case.resolve": N_("Resolved"),
    "case.reopen": N_("Reopen"),
    "case.teach": N_("Add to the FAQ"),
    "settings.change": N_("changed settings"),
    "faq.change": N_("changed an FAQ entry"),
    "faq.add": N_("added an FAQ entry"),
    "faq.remove": N_("removed an FAQ entry"),
    "faq.import": N_("imported FAQ entries"),
    "faq.export": N_("exported the FAQ"),
    "faq.undo": N_("took back changes of the FAQ"),
    "faq.ignore": N_("took questions off the list"),
    "faq.approve": N_("approved a wording"),
    "faq.decline": N_("declined a wording"),
    "staff.add": N_("took on a colleague"),
    "staff.link": N_("made a sign-in link"),
    "staff.role": N_("changed a role"),
    "staff.lead": N_("changed who leads"),
    "staff.language": N_("changed a colleague's language"),
    "staff.leave": N_("let a colleague go"),
    "staff.return": N_("took a colleague back"),
    "staff.sign_out": N_("signed a colleague out everywhere"),
    "events.replay": N_("replayed events"),
    "export": N_("exported everything"),
}

"""The centre, the rules, who will receive what, the mailbox, and what links in mails open."""

from portal.reminders.views import addresses, centre, mailbox, opened, outlook, rules
from portal.reminders.views.blueprint import bp, open_bp
from portal.reminders.views.opened import left, returned

__all__ = [
    "addresses", "bp", "centre", "left", "mailbox", "open_bp", "opened", "outlook", "returned",
    "rules",
]  # fmt: skip

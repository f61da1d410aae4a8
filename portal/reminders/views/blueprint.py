"""Where the pages of reminders stand."""

from flask import Blueprint

bp = Blueprint("reminders", __name__, url_prefix="/<tenant_slug>")
#: What a link in a mail opens, signed in or not.
open_bp = Blueprint("reminders_open", __name__)

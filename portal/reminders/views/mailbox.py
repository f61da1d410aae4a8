"""The mailbox, where mail does not leave: what was written to whom."""

import uuid

from flask import current_app, render_template
from flask.typing import ResponseReturnValue

from portal.config import Settings
from portal.kit.errors import NotFound
from portal.kit.pages import PER_PAGE, Page, page_number
from portal.reminders import queries
from portal.reminders.views.blueprint import bp
from tenants.access import requires
from tenants.roles import Permission

#: A message is shown as it will be read, and can do nothing: no script, no form, no request.
_SEALED = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'; sandbox allow-top-navigation-by-user-activation"
    ),
    # A sandboxed page has an origin of its own, which any other opener policy refuses to show.
    "Cross-Origin-Opener-Policy": "unsafe-none",
}


@bp.get("/courrier")
@requires(Permission.MAILBOX_READ)
def mailbox() -> ResponseReturnValue:
    _only_where_mail_stays()
    number = page_number()
    rows = queries.mails(limit=PER_PAGE, offset=(number - 1) * PER_PAGE)
    page = Page(rows, number, queries.mail_count())
    return render_template("reminders/mailbox.html", page=page, kept=_settings().smtp_url is None)


@bp.get("/courrier/<uuid:mail_id>")
@requires(Permission.MAILBOX_READ)
def message(mail_id: uuid.UUID) -> ResponseReturnValue:
    _only_where_mail_stays()
    return render_template("reminders/message.html", mail=queries.mail(mail_id))


@bp.get("/courrier/<uuid:mail_id>/html")
@requires(Permission.MAILBOX_READ)
def message_html(mail_id: uuid.UUID) -> ResponseReturnValue:
    """The message as a mail reader shows it."""
    _only_where_mail_stays()
    return queries.mail(mail_id).html, 200, _SEALED


def _only_where_mail_stays() -> None:
    if _settings().smtp_url and not _settings().development:
        raise NotFound


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings

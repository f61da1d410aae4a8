"""The mailbox, where mail does not leave, and who will receive what."""

import uuid

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from portal.config import Settings
from portal.kit import clock
from portal.kit.errors import NotFound
from portal.kit.pages import PER_PAGE, Page, page_number
from portal.reminders import forecast, letter, queries
from tenants import queries as tenancy
from tenants.access import requires
from tenants.http import current_membership, current_tenant
from tenants.roles import Permission

bp = Blueprint("reminders", __name__, url_prefix="/<tenant_slug>")

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


@bp.get("/rappels")
@requires(Permission.MAILBOX_READ)
def upcoming() -> ResponseReturnValue:
    """Who will receive what in the next thirty days."""
    today, now, tenant = clock.today(), clock.now(), current_tenant()
    membership = current_membership()
    listed = not membership.whole_tenant
    reached = tenancy.reached_establishments(membership.id) if listed else None
    notices = forecast.notices(tenant.edition_id, today=today, at=now, establishments=reached)
    say = letter.Words(today, listed=listed)
    return render_template(
        "reminders/upcoming.html",
        notices=[
            (notice, say.line(notice.item), letter.remedy(notice.item, listed=listed))
            for notice in notices
        ],
        team=[] if listed else [p.name for p in queries.recipients(now) if not p.listed],
        listed=listed,
        today=today,
    )


def _only_where_mail_stays() -> None:
    if _settings().smtp_url and not _settings().development:
        raise NotFound


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings

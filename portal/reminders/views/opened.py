"""What links in mails open, signed in or not, and where mail services say what came back."""

import hmac
from datetime import timedelta

from flask import current_app, render_template, request
from flask.typing import ResponseReturnValue

from portal.config import Settings
from portal.kit import bodies, clock, transactions
from portal.kit import returned as reports
from portal.kit.errors import NotFound, Refused
from portal.kit.form import Form
from portal.kit.i18n import gettext
from portal.reminders import centre, declining, later, returns, service, webhook
from portal.reminders.declining import Refusal
from portal.reminders.forms import DelayForm
from portal.reminders.later import Delay
from portal.reminders.views.blueprint import open_bp
from tenants.access import public
from tenants.context import tenant_scope
from tenants.db import db

#: In bytes: a message that came back is within its report.
_LONGEST_REPORT = 1_000_000


@open_bp.get("/rappels/desabonner/<token>")
@public
def leave(token: str) -> ResponseReturnValue:
    """Asks once more: whatever reads mails before people follows every link."""
    return render_template("reminders/leave.html", kinds=_refusal(token).kinds, done=False)


@open_bp.post("/rappels/desabonner/<token>")
@public
def left(token: str) -> ResponseReturnValue:
    """By the page's button or by the mail reader's own (RFC 8058), which sends no token of ours."""
    refusal = _refusal(token)
    with tenant_scope(refusal.tenant_id), transactions.settled():
        service.decline(refusal.user_id, refusal.kinds)
    return render_template("reminders/leave.html", kinds=refusal.kinds, done=True)


@open_bp.post("/courrier/retours")
@bodies.takes(_LONGEST_REPORT)
@public
def returned() -> ResponseReturnValue:
    """What came back, from a mail service (JSON) or as the report itself (``message/rfc822``).

    Where no token is set there is no such address.
    """
    token = _settings().mail_webhook_token
    if not token:
        raise NotFound
    given = request.headers.get("Authorization", "").encode()
    if not hmac.compare_digest(given, f"Bearer {token}".encode()):
        return {"error": gettext("A token is needed here.")}, 401, {"WWW-Authenticate": "Bearer"}
    raw = request.get_data()
    whole = request.mimetype == "message/rfc822"
    if (told := reports.read(raw) if whole else webhook.read(raw)) is None:
        return {"error": gettext("Unreadable: a list of returns is expected.")}, 422
    return {"noted": returns.take(told, at=clock.now())}


@open_bp.get("/rappels/plus-tard/<token>")
@public
def delay(token: str) -> ResponseReturnValue:
    """Asks for a day: whatever reads mails before people follows every link."""
    return _delay_page(_delay(token))


@open_bp.post("/rappels/plus-tard/<token>")
@public
def delayed(token: str) -> ResponseReturnValue:
    """Puts it off until the day that was chosen, or takes that back."""
    asked = _delay(token)
    if request.form.get("undo"):
        with tenant_scope(asked.tenant_id), transactions.settled():
            centre.take_up(asked.user_id, asked.subject, asked.subject_id)
        return _delay_page(asked, undone=True)
    form = Form(DelayForm, request.form)
    if not form.validate():
        return _delay_page(asked, form), 422
    until = form.data["until"] or clock.today() + timedelta(days=form.data["wait"])
    try:
        with tenant_scope(asked.tenant_id), transactions.settled():
            centre.put_off(
                asked.user_id, asked.subject, asked.subject_id,
                until=until, today=clock.today(), at=clock.now(),
            )  # fmt: skip
    except Refused as error:
        form.blame(error)
        return _delay_page(asked, form), error.status
    return _delay_page(asked, until=until)


def _delay_page(asked: Delay, form: Form | None = None, **done: object) -> str:
    """It says what the message said, and nothing that changed since."""
    with tenant_scope(asked.tenant_id):
        told = centre.latest(asked.user_id, asked.subject, asked.subject_id)
        label = told.label if told else None  # out of this scope the row is not there to be read
        db.session.rollback()
    return render_template(
        "reminders/delay.html", label=label, form=form, today=clock.today(), **done
    )


def _delay(token: str) -> Delay:
    if (found := later.read(token)) is None:
        raise NotFound
    return found


def _refusal(token: str) -> Refusal:
    if (found := declining.read(token)) is None:
        raise NotFound
    return found


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings

"""The mailbox, where mail does not leave, and who will receive what."""

import hmac
import uuid

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.config import Settings
from portal.kit import clock, transactions
from portal.kit import returned as reports
from portal.kit.errors import NotFound
from portal.kit.form import Form
from portal.kit.i18n import gettext
from portal.kit.pages import PER_PAGE, Page, page_number
from portal.reminders import declining, forecast, letter, queries, returns, service, webhook
from portal.reminders.declining import Refusal
from portal.reminders.forms import RuleForm
from portal.reminders.models import Kind
from portal.reminders.workdays import Calendar, Zone
from tenants import queries as tenancy
from tenants.access import public, requires
from tenants.context import tenant_scope
from tenants.http import current_actor, current_membership, current_tenant
from tenants.roles import Permission

bp = Blueprint("reminders", __name__, url_prefix="/<tenant_slug>")
#: What a link in a mail opens, signed in or not.
open_bp = Blueprint("reminders_open", __name__)

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


@bp.get("/rappels/reglages")
@requires(Permission.MAILBOX_READ)
def wishes() -> ResponseReturnValue:
    """What the tenant reminds of and whom; what one wants oneself."""
    return _wishes(None)


@bp.post("/rappels/reglages")
@requires(Permission.TENANT_WRITE)
def set_rule() -> ResponseReturnValue:
    form = Form(RuleForm, request.form)
    if not form.validate():
        return _wishes(form), 422
    chosen = dict(form.data)
    service.set_rule(
        current_actor(),
        calendar=Calendar(chosen.pop("calendar")),
        zone=Zone(chosen.pop("zone")),
        opens_at=chosen.pop("opens_at"),
        stages_by_role=chosen,
    )
    flash(gettext("The rules of reminders were saved."))
    return redirect(url_for("reminders.wishes"), 303)


@bp.post("/rappels/les-miens")
@requires(Permission.MAILBOX_READ)
def choose() -> ResponseReturnValue:
    """Every kind that is not ticked is told no more."""
    sent = request.form.getlist("kinds")
    service.choose(current_actor().user_id, wanted=[kind for kind in Kind if kind in sent])
    flash(gettext("Your choice was saved."))
    return redirect(url_for("reminders.wishes"), 303)


def _wishes(form: Form | None) -> str:
    actor = current_actor()
    declined = queries.declined().get(actor.user_id, set())
    return render_template(
        "reminders/wishes.html",
        form=form,
        rule=queries.rule() if current_membership().whole_tenant else None,
        wanted=[kind.value for kind in Kind if kind not in declined],
        actor=actor,
    )


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


@bp.get("/rappels/adresses")
@requires(Permission.TENANT_WRITE)
def addresses() -> ResponseReturnValue:
    """Where reminders are no more sent, and what came back of late."""
    return render_template(
        "reminders/addresses.html", stopped=returns.suppressions(), came_back=returns.recent(50)
    )


@bp.post("/rappels/adresses/<uuid:suppression_id>/reprendre")
@requires(Permission.TENANT_WRITE)
def restore(suppression_id: uuid.UUID) -> ResponseReturnValue:
    address = returns.lift(current_actor(), suppression_id)
    flash(gettext("Reminders are sent to %(address)s again.", address=address))
    return redirect(url_for("reminders.addresses"), 303)


def _refusal(token: str) -> Refusal:
    if (found := declining.read(token)) is None:
        raise NotFound
    return found


def _only_where_mail_stays() -> None:
    if _settings().smtp_url and not _settings().development:
        raise NotFound


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings

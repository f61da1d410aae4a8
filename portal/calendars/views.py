"""« Mon calendrier »: the page that gives the address, and the address itself."""

import hashlib

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import force_locale

from portal.calendars import entries, ical, queries, service
from portal.calendars.forms import FeedForm
from portal.calendars.ical import Cover, Shape
from portal.config import Settings
from portal.kit import clock, limits, tokens, transactions, unsent
from portal.kit.errors import NotFound
from portal.kit.form import Form
from portal.kit.i18n import gettext
from tenants.access import confirmed, public, requires, sent_from
from tenants.context import Reach, Scope, entered, tenant_scope
from tenants.db import db
from tenants.http import current_actor
from tenants.roles import Permission

bp = Blueprint("calendars", __name__, url_prefix="/<tenant_slug>")
#: What calendar software reads: it has no session, and no cookie is set.
open_bp = Blueprint("calendars_open", __name__)


@bp.get("/calendrier")
@requires(Permission.TENANT_READ)
def show() -> ResponseReturnValue:
    return _page(None, unsent.form(FeedForm, "calendars.renew"))


def _page(written: str | None, form: Form) -> str:
    """``written``: the secret that was just made, which nobody can read again later."""
    site = _settings().public_url
    links = {
        shape.value: f"{site}{url_for('calendars_open.feed', token=written, shape=shape.value)}"
        for shape in (Shape if written else ())
    }
    return render_template(
        "calendars/show.html",
        form=form,
        feed=queries.of_person(current_actor().user_id),
        links=links,
        acts=current_actor().may(Permission.ACTION_READ),
    )


@bp.post("/calendrier")
@requires(Permission.TENANT_READ)
@confirmed
@sent_from("calendars.show")
def renew() -> ResponseReturnValue:
    """Said in the answer itself: a secret has no place in a session or in a page's address."""
    form = Form(FeedForm, request.form)
    if not form.validate():
        return _page(None, form), 422
    return _page(service.open_(current_actor(), wide=form.data["wide"]), form)


@bp.post("/calendrier/fermer")
@requires(Permission.TENANT_READ)
def close() -> ResponseReturnValue:
    service.close(current_actor())
    flash(gettext("The address of your calendar opens nothing any more."))
    return redirect(url_for("calendars.show"), 303)


@open_bp.get("/calendrier/<token>/<shape>.ics")
@public
def feed(token: str, shape: str) -> ResponseReturnValue:
    """What its person may see at this moment, read in her own scope.

    Counted before anything is looked for: an address that never was is refused as the others are.
    """
    limits.count("calendar", person=token)
    known = tokens.read(token)
    if known is None or shape not in {one.value for one in Shape}:
        raise NotFound
    content = _content(known, Shape(shape))
    answer = Response(content, content_type=ical.TYPE)
    answer.set_etag(hashlib.sha256(content).hexdigest()[:32])
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.headers["Content-Disposition"] = f'inline; filename="treize-{shape}.ics"'
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer.make_conditional(request)


def _content(known: tokens.Token, shape: Shape) -> bytes:
    with tenant_scope(known.owner_id), transactions.settled():
        found = service.subscriber(known.digest, at=clock.now())
    reader = found.reader
    cover = Cover(f"Treize · {found.provider}", _settings().public_url)
    hers = Scope(
        reader.actor.tenant_id,
        Reach.TENANT if found.whole else Reach.LISTED,
        reader.membership_id,
        reader.actor.user_id,
    )
    with entered(hers), force_locale(found.locale):
        try:
            return ical.written(entries.of(reader), shape, cover)
        finally:
            db.session.rollback()


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings

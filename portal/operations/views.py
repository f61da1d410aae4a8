"""The operator's page on work that waits, and the figures that a monitor asks for."""

import hmac
import uuid

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    g,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from portal.config import Settings
from portal.kit import clock
from portal.kit.errors import NotFound
from portal.kit.form import ids_among
from portal.kit.i18n import gettext, ngettext
from portal.operations import metrics, queries, service
from portal.people import operating
from tenants.access import confirmed, public, sent_from, signed_in

bp = Blueprint("operations", __name__)


@bp.get("/exploitation/travaux")
@signed_in
def work() -> ResponseReturnValue:
    """For operators, by two factors; for others there is no such page."""
    if (elsewhere := _only_operators()) is not None:
        return elsewhere
    now = clock.now()
    rows = queries.backlog(now)
    return render_template(
        "operations/work.html",
        rows=rows,
        unsure=queries.unsure_mail(),
        dead=[row for row in rows if row.state == "dead"],
        oldest=min((row.oldest for row in rows if row.state == "due"), default=None),
        away=min((row.oldest for row in rows if row.state == "away"), default=None),
        counts={
            name: sum(r.number for r in rows if r.state == name) for name in queries.CONDITIONS
        },
        now=now,
    )


@bp.post("/exploitation/travaux/relancer")
@signed_in
@confirmed
@sent_from("operations.work")
def retry() -> ResponseReturnValue:
    if (elsewhere := _only_operators()) is not None:
        return elsewhere
    revived = service.retry(
        _tenant_id(), request.form.get("kind", ""), by=g.user.name, at=clock.now()
    )
    flash(ngettext("%(num)s job retried.", "%(num)s jobs retried.", revived))
    return redirect(url_for("operations.work"), 303)


@bp.get("/metrics")
@public
def figures() -> ResponseReturnValue:
    """Where no token is set there are no figures to be had."""
    settings: Settings = current_app.config["SETTINGS"]
    if not settings.metrics_token:
        raise NotFound
    given = request.headers.get("Authorization", "").encode()
    if not hmac.compare_digest(given, f"Bearer {settings.metrics_token}".encode()):
        return gettext("A token is needed here."), 401, {"WWW-Authenticate": "Bearer"}
    said = metrics.exposition(current_app.extensions["valkey"], at=clock.now())
    return Response(said, content_type=metrics.MEDIA_TYPE)


def _only_operators() -> ResponseReturnValue | None:
    if not operating.is_operator(g.user.id):
        raise NotFound
    if not g.sign_in.strong:
        return redirect(url_for("accounts.second_factor", next=url_for("operations.work")), 303)
    return None


def _tenant_id() -> uuid.UUID:
    given = ids_among([request.form.get("tenant", "")])
    if not given:
        raise NotFound
    return given[0]

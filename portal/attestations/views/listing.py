"""The list of attestations: everybody's in the provider, one's own at an establishment."""

from datetime import datetime

from flask import render_template, request
from flask.typing import ResponseReturnValue

from portal.attestations import making, queries
from portal.attestations.forms import ListForm
from portal.attestations.models import AttestationState
from portal.attestations.queries import ListFilter
from portal.attestations.views.blueprint import HOME, bp
from portal.kit import clock, csvfile
from portal.kit.form import lenient
from portal.kit.i18n import gettext
from portal.kit.pages import Page, is_fragment, page_number
from tenants.access import requires
from tenants.db import AnyRow
from tenants.http import current_actor
from tenants.roles import PROVIDER_ROLES, Permission

_EVERY = 100_000


def _wanted() -> ListFilter:
    given = lenient(ListForm, request.args.to_dict())
    return ListFilter(given["q"], given["establishment"], given["state"], given["year"])


@bp.get(HOME, endpoint="index")
@requires(Permission.ATTESTATION_READ)
def index() -> ResponseReturnValue:
    wanted, number, actor, now = _wanted(), page_number(), current_actor(), clock.now()
    lines = queries.lines(wanted, limit=Page.per_page, offset=(number - 1) * Page.per_page)
    shared = {
        "page": Page(lines, number, queries.count(wanted)),
        "wanted": wanted,
        "actor": actor,
        "query": request.query_string.decode("ascii", "ignore"),
    }
    if is_fragment():
        return render_template("attestations/_list.html", **shared)
    batches = queries.batches() if actor.role in PROVIDER_ROLES else []
    return render_template(
        "attestations/index.html",
        **shared,
        years=[(year, year) for year in queries.years()],
        batches=batches,
        advances=making.advances([each.id for each in batches], now) if batches else {},
        filtered=bool(request.args),
    )


def _head() -> list[str]:
    return [
        gettext("Number"), gettext("Establishment"), gettext("FINESS"), gettext("City"),
        gettext("State"), gettext("Period from"), gettext("Period until"), gettext("As of"),
        gettext("Declared, per cent"), gettext("Proven, per cent"), gettext("Recognised, per cent"),
        gettext("Issued at"), "SHA-256",
    ]  # fmt: skip


@bp.get(f"{HOME}.csv", endpoint="csv")
@requires(Permission.ATTESTATION_READ)
def export() -> ResponseReturnValue:
    """The whole list, not only the page; shares in per cent."""
    rows = (
        [
            line.number, line.name, line.finess, line.city, _state(line),
            line.period_from, line.period_until, line.as_of,
            line.declared_total / 10, line.proven_total / 10, line.recognised_total / 10,
            _minute(line.issued_at), line.pdf_sha256,
        ]
        for line in queries.lines(_wanted(), limit=_EVERY)
    )  # fmt: skip
    return csvfile.attachment("attestations.csv", _head(), rows)


def _state(line: AnyRow) -> str:
    """As the page has it: what was taken back or replaced is not merely issued."""
    states = {
        AttestationState.REQUESTED: gettext("being prepared"),
        AttestationState.READY: gettext("issued"),
        AttestationState.FAILED: gettext("failed"),
    }
    said = states[line.state]
    if line.superseded_at is not None:
        said = gettext("superseded")
    if line.revoked_at is not None:
        said = gettext("revoked")
    return str(said)


def _minute(at: datetime | None) -> str:
    return "" if at is None else at.astimezone(clock.PARIS).isoformat(timespec="minutes")

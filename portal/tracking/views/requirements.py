"""« Exigences »: declare once, see how many scores will move, then say yes."""

import uuid
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.audit import queries as audit
from portal.contracts.models import Part
from portal.contracts.rehearsal import Moves
from portal.guide import loader
from portal.guide.edition import Requirement
from portal.kit import clock, csvfile
from portal.kit.errors import DomainError, NotFound
from portal.kit.form import Form
from portal.kit.i18n import gettext
from portal.kit.pages import Page, page_number
from portal.tracking import bulk, kept, moves, queries, service
from portal.tracking.forms import StatementForm
from portal.tracking.models import Status
from portal.tracking.views.blueprint import bp
from tenants.access import requires
from tenants.db import AnyRow
from tenants.http import current_actor, current_tenant
from tenants.roles import Permission


@bp.get("/exigences", endpoint="requirements")
@requires(Permission.STATEMENT_READ)
def index() -> ResponseReturnValue:
    edition_id = current_tenant().edition_id
    said: dict[str, list[Any]] = {}
    for row in queries.statements(edition_id):
        said.setdefault(row.requirement_code, []).append(row)
    edition = loader.current()
    return render_template(
        "tracking/requirements.html",
        edition=edition,
        said=said,
        spreads=queries.spreads(edition_id, kept.mark()),
    )


@bp.get("/exigences.csv", endpoint="requirements_csv")
@requires(Permission.STATEMENT_READ)
def export() -> ResponseReturnValue:
    by_code = loader.current().by_code
    head = [
        gettext("Code"), gettext("Requirement"), gettext("Question"), gettext("Part"),
        gettext("Offering"), gettext("State"), gettext("Text"), gettext("Reviewed on"),
    ]  # fmt: skip
    parts = {Part.CARRIES: gettext("carries"), Part.SUPPORTS: gettext("contributes")}
    statuses = _status_words()
    rows = (
        [
            row.requirement_code,
            by_code[row.requirement_code].title,
            by_code[row.requirement_code].question,
            parts[row.part],
            row.offering_name,
            statuses[row.status or Status.UNKNOWN],
            row.text,
            row.reviewed_on,
        ]
        for row in queries.statements(current_tenant().edition_id)
    )
    return csvfile.attachment("exigences.csv", head, rows)


def _status_words() -> dict[Status, str]:
    return {
        Status.UNKNOWN: gettext("unanswered"),
        Status.PLANNED: gettext("planned"),
        Status.PARTIAL: gettext("in part"),
        Status.IMPLEMENTED: gettext("in place"),
        Status.ALTERNATIVE: gettext("another measure"),
        Status.NOT_APPLICABLE: gettext("not applicable"),
    }


def _requirement(code: str) -> Requirement:
    if (found := loader.current().by_code.get(code)) is None:
        raise NotFound
    return found


@bp.get("/exigences/<code>", endpoint="requirement")
@requires(Permission.STATEMENT_READ)
def show(code: str) -> ResponseReturnValue:
    return _shown(_requirement(code))


@bp.post("/exigences/<code>/<uuid:offering_id>", endpoint="declare")
@requires(Permission.STATEMENT_WRITE)
def declare(code: str, offering_id: uuid.UUID) -> ResponseReturnValue:
    """Declare for all clients of an offering; with « preview », only say what would move."""
    requirement, form = _requirement(code), Form(StatementForm, request.form)
    if not form.validate():
        # Before telling what the form lacks: another's offering is not even there.
        queries.offered(offering_id, current_tenant().edition_id, code)
        return _shown(requirement, offering_id=offering_id, form=form), 422
    wish = {
        "edition_id": current_tenant().edition_id,
        "offering_id": offering_id,
        "code": code,
        "today": clock.today(),
        **form.data,
    }
    try:
        if "preview" in request.form:
            rehearsed = moves.rehearse(lambda: service.declare(current_actor(), **wish))
            return _shown(requirement, offering_id=offering_id, form=form, rehearsed=rehearsed)
        act, moved = bulk.declare(current_actor(), **wish)
    except DomainError as error:
        form.blame(error)
        return _shown(requirement, offering_id=offering_id, form=form), error.status
    undo = url_for("tracking.undo", act_id=act.id)
    said = gettext("Declared: %(count)s establishments follow.", count=moved)
    flash(said, f"undo:{undo}")
    return redirect(url_for("tracking.requirement", code=code), 303)


@bp.post("/actes/<uuid:act_id>/annuler", endpoint="undo")
@requires(Permission.STATEMENT_WRITE)
def undo(act_id: uuid.UUID) -> ResponseReturnValue:
    act = bulk.undo(current_actor(), act_id=act_id, at=clock.now(), today=clock.today())
    flash(gettext("Undone: everything is as it was before."))
    code = act.summary.get("code")
    if code is None:
        return redirect(url_for("tracking.board"), 303)
    return redirect(url_for("tracking.requirement", code=code), 303)


def _shown(
    requirement: Requirement,
    *,
    offering_id: uuid.UUID | None = None,
    form: Form | None = None,
    rehearsed: Moves | None = None,
) -> str:
    edition_id = current_tenant().edition_id
    rows = queries.statements(edition_id, code=requirement.code)
    ids = [row.statement_id for row in rows if row.statement_id is not None]
    return render_template(
        "tracking/requirement.html",
        requirement=requirement,
        question=loader.current().question(requirement.question),
        rows=rows,
        spread=queries.spread(edition_id, requirement.code),
        exceptions=_exceptions(edition_id, requirement.code),
        events=audit.histories(ids),
        open_offering=offering_id,
        form=form,
        rehearsed=rehearsed,
        today=clock.today(),
        actor=current_actor(),
    )


@dataclass(frozen=True)
class Exceptions(Page[AnyRow]):
    """A page of them, whose links lead to a page to read even when a form is shown again."""

    code: str = ""

    def url(self, number: int) -> str:
        page = number if number > 1 else None
        return url_for("tracking.requirement", code=self.code, page=page, _anchor="exceptions")


def _exceptions(edition_id: str, code: str) -> Exceptions:
    """The asked page, else the first: some may follow again since the link was made."""
    for number in (page_number(), 1):
        start = (number - 1) * Page.per_page
        if rows := queries.exceptions(edition_id, code, limit=Page.per_page, offset=start):
            return Exceptions(rows, number, rows[0].found, code=code)
    return Exceptions([], 1, 0, code=code)

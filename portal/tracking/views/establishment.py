"""« Établissement »: the ring, three figures, thirteen questions, edited in place."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.contracts import queries as contracts
from portal.evidence import queries as evidence
from portal.fleet import queries as fleet
from portal.guide import loader
from portal.kit import clock
from portal.kit.errors import Conflict, DomainError, NotFound
from portal.kit.form import Form
from portal.kit.i18n import gettext
from portal.kit.pages import is_fragment, page_number
from portal.tracking import agenda, objections, service, sheet
from portal.tracking import history as told
from portal.tracking.forms import ExceptionForm, VerdictForm, WithdrawForm, reviewed
from portal.tracking.views.answers import ANY, Answers
from portal.tracking.views.blueprint import bp
from tenants.access import requires
from tenants.db import AnyRow
from tenants.http import current_actor, current_tenant
from tenants.roles import Permission

#: Lapsing proofs listed beside the ring; the questions below tell the rest.
SHOWN = 4
#: How much of a point's history stands below it.
_LATEST = 20


@bp.get("/etablissements/<uuid:establishment_id>", endpoint="establishment")
@requires(Permission.ESTABLISHMENT_READ)
def show(establishment_id: uuid.UUID) -> ResponseReturnValue:
    edition_id, today = current_tenant().edition_id, clock.today()
    head = sheet.head(establishment_id)
    rows = sheet.rows(establishment_id, edition_id)
    by_question: dict[int, list[AnyRow]] = defaultdict(list)
    for row in rows:
        by_question[row.question].append(row)
    edition = loader.current()
    return render_template(
        "tracking/establishment.html",
        establishment=head,
        managing_body=head.managing_body,
        card=head if head.scored else None,
        by_question=by_question,
        contested=objections.of(rows),
        lapsing=_lapsing(rows, today),
        by_code=edition.by_code,
        questions=edition.questions,
        answers=Answers(
            edition.by_code,
            sheet.counting(
                rows, evidence.proofs_of(establishment_id, edition_id=edition_id, today=today)
            ),
            base=url_for("tracking.establishment", establishment_id=establishment_id),
            proof_base=url_for("evidence.show", evidence_id=ANY).removesuffix(str(ANY)),
            today=today,
        ),
        offerings=contracts.active_offerings(establishment_id, today),
        today=today,
        actor=current_actor(),
    )


def _lapsing(rows: Sequence[AnyRow], today: date) -> list[AnyRow]:
    """The proven requirements that lose their last proof within a month, the nearest first."""
    soon = today + agenda.AHEAD
    found = [row for row in rows if row.applies and row.proven and row.proof_until <= soon]
    return sorted(found, key=lambda row: (row.proof_until, row.requirement_code))[:SHOWN]


@bp.get("/etablissements/<uuid:establishment_id>/historique", endpoint="history")
@requires(Permission.TRACKING_READ)
def history(establishment_id: uuid.UUID) -> ResponseReturnValue:
    """Everything that happened to an establishment, or to one of its requirements.

    A code that the guide lacks asks for nothing in particular.
    """
    establishment = fleet.establishment(establishment_id)
    by_code, code = loader.current().by_code, request.args.get("exigence")
    code = code if code in by_code else None
    return render_template(
        "tracking/_history.html" if is_fragment() else "tracking/history.html",
        establishment=establishment,
        page=told.page_of(
            establishment_id, current_tenant().edition_id, code=code, number=page_number()
        ),
        code=code,
        by_code=by_code,
    )


@bp.get("/etablissements/<uuid:establishment_id>/exigences/<code>", endpoint="point")
@requires(Permission.TRACKING_READ)
def requirement(establishment_id: uuid.UUID, code: str) -> ResponseReturnValue:
    """One requirement at one establishment: what is said, what proves it, and the forms."""
    return _shown(establishment_id, code)


@bp.post("/etablissements/<uuid:establishment_id>/exigences/<code>", endpoint="except_here")
@requires(Permission.TRACKING_WRITE)
def make_exception(establishment_id: uuid.UUID, code: str) -> ResponseReturnValue:
    form, today = Form(ExceptionForm, request.form), clock.today()
    if not form.validate():
        return _shown(establishment_id, code, form=form)
    try:
        service.except_(
            current_actor(),
            establishment_id=establishment_id,
            edition_id=current_tenant().edition_id,
            code=code,
            status=form.data["status"],
            note=form.data["note"],
            reviewed_on=reviewed(form.data["reviewed_on"], today),
            version=form.data["version"],
            today=today,
        )
    except DomainError as error:
        form.blame(error)
        return _shown(establishment_id, code, form=form, status=error.status)
    flash(gettext("The exception is written; the other establishments keep what they inherit."))
    return _back(establishment_id, code)


@bp.post(
    "/etablissements/<uuid:establishment_id>/exigences/<code>/retirer", endpoint="inherit_again"
)
@requires(Permission.TRACKING_WRITE)
def withdraw(establishment_id: uuid.UUID, code: str) -> ResponseReturnValue:
    form = Form(WithdrawForm, request.form)
    if not form.validate():
        return _shown(establishment_id, code, form=form)
    service.withdraw_exception(
        current_actor(),
        establishment_id=establishment_id,
        edition_id=current_tenant().edition_id,
        code=code,
        version=form.data["version"],
        today=clock.today(),
    )
    flash(gettext("The exception is withdrawn: the establishment inherits again."))
    return _back(establishment_id, code)


@bp.post("/etablissements/<uuid:establishment_id>/exigences/<code>/avis", endpoint="judge")
@requires(Permission.VERDICT_WRITE)
def judge(establishment_id: uuid.UUID, code: str) -> ResponseReturnValue:
    form = Form(VerdictForm, request.form)
    if not form.validate():
        return _shown(establishment_id, code, verdict_form=form)
    try:
        service.judge(
            current_actor(),
            establishment_id=establishment_id,
            edition_id=current_tenant().edition_id,
            code=code,
            verdict=form.data["verdict"],
            reason=form.data["reason"],
            version=form.data["version"],
            at=clock.now(),
            today=clock.today(),
        )
    except DomainError as error:
        form.blame(error)
        return _shown(establishment_id, code, verdict_form=form, status=error.status)
    flash(gettext("Your view is recorded; your provider sees it."))
    return _back(establishment_id, code)


def _back(establishment_id: uuid.UUID, code: str) -> ResponseReturnValue:
    address = url_for("tracking.establishment", establishment_id=establishment_id, _anchor=code)
    return redirect(address, 303)


def _shown(
    establishment_id: uuid.UUID,
    code: str,
    *,
    form: Form | None = None,
    verdict_form: Form | None = None,
    status: int = 422,
) -> ResponseReturnValue:
    """The requirement's page, or its fragment; a refused form keeps what was typed."""
    if (requirement := loader.current().by_code.get(code)) is None:
        raise NotFound
    edition_id, today = current_tenant().edition_id, clock.today()
    establishment, managing_body = fleet.with_managing_body(establishment_id)
    found = [
        row for row in sheet.rows(establishment_id, edition_id) if row.requirement_code == code
    ]
    if not found:
        raise NotFound
    proofs = evidence.proofs_of(establishment_id, edition_id=edition_id, today=today)
    values: dict[str, Any] = {
        "establishment": establishment,
        "managing_body": managing_body,
        "row": found[0],
        "requirement": requirement,
        "proofs": sheet.counting(found, proofs).get(code, []),
        "past": told.page_of(
            establishment_id, edition_id, code=code, readings=False, per_page=_LATEST
        ),
        "form": form,
        "verdict_form": verdict_form,
        "today": today,
        "actor": current_actor(),
        "conflict": status == Conflict.status,
    }
    refused = form is not None or verdict_form is not None
    template = "tracking/_requirement_edit.html" if is_fragment() else "tracking/point.html"
    return render_template(template, **values), status if refused else 200

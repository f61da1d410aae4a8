"""« Vos réponses »: what is for the establishment to answer, alone or with its provider."""

import uuid

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.contracts.models import Bearer
from portal.evidence import house
from portal.evidence import queries as evidence
from portal.evidence.models import Evidence, State
from portal.guide import loader
from portal.kit import clock
from portal.kit.errors import DomainError, NotFound
from portal.kit.form import Form
from portal.kit.i18n import gettext
from portal.space import plain
from portal.space.forms import AnswerForm
from portal.space.plain import Point, Standing
from portal.space.views.blueprint import bp
from portal.tracking import answering, sheet
from tenants.access import requires
from tenants.http import current_actor, current_tenant
from tenants.roles import Permission


@bp.get("/treize-questions/reponses", endpoint="ours")
@requires(Permission.TRACKING_READ)
def index(establishment_id: uuid.UUID) -> ResponseReturnValue:
    head = sheet.head(establishment_id)
    points = _points(establishment_id)
    answered = [it for it in points if it.standing not in {Standing.UNKNOWN, Standing.MISSING}]
    return render_template(
        "space/ours.html",
        establishment=head,
        left=[it for it in points if it not in answered],
        answered=answered,
        actor=current_actor(),
    )


@bp.get("/treize-questions/reponses/<code>", endpoint="answer")
@requires(Permission.ANSWER_WRITE)
def show(establishment_id: uuid.UUID, code: str) -> ResponseReturnValue:
    return _shown(establishment_id, code)


@bp.post("/treize-questions/reponses/<code>", endpoint="keep_answer")
@requires(Permission.ANSWER_WRITE)
def keep(establishment_id: uuid.UUID, code: str) -> ResponseReturnValue:
    form = Form(AnswerForm, request.form)
    if not form.validate():
        return _shown(establishment_id, code, form), 422
    try:
        act = answering.answer(
            current_actor(),
            establishment_id=establishment_id,
            edition_id=current_tenant().edition_id,
            code=code,
            status=form.data["status"],
            note=form.data["note"],
            reviewed_on=form.data["reviewed_on"] or clock.today(),
            version=form.data["version"],
            at=clock.now(),
            today=clock.today(),
        )
    except DomainError as error:
        form.blame(error)
        return _shown(establishment_id, code, form), error.status
    undo = url_for("space.undo_answer", establishment_id=establishment_id, answer_id=act.id)
    flash(gettext("Your answer is kept; your provider reads it as your word."), f"undo:{undo}")
    return _back(establishment_id)


@bp.post("/reponses/<uuid:answer_id>/annuler", endpoint="undo_answer")
@requires(Permission.ANSWER_WRITE)
def undo(establishment_id: uuid.UUID, answer_id: uuid.UUID) -> ResponseReturnValue:
    answering.undo(
        current_actor(),
        establishment_id=establishment_id,
        answer_id=answer_id,
        at=clock.now(),
        today=clock.today(),
    )
    flash(gettext("Undone: everything is as it was before."))
    return _back(establishment_id)


def _back(establishment_id: uuid.UUID) -> ResponseReturnValue:
    """To the top of the list, where what was done is said and can be undone."""
    return redirect(url_for("space.ours", establishment_id=establishment_id), 303)


def _points(establishment_id: uuid.UUID) -> list[Point]:
    """What the establishment bears at least in part, in the guide's order."""
    rows = sheet.rows(establishment_id, current_tenant().edition_id)
    told = plain.told(loader.current(), rows, clock.today())
    return [
        point
        for question in told
        for point in question.points
        if point.row.bearer is not Bearer.PROVIDER
    ]


def _shows(proof: Evidence) -> bool:
    """Whether it stands among the proofs; what waits, was refused or withdrawn is told apart."""
    return proof.state is State.READY and proof.withdrawn_at is None


def _shown(establishment_id: uuid.UUID, code: str, form: Form | None = None) -> str:
    head, today = sheet.head(establishment_id), clock.today()
    edition_id = current_tenant().edition_id
    rows = sheet.rows(establishment_id, edition_id)
    told = plain.told(loader.current(), rows, today)
    found = [it for question in told for it in question.points if it.requirement.code == code]
    if not found:
        raise NotFound
    proofs = evidence.proofs_of(establishment_id, edition_id=edition_id, today=today)
    return render_template(
        "space/answer.html",
        establishment=head,
        point=found[0],
        proofs=sheet.counting([found[0].row], proofs)[code],
        pending=[it for it in house.proofs(establishment_id, code) if not _shows(it)],
        actor=current_actor(),
        history=answering.answers(establishment_id, code),
        form=form,
        today=today,
    )

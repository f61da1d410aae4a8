"""« Auto-évaluation »: one establishment answers the thirteen questions itself."""

import uuid

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.assessments import evolution, gap, queries, service
from portal.assessments.forms import AnswerForm, OpeningForm, meant
from portal.assessments.views.blueprint import bp
from portal.guide import loader
from portal.kit import clock
from portal.kit.errors import DomainError
from portal.kit.form import Form
from portal.kit.i18n import gettext
from portal.tracking import sheet
from tenants.access import requires
from tenants.http import current_actor, current_tenant
from tenants.roles import Permission

_HERE = "/etablissements/<uuid:establishment_id>/auto-evaluation"


@bp.get(_HERE, endpoint="mine")
@requires(Permission.TRACKING_READ)
def show(establishment_id: uuid.UUID) -> ResponseReturnValue:
    return _shown(establishment_id)


@bp.post(_HERE, endpoint="begin")
@requires(Permission.ASSESSMENT_WRITE)
def begin(establishment_id: uuid.UUID) -> ResponseReturnValue:
    sheet.head(establishment_id)
    form = Form(OpeningForm, request.form)
    if not form.validate():
        return _shown(establishment_id, form=form), 422
    try:
        service.open_one(
            current_actor(),
            establishment_id=establishment_id,
            edition_id=current_tenant().edition_id,
            due_on=form.data["due_on"],
            today=clock.today(),
        )
    except DomainError as error:
        form.blame(error)
        return _shown(establishment_id, form=form), error.status
    return _back(establishment_id)


@bp.post(f"{_HERE}/<int:question>", endpoint="answer")
@requires(Permission.ASSESSMENT_WRITE)
def answer(establishment_id: uuid.UUID, question: int) -> ResponseReturnValue:
    form = Form(AnswerForm, request.form)
    if not form.validate():
        return _shown(establishment_id, form=form, question=question), 422
    answer, level = meant(form.data["choice"])
    try:
        service.answer(
            current_actor(),
            establishment_id=establishment_id,
            question=question,
            answer=answer,
            level=level,
            note=form.data["note"],
            version=form.data["version"],
        )
    except DomainError as error:
        form.blame(error)
        return _shown(establishment_id, form=form, question=question), error.status
    flash(gettext("Your answer is kept; your colleagues see it."))
    return _back(establishment_id, f"q{question}")


@bp.post(f"{_HERE}/rendre", endpoint="submit")
@requires(Permission.VERDICT_WRITE)
def submit(establishment_id: uuid.UUID) -> ResponseReturnValue:
    try:
        service.submit(current_actor(), establishment_id=establishment_id, at=clock.now())
    except DomainError as error:
        form = Form(OpeningForm)
        form.blame(error)
        return _shown(establishment_id, form=form), error.status
    flash(gettext("Your self-assessment is handed in and dated: it changes no more."))
    return _back(establishment_id)


def _back(establishment_id: uuid.UUID, anchor: str | None = None) -> ResponseReturnValue:
    here = url_for("assessments.mine", establishment_id=establishment_id, _anchor=anchor)
    return redirect(here, 303)


def _shown(
    establishment_id: uuid.UUID, *, form: Form | None = None, question: int | None = None
) -> str:
    """``form`` is a refused one, of that ``question`` or of the page as a whole."""
    head = sheet.head(establishment_id)
    draft = queries.draft(establishment_id)
    past = queries.submitted(establishment_id)
    levels = queries.levels(establishment_id)
    latest = levels.get(past[-1].id, {}) if past else {}
    years = evolution.years(past, levels)
    edition = loader.current()
    return render_template(
        "assessments/mine.html",
        establishment=head,
        draft=draft,
        answers=levels.get(draft.id, {}) if draft else {},
        past=past,
        years=years,
        steps=evolution.steps(years),
        means=evolution.means(years),
        scale=evolution.SCALE,
        latest=latest,
        gaps={
            it.number: gap.of(
                latest.get(it.number), head.declared[it.number - 1], head.proven[it.number - 1]
            )
            for it in edition.questions
        }
        if head.scored
        else {},
        edition=edition,
        form=form,
        wrong=question,
        today=clock.today(),
        actor=current_actor(),
    )

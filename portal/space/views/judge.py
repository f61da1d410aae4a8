"""Recognise or contest a whole question: what it covers, then yes; and taking it back."""

import uuid
from contextlib import suppress

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.guide import loader
from portal.kit import clock
from portal.kit.errors import DomainError, NotFound
from portal.kit.form import Form
from portal.kit.i18n import gettext
from portal.space import plain
from portal.space.forms import QuestionForm, versions
from portal.space.views.blueprint import bp
from portal.tracking import judging, sheet
from portal.tracking.models import Verdict
from tenants.access import requires
from tenants.http import current_actor, current_tenant
from tenants.roles import Permission


@bp.get("/treize-questions/<int:question>/avis", endpoint="view_question")
@requires(Permission.VERDICT_WRITE)
def preview(establishment_id: uuid.UUID, question: int) -> ResponseReturnValue:
    """What a view on the whole question would cover."""
    verdict = Verdict.RECOGNISED
    with suppress(ValueError):
        verdict = Verdict(request.args.get("avis", verdict))
    return _shown(establishment_id, question, verdict)


@bp.post("/treize-questions/<int:question>/avis", endpoint="judge_question")
@requires(Permission.VERDICT_WRITE)
def judge(establishment_id: uuid.UUID, question: int) -> ResponseReturnValue:
    form = Form(QuestionForm, request.form)
    if not form.validate():
        return _shown(establishment_id, question, Verdict.RECOGNISED, form), 422
    verdict = form.data["verdict"]
    try:
        act = judging.judge_question(
            current_actor(),
            establishment_id=establishment_id,
            edition_id=current_tenant().edition_id,
            question=question,
            verdict=verdict,
            reason=form.data["reason"],
            versions=versions(form.data["read"]),
            at=clock.now(),
            today=clock.today(),
        )
    except DomainError as error:
        form.blame(error)
        return _shown(establishment_id, question, verdict, form), error.status
    undo = url_for("space.undo_judgement", establishment_id=establishment_id, judgement_id=act.id)
    flash(gettext("Your view is recorded; your provider sees it."), f"undo:{undo}")
    return _back(establishment_id, question)


@bp.post("/avis/<uuid:judgement_id>/annuler", endpoint="undo_judgement")
@requires(Permission.VERDICT_WRITE)
def undo(establishment_id: uuid.UUID, judgement_id: uuid.UUID) -> ResponseReturnValue:
    act = judging.undo(
        current_actor(),
        establishment_id=establishment_id,
        judgement_id=judgement_id,
        at=clock.now(),
        today=clock.today(),
    )
    flash(gettext("Undone: everything is as it was before."))
    return _back(establishment_id, act.question)


def _back(establishment_id: uuid.UUID, question: int) -> ResponseReturnValue:
    anchor = f"q{question}"
    here = url_for("space.thirteen", establishment_id=establishment_id, _anchor=anchor)
    return redirect(here, 303)


def _shown(
    establishment_id: uuid.UUID, question: int, verdict: Verdict, form: Form | None = None
) -> str:
    edition = loader.current()
    if not 1 <= question <= len(edition.questions):
        raise NotFound
    head = sheet.head(establishment_id)
    rows = sheet.rows(establishment_id, current_tenant().edition_id)
    mine = [row for row in rows if row.question == question]
    covered = {row.requirement_code for row in judging.covered(mine, verdict)}
    told = plain.told(edition, mine, clock.today())[question - 1]
    return render_template(
        "space/judge.html",
        establishment=head,
        told=told,
        verdict=verdict,
        covered=[point for point in told.points if point.requirement.code in covered],
        spared=[point for point in told.points if point.requirement.code not in covered],
        form=form,
    )

"""The contests of one establishment: all of them, and one with what is said in it."""

import uuid

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.contests import queries, service
from portal.contests.forms import MessageForm
from portal.contests.views.blueprint import bp
from portal.fleet import queries as fleet
from portal.guide import loader
from portal.kit import clock
from portal.kit.errors import Refused
from portal.kit.form import Form
from portal.kit.i18n import gettext
from tenants.access import requires
from tenants.http import current_actor
from tenants.roles import Permission


@bp.get("", endpoint="index")
@requires(Permission.TRACKING_READ)
def index(establishment_id: uuid.UUID) -> ResponseReturnValue:
    return render_template(
        "contests/index.html",
        establishment=fleet.establishment(establishment_id),
        contests=queries.at_place(establishment_id),
        edition=loader.current(),
    )


@bp.get("/<uuid:contest_id>", endpoint="show")
@requires(Permission.TRACKING_READ)
def show(establishment_id: uuid.UUID, contest_id: uuid.UUID) -> ResponseReturnValue:
    return _shown(establishment_id, contest_id)


@bp.post("/<uuid:contest_id>", endpoint="answer")
@requires(Permission.CONTEST_WRITE)
def answer(establishment_id: uuid.UUID, contest_id: uuid.UUID) -> ResponseReturnValue:
    form = Form(MessageForm, request.form)
    if not form.validate():
        return _shown(establishment_id, contest_id, form), 422
    try:
        service.answer(
            current_actor(),
            establishment_id=establishment_id,
            contest_id=contest_id,
            body=form.data["body"],
            at=clock.now(),
        )
    except Refused as error:
        form.blame(error)
        return _shown(establishment_id, contest_id, form), error.status
    flash(gettext("Your words are sent; the other side reads them here."))
    here = url_for("contests.show", establishment_id=establishment_id, contest_id=contest_id)
    return redirect(here, 303)


def _shown(establishment_id: uuid.UUID, contest_id: uuid.UUID, form: Form | None = None) -> str:
    edition = loader.current()
    contest = queries.contest(establishment_id, contest_id)
    return render_template(
        "contests/show.html",
        establishment=fleet.establishment(establishment_id),
        contest=contest,
        question=edition.question(contest.question),
        messages=queries.messages(contest_id),
        by_code=edition.by_code,
        form=form,
        actor=current_actor(),
    )

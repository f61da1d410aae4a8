"""Taking up what the former provider had left to do."""

import uuid
from collections.abc import Collection

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.fleet import queries as fleet
from portal.guide import loader
from portal.kit import clock
from portal.kit.errors import Refused
from portal.kit.form import Form
from portal.kit.i18n import gettext, ngettext
from portal.leaving import queries, reopening
from portal.leaving.forms import ReopenForm
from tenants.access import requires
from tenants.http import current_actor
from tenants.roles import Permission


@requires(Permission.RECORD_RECEIVE)
def show(prior_id: uuid.UUID) -> ResponseReturnValue:
    return _page(prior_id, None)


def _page(prior_id: uuid.UUID, form: Form | None) -> str:
    prior = queries.kept_one(prior_id)
    return render_template(
        "leaving/reopening.html",
        prior=prior,
        establishment=fleet.establishment(prior.establishment_id),
        left=reopening.left(prior),
        form=form,
        today=clock.today(),
    )


@requires(Permission.RECORD_RECEIVE)
def reopen(prior_id: uuid.UUID) -> ResponseReturnValue:
    queries.kept_one(prior_id)
    form = Form(ReopenForm, request.form)
    if not form.validate():
        return _page(prior_id, form), 422
    chosen: Collection[uuid.UUID] | None = None if form.data["every"] else set(form.data["ids"])
    try:
        made, act_id = reopening.reopen(
            current_actor(), prior_id, chosen, edition=loader.current(), at=clock.now()
        )
    except Refused as error:
        form.blame(error)
        return _page(prior_id, form), error.status
    undo = url_for("leaving.undo_reopening", prior_id=prior_id, act_id=act_id)
    flash(
        ngettext("%(num)s action is in the plan.", "%(num)s actions are in the plan.", made),
        f"undo:{undo}",
    )
    return _back(prior_id)


@requires(Permission.RECORD_RECEIVE)
def undo(prior_id: uuid.UUID, act_id: uuid.UUID) -> ResponseReturnValue:
    queries.kept_one(prior_id)
    stay = reopening.undo(current_actor(), act_id, at=clock.now())
    flash(
        ngettext(
            "Undone, but for %(num)s action that somebody has taken in hand since.",
            "Undone, but for %(num)s actions that somebody has taken in hand since.",
            len(stay),
        )
        if stay
        else gettext("Undone: what was taken up is dropped.")
    )
    return _back(prior_id)


def _back(prior_id: uuid.UUID) -> ResponseReturnValue:
    return redirect(url_for("leaving.reopening", prior_id=prior_id), 303)

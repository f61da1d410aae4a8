"""Taking over what another provider kept: choose the file, see what it would bring, agree, undo."""

import uuid
from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.fleet import queries as fleet
from portal.kit import clock, progress
from portal.kit.bodies import takes
from portal.kit.errors import DomainError, Refused
from portal.kit.form import Form
from portal.kit.i18n import gettext
from portal.kit.pages import is_fragment
from portal.leaving import opening, queries, receiving, words
from portal.leaving.forms import BringForm, KeepForm
from portal.leaving.models import PriorRecord, PriorState
from tenants.access import confirmed, requires, sent_from
from tenants.http import current_actor
from tenants.roles import Permission

_WORKING = frozenset({PriorState.CHECKING, PriorState.EXAMINING})


@requires(Permission.RECORD_RECEIVE)
def choose(establishment_id: uuid.UUID) -> ResponseReturnValue:
    return _choose(establishment_id, None)


def _choose(establishment_id: uuid.UUID, form: Form | None) -> str:
    return render_template(
        "leaving/bring.html",
        establishment=fleet.establishment(establishment_id),
        others=queries.others(establishment_id),
        largest=opening.LARGEST,
        form=form,
    )


@requires(Permission.RECORD_RECEIVE)
@takes(opening.LARGEST)
def bring(establishment_id: uuid.UUID) -> ResponseReturnValue:
    fleet.establishment(establishment_id)
    form = Form(BringForm, request.form)
    form.validate()
    try:
        found = _brought(establishment_id)
    except DomainError as error:
        form.blame(error)
        return _choose(establishment_id, form), error.status
    return redirect(url_for("leaving.brought", prior_id=found.id), 303)


def _brought(establishment_id: uuid.UUID) -> PriorRecord:
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Refused("Choose a file.", field="file")
    return receiving.bring(
        current_actor(), establishment_id, file=file.stream, file_name=file.filename,
        at=clock.now(),
    )  # fmt: skip


@requires(Permission.RECORD_RECEIVE)
def show(prior_id: uuid.UUID) -> ResponseReturnValue:
    """Where it has got, and what it would bring; a page that asks again gets what moves."""
    found = queries.prior(prior_id)
    plan = [it for it in found.plan if "fate" in it]
    return render_template(
        "leaving/_brought.html" if is_fragment() else "leaving/brought.html",
        prior=found,
        establishment=fleet.establishment(found.establishment_id),
        working=found.state in _WORKING,
        advance=progress.of(prior_id),
        now=clock.now(),
        refusal=words.refusal(found.error, found.error_values) if found.error else None,
        held=[it for it in plan if it["fate"] == "held"],
        refused=[
            (it["name"], words.file_refusal(it["reason"])) for it in plan if it["fate"] == "refused"
        ],
        taken=sum(it["fate"] == "taken" for it in plan),
        known=sum(it["known"] for it in plan),
        since=date.fromisoformat(first) if (first := found.counts.get("since")) else None,
    )


@requires(Permission.RECORD_RECEIVE)
def keep(prior_id: uuid.UUID) -> ResponseReturnValue:
    queries.prior(prior_id)
    form = Form(KeepForm, request.form)
    form.validate()
    receiving.keep(
        current_actor(), prior_id, vouched=form.data.get("vouched", False), at=clock.now()
    )
    flash(gettext("The record is taken over: it is read here, with its origin."), "success")
    return redirect(url_for("leaving.prior", prior_id=prior_id), 303)


@requires(Permission.RECORD_RECEIVE)
def retry(prior_id: uuid.UUID) -> ResponseReturnValue:
    receiving.retry(current_actor(), prior_id, at=clock.now())
    return redirect(url_for("leaving.brought", prior_id=prior_id), 303)


@requires(Permission.RECORD_RECEIVE)
def cancel(prior_id: uuid.UUID) -> ResponseReturnValue:
    found = receiving.cancel(current_actor(), prior_id, at=clock.now())
    flash(gettext("Given up: nothing of it was kept."))
    return redirect(url_for("leaving.choose", establishment_id=found.establishment_id), 303)


@requires(Permission.RECORD_RECEIVE)
@confirmed
@sent_from("leaving.prior")
def undo(prior_id: uuid.UUID) -> ResponseReturnValue:
    found = receiving.undo(current_actor(), prior_id, at=clock.now())
    flash(gettext("Undone: nothing of it is left in the record, files included."))
    return redirect(url_for("leaving.choose", establishment_id=found.establishment_id), 303)

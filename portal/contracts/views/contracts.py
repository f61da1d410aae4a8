"""Contracts of one establishment, and contracts for many at once."""

import uuid
from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.contracts import queries, service, signing
from portal.contracts.forms import EndForm, SignForm
from portal.contracts.signals import fleet_filtered
from portal.contracts.signing import Wanted
from portal.fleet import queries as fleet
from portal.kit import clock
from portal.kit.errors import DomainError, Refused
from portal.kit.form import Form, ids_among
from portal.kit.i18n import gettext
from tenants.access import requires
from tenants.http import current_actor
from tenants.roles import Permission


@requires(Permission.CONTRACT_READ)
def here(establishment_id: uuid.UUID) -> ResponseReturnValue:
    return _here(establishment_id)


def _here(
    establishment_id: uuid.UUID,
    *,
    form: Form | None = None,
    end_form: Form | None = None,
    ending: uuid.UUID | None = None,
    overtaken: bool = False,
) -> str:
    establishment, managing_body = fleet.with_managing_body(establishment_id)
    return render_template(
        "contracts/here.html",
        establishment=establishment,
        managing_body=managing_body,
        contracts=queries.contracts_of(establishment_id),
        on_sale=queries.to_sign(),
        form=form,
        end_form=end_form,
        ending=ending,
        overtaken=overtaken,
        today=clock.today(),
        actor=current_actor(),
    )


@requires(Permission.CONTRACT_WRITE)
def sign(establishment_id: uuid.UUID) -> ResponseReturnValue:
    if fleet.establishment(establishment_id).archived_at is not None:
        raise Refused("This establishment is archived: restore it first.")
    form = Form(SignForm, request.form)
    if not form.validate():
        return _here(establishment_id, form=form), 422
    try:
        signed = service.sign(
            current_actor(), _wanted(form, [establishment_id]), note=form.data["note"],
            today=clock.today(),
        )  # fmt: skip
    except DomainError as error:
        form.blame(error)
        return _here(establishment_id, form=form), error.status
    _say_signed(signed)
    return redirect(url_for("contracts.here", establishment_id=establishment_id), 303)


@requires(Permission.CONTRACT_WRITE)
def end(contract_id: uuid.UUID) -> ResponseReturnValue:
    establishment_id = queries.contract(contract_id).establishment_id
    form = Form(EndForm, request.form)
    if not form.validate():
        return _here(establishment_id, end_form=form, ending=contract_id), 422
    seen, ends_on = form.data["seen"], form.data["ends_on"]
    try:
        act_id = service.end(
            current_actor(), contract_id, seen=seen, ends_on=ends_on, today=clock.today()
        )
    except DomainError as error:
        form.blame(error)
        overtaken = isinstance(error, service.EndedMeanwhile)
        told = _here(establishment_id, end_form=form, ending=contract_id, overtaken=overtaken)
        return told, error.status
    flash(
        gettext("The contract's last day is set.") if ends_on else gettext("The contract is open."),
        f"undo:{url_for('contracts.undo', act_id=act_id)}",
    )
    return redirect(url_for("contracts.here", establishment_id=establishment_id), 303)


@requires(Permission.CONTRACT_WRITE)
def remove(contract_id: uuid.UUID) -> ResponseReturnValue:
    establishment_id = queries.contract(contract_id).establishment_id
    act_id = service.remove(current_actor(), contract_id, today=clock.today())
    undo_url = url_for("contracts.undo", act_id=act_id)
    flash(gettext("The contract is removed."), f"undo:{undo_url}")
    return redirect(url_for("contracts.here", establishment_id=establishment_id), 303)


@requires(Permission.CONTRACT_WRITE)
def undo(act_id: uuid.UUID) -> ResponseReturnValue:
    undone = service.undo(current_actor(), act_id, at=clock.now(), today=clock.today())
    if undone.kept:
        flash(
            gettext(
                "Undone. Contracts changed since, and left as they are: %(kept)s.",
                kept=undone.kept,
            )
        )
    else:
        flash(gettext("Undone: everything is as it was before."))
    if len(undone.establishment_ids) == 1:
        (only,) = undone.establishment_ids
        return redirect(url_for("contracts.here", establishment_id=only), 303)
    return redirect(url_for("tracking.board"), 303)


@requires(Permission.CONTRACT_WRITE)
def many() -> ResponseReturnValue:
    """Choose, look, apply: the selection travels in the form, nothing is written before the end."""
    chosen = _chosen() if request.method == "POST" else []
    if len(chosen) > service.MAX_ESTABLISHMENTS:
        raise Refused(
            "At most %(limit)s establishments at a time.", limit=service.MAX_ESTABLISHMENTS
        )
    found = fleet.named(chosen)
    step = request.form.get("step", "")
    if step not in {"preview", "apply"} or not found:
        return _many(found, asked=len(chosen)), 422 if step and not found else 200
    form = Form(SignForm, request.form)
    if not form.validate():
        return _many(found, asked=len(chosen), form=form), 422
    wanted = _wanted(form, [row[0] for row in found])
    try:
        service.check_dates(wanted.starts_on, wanted.ends_on, clock.today())
        if step == "preview":
            shares = signing.shares(wanted)
            return _many(found, asked=len(chosen), form=form, shares=shares)
        signed = service.sign(current_actor(), wanted, note=form.data["note"], today=clock.today())
    except DomainError as error:
        form.blame(error)
        return _many(found, asked=len(chosen), form=form), error.status
    _say_signed(signed)
    return redirect(url_for("tracking.board"), 303)


def _chosen() -> Sequence[uuid.UUID]:
    """The lines ticked on the board, or every line its filter shows."""
    if request.form.get("all"):
        asked = request.form.get("filter", "")[:2000]
        for _receiver, answer in fleet_filtered.send(query=asked):
            return list(answer)
    return ids_among(request.form.getlist("ids"))


def _many(
    found: Sequence[Any],
    *,
    asked: int,
    form: Form | None = None,
    shares: Sequence[signing.Share] | None = None,
) -> str:
    return render_template(
        "contracts/many.html",
        found=found,
        left_aside=asked - len(found),
        on_sale=queries.to_sign(),
        form=form,
        shares=shares,
        today=clock.today(),
    )


def _wanted(form: Form, establishment_ids: Sequence[uuid.UUID]) -> Wanted:
    data = form.data
    return Wanted(establishment_ids, data["offerings"], data["starts_on"], data["ends_on"])


def _say_signed(signed: service.Signed) -> None:
    if signed.act_id is None:
        flash(gettext("Nothing to add: they have these offerings already."))
        return
    flash(
        gettext(
            "Contracts added: %(count)s (establishments: %(establishments)s).",
            count=signed.contracts,
            establishments=signed.establishments,
        ),
        f"undo:{url_for('contracts.undo', act_id=signed.act_id)}",
    )

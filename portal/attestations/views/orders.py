"""Ordering: whom, for which period, and then how far the work has got."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from urllib.parse import parse_qsl

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from portal.attestations import forms, making, queries, retrying, service
from portal.attestations.forms import OrderForm
from portal.attestations.snapshot import Period
from portal.attestations.views.blueprint import HOME, bp
from portal.kit import clock
from portal.kit.errors import DomainError, NotFound
from portal.kit.form import Form
from portal.kit.i18n import ngettext
from portal.kit.pages import is_fragment
from portal.tracking import board
from portal.tracking.forms import board_filter
from tenants.access import requires
from tenants.http import current_actor
from tenants.roles import Permission
from tenants.scoping import new_id

#: Names written out before « and so many more ».
NAMED = 8


@dataclass(frozen=True)
class Selection:
    """Establishments by their ids, or all those that a filter of the board shows."""

    ids: tuple[uuid.UUID, ...] = ()
    filter: str | None = None

    def establishments(self, today: date) -> list[uuid.UUID]:
        if self.filter is None:
            return list(self.ids)
        return list(board.ids(board_filter(dict(parse_qsl(self.filter))), today))


def _selection(given: MultiDict[str, str]) -> Selection:
    if given.get("all"):
        return Selection(filter=given.get("filter", ""))
    return Selection(ids=tuple(forms.ids(given.getlist("ids"))))


@bp.get(f"{HOME}/commander", endpoint="order")
@requires(Permission.ATTESTATION_ISSUE)
def order() -> ResponseReturnValue:
    """The form; without any choice in the address, for all clients."""
    asked = "ids" in request.args or "all" in request.args
    return _form_page(_selection(request.args) if asked else Selection(filter=""))


@bp.post(f"{HOME}/commander", endpoint="order_these")
@requires(Permission.ATTESTATION_ISSUE)
def order_these() -> ResponseReturnValue:
    """The form, for what was ticked on the board: too long for an address.  Writes nothing."""
    return _form_page(_selection(request.form))


@bp.post(HOME, endpoint="create")
@requires(Permission.ATTESTATION_ISSUE)
def create() -> ResponseReturnValue:
    form, selection, today = Form(OrderForm, request.form), _selection(request.form), clock.today()
    if not form.validate():
        return _form_page(selection, form), 422
    try:
        batch = service.order(
            current_actor(),
            batch_id=form.data["batch"],
            establishment_ids=selection.establishments(today),
            period=Period(since=form.data["since"], until=form.data["until"]),
            as_of=today,
            at=clock.now(),
        )
    except DomainError as error:
        form.blame(error)
        return _form_page(selection, form), error.status
    return redirect(url_for("attestations.batch", batch_id=batch.id), 303)


def _form_page(selection: Selection, form: Form | None = None) -> str:
    today = clock.today()
    wanted = selection.establishments(today)
    found = queries.candidates(wanted)
    return render_template(
        "attestations/order.html",
        selection=selection,
        chosen=[each for each in found if each.obstacle is None],
        aside=[each for each in found if each.obstacle is not None],
        missing=len(wanted) - len(found),
        limit=service.MAX_ORDER,
        named=NAMED,
        form=form,
        batch_id=form.typed.get("batch") if form else new_id(),
        since=date(today.year, 1, 1),
        today=today,
    )


@bp.get(f"{HOME}/lots/<uuid:batch_id>", endpoint="batch")
@requires(Permission.ATTESTATION_READ)
def batch(batch_id: uuid.UUID) -> ResponseReturnValue:
    """How far an order has got; the fragment fetches itself again until it is done."""
    now = clock.now()
    if (found := queries.batch(batch_id)) is None:
        raise NotFound
    advance = making.advances([batch_id], now).get(batch_id, making.Advance())
    return render_template(
        "attestations/_batch.html" if is_fragment() else "attestations/batch.html",
        batch=found,
        advance=advance,
        causes=making.troubles(batch_id, now) if advance.failing else [],
        lost=making.unmade(batch_id, now) if advance.lost else [],
        now=now,
        only=queries.documents(batch_id=batch_id) if advance.finished and found.size == 1 else [],
        actor=current_actor(),
    )


@bp.post(f"{HOME}/relancer", endpoint="retry")
@requires(Permission.ATTESTATION_ISSUE)
def retry() -> ResponseReturnValue:
    """All that is not made of an order, or these documents alone."""
    now, back = clock.now(), forms.ids(request.form.getlist("batch"))
    ids: Collection[uuid.UUID] = forms.ids(request.form.getlist("ids"))
    if back and queries.batch(back[0]) is None:
        raise NotFound
    if back and not ids:
        ids = making.to_retry(back[0], now)
    again = retrying.retry(current_actor(), ids, at=now)
    flash(ngettext("%(num)s document is made again.", "%(num)s documents are made again.", again))
    if back:
        return redirect(url_for("attestations.batch", batch_id=back[0]), 303)
    return redirect(url_for("attestations.index"), 303)

"""« Qui fait quoi »: the responsibility table of one establishment."""

import uuid
from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.contracts import bearers
from portal.contracts.bearers import Responsibility
from portal.contracts.forms import BearerForm
from portal.fleet import queries as fleet
from portal.guide import loader
from portal.kit import clock, csvfile
from portal.kit.errors import DomainError, NotFound
from portal.kit.form import Form
from portal.kit.i18n import gettext
from tenants.access import requires
from tenants.http import current_actor, current_tenant
from tenants.roles import Permission


@requires(Permission.CONTRACT_READ)
def show(establishment_id: uuid.UUID) -> ResponseReturnValue:
    return _show(establishment_id)


def _show(establishment_id: uuid.UUID, form: Form | None = None, code: str = "") -> str:
    edition = loader.current()
    establishment, managing_body = fleet.with_managing_body(establishment_id)
    table = bearers.table(establishment, edition, clock.today())
    return render_template(
        "contracts/responsibility.html",
        establishment=establishment,
        managing_body=managing_body,
        table=table,
        counts=_counts([row for rows in table.values() for row in rows]),
        tallies={question: _counts(rows) for question, rows in table.items()},
        edition=edition,
        provider=current_tenant().name,
        form=form,
        open_code=code,
        today=clock.today(),
        actor=current_actor(),
    )


def _counts(rows: Sequence[Responsibility]) -> dict[str, int]:
    """How many requirements that apply fall to whom."""
    counts = {"provider": 0, "shared": 0, "establishment": 0, "outside": 0}
    for row in rows:
        if row.applies:
            counts["outside" if row.outside else row.bearer.value] += 1
    return counts


@requires(Permission.CONTRACT_READ)
def export(establishment_id: uuid.UUID) -> ResponseReturnValue:
    establishment = fleet.establishment(establishment_id)
    table = bearers.table(establishment, loader.current(), clock.today())
    head = [
        gettext("Question"), gettext("Code"), gettext("Requirement"), gettext("Applies"),
        gettext("Borne by"), gettext("Offerings that carry it"), gettext("Offerings that help"),
        gettext("Left to the establishment"), gettext("Reason for the difference"),
    ]  # fmt: skip
    rows = [
        [
            question,
            row.requirement.code,
            row.requirement.title,
            gettext("yes") if row.applies else gettext("no"),
            _bearer_word(row),
            ", ".join(helped.offering for helped in row.helps if helped.part == "carries"),
            ", ".join(helped.offering for helped in row.helps if helped.part == "supports"),
            " ".join(row.remains),
            row.reason,
        ]
        for question, rows in table.items()
        for row in rows
    ]
    name = establishment.finess or str(establishment.id)
    return csvfile.attachment(f"qui-fait-quoi-{name}.csv", head, rows)


def _bearer_word(row: Responsibility) -> str:
    if row.outside:
        return str(gettext("outside the contract"))
    words = {
        "provider": gettext("provider"),
        "shared": gettext("shared"),
        "establishment": gettext("establishment"),
    }
    return str(words[row.bearer.value])


@requires(Permission.CONTRACT_WRITE)
def share(establishment_id: uuid.UUID, code: str) -> ResponseReturnValue:
    edition = loader.current()
    if code not in edition.by_code:
        raise NotFound
    establishment = fleet.establishment(establishment_id)
    form = Form(BearerForm, request.form)
    if not form.validate():
        return _show(establishment_id, form, code), 422
    try:
        bearers.share(
            current_actor(),
            establishment,
            edition,
            code,
            bearer=form.data["bearer"],
            reason=form.data["reason"],
            seen=form.data["seen"],
            today=clock.today(),
        )
    except DomainError as error:
        form.blame(error)
        return _show(establishment_id, form, code), error.status
    flash(gettext("Who does what is up to date for this contract."))
    address = url_for("contracts.responsibility", establishment_id=establishment_id, _anchor=code)
    return redirect(address, 303)

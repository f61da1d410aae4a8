"""« Déposer la suivante »: what takes the place of a proof of the establishment's own."""

import uuid
from collections.abc import Sequence
from contextlib import closing

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.contracts.models import Bearer
from portal.evidence import house, intake, suggesting
from portal.evidence.models import Evidence
from portal.guide import loader
from portal.kit import clock
from portal.kit.bodies import sent_file, takes
from portal.kit.errors import DomainError, Refused
from portal.kit.form import Form
from portal.kit.i18n import gettext
from portal.space import service
from portal.space.forms import ProofForm
from portal.space.views import proofs
from portal.space.views.blueprint import bp
from portal.tracking import sheet
from tenants.access import requires
from tenants.db import AnyRow
from tenants.http import current_actor
from tenants.roles import Permission

_NEXT = "/preuves/<uuid:evidence_id>/suivante"


@bp.get(_NEXT, endpoint="next_proof")
@requires(Permission.PROOF_DEPOSIT)
def show(establishment_id: uuid.UUID, evidence_id: uuid.UUID) -> ResponseReturnValue:
    return _shown(establishment_id, house.proof(establishment_id, evidence_id), None)


@bp.post(_NEXT, endpoint="renew_proof")
@requires(Permission.PROOF_DEPOSIT)
@takes(intake.LIMIT)
def renew(establishment_id: uuid.UUID, evidence_id: uuid.UUID) -> ResponseReturnValue:
    old = house.proof(establishment_id, evidence_id)
    form = Form(ProofForm, request.form)
    if not form.validate():
        return _shown(establishment_id, old, form), 422
    if (sent := sent_file()) is None:
        form.blame(Refused("Choose a file.", field="file"))
        return _shown(establishment_id, old, form), 422
    name = sent.filename or ""
    shared = form.data["shared"] or _is_shared(_rows(establishment_id, old))
    said = {**form.data, "title": form.data["title"] or old.title}
    facts = proofs.said(said, name, service.shown_to(Bearer.ESTABLISHMENT, shared=shared))
    proofs.have_a_key()
    try:
        with closing(sent), intake.receiving(sent.stream, name, sent.mimetype) as given:
            made = service.renew(
                current_actor(),
                loader.current(),
                given,
                facts,
                establishment_id=establishment_id,
                evidence_id=evidence_id,
                today=clock.today(),
            )
    except DomainError as error:
        form.blame(error)
        return _shown(establishment_id, old, form), error.status
    undo = url_for("space.withdraw_proof", establishment_id=establishment_id, evidence_id=made.id)
    told = gettext("The file is deposited: it takes over as soon as it has been examined.")
    flash(told, f"undo:{undo}")
    return redirect(url_for("evidence.show", evidence_id=made.id), 303)


def _rows(establishment_id: uuid.UUID, old: Evidence) -> Sequence[AnyRow]:
    return service.still_hers(establishment_id, loader.current(), old.id)


def _is_shared(rows: Sequence[AnyRow]) -> bool:
    """What is borne with the provider in any part is proven before it."""
    return any(row.bearer == Bearer.SHARED for row in rows)


def _shown(establishment_id: uuid.UUID, old: Evidence, form: Form | None) -> str:
    edition, today = loader.current(), clock.today()
    rows = _rows(establishment_id, old)
    codes = [row.requirement_code for row in rows]
    return render_template(
        "space/renew.html",
        establishment=sheet.head(establishment_id),
        old=old,
        points=[edition.requirement(code) for code in codes],
        shared=_is_shared(rows),
        usual=suggesting.usual(edition, codes, covers_until=None, today=today).until
        if codes
        else None,
        largest=intake.LIMIT,
        form=form,
        today=today,
    )

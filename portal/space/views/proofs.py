"""« Déposer une preuve »: the establishment's own, for what it answers itself."""

import uuid
from contextlib import closing
from pathlib import PurePath
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.evidence import house, intake, suggesting
from portal.evidence.facts import Facts
from portal.evidence.models import Visibility
from portal.guide import loader
from portal.kit import clock, transactions
from portal.kit.bodies import sent_file, takes
from portal.kit.errors import DomainError, Refused
from portal.kit.form import Form
from portal.kit.i18n import gettext
from portal.space import service
from portal.space.forms import ProofForm
from portal.space.views.blueprint import bp
from portal.tracking import queries as tracking
from portal.tracking import sheet
from portal.tracking.models import TrackedRequirement
from portal.vault import queries as vault_queries
from portal.vault import service as vault
from tenants.access import requires
from tenants.context import current_tenant_id, tenant_scope
from tenants.http import current_actor, current_tenant
from tenants.roles import Permission

_POINT = "/treize-questions/reponses/<code>/preuve"
_PROOF = "/preuves/<uuid:evidence_id>"


@bp.get(_POINT, endpoint="new_proof")
@requires(Permission.PROOF_DEPOSIT)
def new(establishment_id: uuid.UUID, code: str) -> ResponseReturnValue:
    return _shown(establishment_id, code, None)


@bp.post(_POINT, endpoint="deposit_proof")
@requires(Permission.PROOF_DEPOSIT)
@takes(intake.LIMIT)
def deposit(establishment_id: uuid.UUID, code: str) -> ResponseReturnValue:
    form = Form(ProofForm, request.form)
    row = _row(establishment_id, code)
    if not form.validate():
        return _shown(establishment_id, code, form), 422
    if (sent := sent_file()) is None:
        form.blame(Refused("Choose a file.", field="file"))
        return _shown(establishment_id, code, form), 422
    name = sent.filename or ""
    visibility = service.shown_to(row.bearer, shared=form.data["shared"])
    facts = said(form.data, name, visibility)
    have_a_key()
    try:
        with closing(sent), intake.receiving(sent.stream, name, sent.mimetype) as given:
            made = service.deposit(
                current_actor(),
                loader.current(),
                given,
                facts,
                establishment_id=establishment_id,
                code=code,
                today=clock.today(),
            )
    except DomainError as error:
        form.blame(error)
        return _shown(establishment_id, code, form), error.status
    flash(gettext("The file is deposited: it proves nothing before it has been examined."))
    return redirect(url_for("evidence.show", evidence_id=made.id), 303)


def said(data: dict[str, Any], name: str, visibility: Visibility) -> Facts:
    """A file without a title is called by its name."""
    return Facts(
        data["title"] or PurePath(intake.clean_name(name)).stem,
        visibility,
        data["covers_from"],
        data["covers_until"],
        data["valid_until"],
    )


def have_a_key() -> None:
    """Have a key to seal with, where nobody ever sealed a file: only the whole tenant makes one."""
    if vault_queries.serving_key() is None:
        tenant_id = current_tenant_id()
        transactions.keep()
        with tenant_scope(tenant_id), transactions.settled():
            vault.serving()


def _row(establishment_id: uuid.UUID, code: str) -> TrackedRequirement:
    return tracking.tracked(establishment_id, current_tenant().edition_id, code)


def _shown(establishment_id: uuid.UUID, code: str, form: Form | None) -> str:
    head, row = sheet.head(establishment_id), _row(establishment_id, code)
    edition, today = loader.current(), clock.today()
    return render_template(
        "space/proof.html",
        establishment=head,
        requirement=edition.requirement(code),
        row=row,
        usual=suggesting.usual(edition, [code], covers_until=None, today=today).until,
        largest=intake.LIMIT,
        form=form,
        today=today,
    )


@bp.post(f"{_PROOF}/confirmer", endpoint="vouch_proof")
@requires(Permission.PROOF_DEPOSIT)
def vouch(establishment_id: uuid.UUID, evidence_id: uuid.UUID) -> ResponseReturnValue:
    """That no resident's data is in it; a box left empty says nothing."""
    house.proof(establishment_id, evidence_id)
    if not request.form.get("sure"):
        flash(gettext("Tick the box to confirm."), "error")
        return _back(evidence_id)
    house.vouch(
        current_actor(),
        establishment_id=establishment_id,
        evidence_id=evidence_id,
        at=clock.now(),
    )
    flash(gettext("The file is confirmed: nothing holds it up any more."))
    return _back(evidence_id)


@bp.post(f"{_PROOF}/essayer", endpoint="retry_proof")
@requires(Permission.PROOF_DEPOSIT)
def retry(establishment_id: uuid.UUID, evidence_id: uuid.UUID) -> ResponseReturnValue:
    house.retry(
        current_actor(),
        establishment_id=establishment_id,
        evidence_id=evidence_id,
        at=clock.now(),
    )
    flash(gettext("A new try begins."))
    return _back(evidence_id)


@bp.post(f"{_PROOF}/retirer", endpoint="withdraw_proof")
@requires(Permission.PROOF_DEPOSIT)
def withdraw(establishment_id: uuid.UUID, evidence_id: uuid.UUID) -> ResponseReturnValue:
    house.withdraw(
        current_actor(),
        establishment_id=establishment_id,
        evidence_id=evidence_id,
        at=clock.now(),
    )
    undo = url_for(
        "space.restore_proof", establishment_id=establishment_id, evidence_id=evidence_id
    )
    flash(gettext("The proof is withdrawn: it no longer proves anything."), f"undo:{undo}")
    return _back(evidence_id)


@bp.post(f"{_PROOF}/retablir", endpoint="restore_proof")
@requires(Permission.PROOF_DEPOSIT)
def restore(establishment_id: uuid.UUID, evidence_id: uuid.UUID) -> ResponseReturnValue:
    house.restore(
        current_actor(),
        establishment_id=establishment_id,
        evidence_id=evidence_id,
        at=clock.now(),
    )
    flash(gettext("The proof proves again."))
    return _back(evidence_id)


def _back(evidence_id: uuid.UUID) -> ResponseReturnValue:
    return redirect(url_for("evidence.show", evidence_id=evidence_id), 303)

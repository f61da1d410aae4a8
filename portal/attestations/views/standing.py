"""One attestation: what it says, what changed, who approved it; and taking it back."""

import uuid

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import fields

from portal.attestations import changes, queries, succession
from portal.attestations.models import Attestation
from portal.attestations.snapshot import Snapshot
from portal.attestations.views.blueprint import HOME, bp
from portal.kit import clock, unsent
from portal.kit.errors import DomainError, NotFound
from portal.kit.form import Form, FormSchema, at_most
from portal.kit.i18n import gettext
from tenants.access import confirmed, requires, sent_from
from tenants.http import current_actor
from tenants.roles import Permission

ONE = f"{HOME}/<uuid:attestation_id>"


class RevokeForm(FormSchema):
    reason = fields.String(required=True, validate=at_most(succession.LONGEST_REASON))


@bp.get(ONE, endpoint="show")
@requires(Permission.ATTESTATION_READ)
def show(attestation_id: uuid.UUID) -> ResponseReturnValue:
    found = queries.attestation(attestation_id)
    return render_template(
        "attestations/show.html",
        it=found,
        place=queries.place(found.establishment_id),
        approval=queries.approval(attestation_id),
        newer=queries.attestation(found.superseded_by) if found.superseded_by else None,
        actor=current_actor(),
    )


@bp.get(f"{ONE}/changements", endpoint="changes")
@requires(Permission.ATTESTATION_READ)
def what_changed(attestation_id: uuid.UUID) -> ResponseReturnValue:
    """Against the one that stood when it was ordered."""
    found = queries.attestation(attestation_id)
    if found.previous_id is None:
        raise NotFound
    before = queries.attestation(found.previous_id)
    return render_template(
        "attestations/changes.html",
        it=found,
        place=queries.place(found.establishment_id),
        found=changes.compare(_snapshot(before), _snapshot(found)),
    )


def _snapshot(attestation: Attestation) -> Snapshot:
    return Snapshot.from_json((attestation.snapshot or "").encode())


@bp.get(f"{ONE}/approuver", endpoint="approve")
@requires(Permission.VERDICT_WRITE)
@confirmed
def approve(attestation_id: uuid.UUID) -> ResponseReturnValue:
    found = queries.attestation(attestation_id)
    place = queries.place(found.establishment_id)
    return render_template("attestations/approve.html", it=found, place=place)


@bp.post(f"{ONE}/approuver", endpoint="approve_this")
@requires(Permission.VERDICT_WRITE)
@confirmed
@sent_from("attestations.approve")
def approve_this(attestation_id: uuid.UUID) -> ResponseReturnValue:
    succession.approve(current_actor(), attestation_id, at=clock.now())
    flash(gettext("The attestation is approved."))
    return redirect(url_for("attestations.show", attestation_id=attestation_id), 303)


@bp.get(f"{ONE}/revoquer", endpoint="revoke")
@requires(Permission.ATTESTATION_ISSUE)
@confirmed
def revoke(attestation_id: uuid.UUID) -> ResponseReturnValue:
    return _revoke_page(attestation_id, unsent.form(RevokeForm, "attestations.revoke_this"))


@bp.post(f"{ONE}/revoquer", endpoint="revoke_this")
@requires(Permission.ATTESTATION_ISSUE)
@confirmed
@sent_from("attestations.revoke")
def revoke_this(attestation_id: uuid.UUID) -> ResponseReturnValue:
    form = Form(RevokeForm, request.form)
    queries.attestation(attestation_id)
    if not form.validate():
        return _revoke_page(attestation_id, form), 422
    try:
        succession.revoke(
            current_actor(), attestation_id, reason=form.data["reason"], at=clock.now()
        )
    except DomainError as error:
        form.blame(error)
        return _revoke_page(attestation_id, form), error.status
    flash(gettext("The attestation is revoked: whoever verifies it is told so."))
    return redirect(url_for("attestations.show", attestation_id=attestation_id), 303)


def _revoke_page(attestation_id: uuid.UUID, form: Form) -> str:
    found = queries.attestation(attestation_id)
    place = queries.place(found.establishment_id)
    return render_template(
        "attestations/revoke.html",
        it=found,
        place=place,
        form=form,
        longest=succession.LONGEST_REASON,
    )

"""One proof: its facts, its links, its file, its end."""

import uuid
from functools import partial

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.audit import queries as audit
from portal.contracts import queries as contracts
from portal.evidence import (
    certificates,
    foreseeing,
    forms,
    holding,
    line,
    linking,
    ownership,
    queries,
    reach,
    service,
)
from portal.evidence.foreseeing import Foreseen
from portal.evidence.forms import EditForm, LinkForm
from portal.evidence.models import Evidence, State
from portal.evidence.views import examining
from portal.guide import loader
from portal.kit import clock
from portal.kit.errors import DomainError, NotFound
from portal.kit.form import Form, ids_among
from portal.kit.handing import File
from portal.kit.i18n import gettext
from portal.vault import sealed
from tenants.access import requires
from tenants.http import current_actor, current_tenant
from tenants.roles import Permission

#: Shown targets; an establishment each, they could be a thousand.
MOST_TARGETS = 200


@requires(Permission.EVIDENCE_READ)
def show(evidence_id: uuid.UUID) -> ResponseReturnValue:
    return _show(evidence_id)


def _show(
    evidence_id: uuid.UUID, form: Form | None = None, foreseen: Foreseen | None = None
) -> str:
    today, actor = clock.today(), current_actor()
    found = queries.evidence(evidence_id)
    targets, versions = queries.targets(evidence_id), line.versions(evidence_id, today)
    writes = actor.may(Permission.EVIDENCE_WRITE)
    ticked = form.typed.get("establishments", []) if form else []
    return render_template(
        "evidence/show.html",
        evidence=found,
        targets=targets[:MOST_TARGETS],
        more=max(0, len(targets) - MOST_TARGETS),
        codes=sorted({code for target in targets for code in target.codes}),
        touched=reach.touched([evidence_id], today).get(evidence_id, 0),
        neighbours=queries.neighbours(found),
        line=versions,
        standing=next(one.standing for one in versions if one.proof.id == evidence_id),
        held=holding.held([evidence_id]).get(evidence_id),
        events=audit.history(evidence_id, limit=50),
        offerings=contracts.on_sale() if writes else [],
        picked=queries.candidates(ids_among(ticked), request.values.get("find", "")),
        form=form,
        foreseen=foreseen,
        edition=loader.current(),
        why=examining.why(found),
        opens=ownership.may_open(actor, found),
        certificates=dict(certificates.choices()),
        actor=actor,
        today=today,
        now=clock.now(),
    )


@requires(Permission.EVIDENCE_READ)
def download(evidence_id: uuid.UUID) -> File:
    """A file that may be read; what waits or was refused may not, by anybody."""
    found = queries.evidence(evidence_id)
    if not ownership.may_open(current_actor(), found):
        raise NotFound
    if found.state is not State.READY or found.file_key is None:
        raise NotFound
    return File(
        found.file_name or "",
        found.file_type or "application/octet-stream",
        partial(sealed.open_plain, found.file_key),
        found.file_size,
    )


@requires(Permission.EVIDENCE_WRITE)
def edit(evidence_id: uuid.UUID) -> ResponseReturnValue:
    return _edit(evidence_id, None)


def _edit(evidence_id: uuid.UUID, form: Form | None) -> str:
    found = ownership.checked(queries.evidence(evidence_id))
    stale = bool(form and form.data and form.data["version"] != found.version)
    typed = form.typed if form else _dates(found)
    return render_template(
        "evidence/edit.html",
        evidence=found,
        form=form,
        stale=stale,
        suggested=forms.suggestion(
            typed, loader.current(), today=clock.today(), served=linking.by_offering(found.id)
        ),
        certificates=certificates.choices(),
    )


def _dates(found: Evidence) -> dict[str, str]:
    """What the end of validity follows from, as a form has it."""
    told = {
        "covers_from": found.covers_from,
        "covers_until": found.covers_until,
        "certificate": found.certificate,
    }
    return {name: str(value) for name, value in told.items() if value}


@requires(Permission.EVIDENCE_WRITE)
def save(evidence_id: uuid.UUID) -> ResponseReturnValue:
    queries.evidence(evidence_id)
    form = Form(EditForm, request.form)
    if request.form.get("suggest"):
        return _edit(evidence_id, form)
    if not form.validate():
        return _edit(evidence_id, form), 422
    try:
        service.edit(
            current_actor(),
            evidence_id,
            forms.said(form.data),
            version=form.data["version"],
            at=clock.now(),
            today=clock.today(),
        )
    except DomainError as error:
        form.blame(error)
        return _edit(evidence_id, form), error.status
    flash(gettext("The proof is saved."))
    return _back(evidence_id)


@requires(Permission.EVIDENCE_WRITE)
def link(evidence_id: uuid.UUID) -> ResponseReturnValue:
    queries.evidence(evidence_id)
    form = Form(LinkForm, request.form)
    if request.form.get("search"):
        return _show(evidence_id, form)
    form.validate()
    if not form.errors and (missing := forms.missing_target(form.data)):
        form.errors[missing[0]] = [missing[1]]
    if form.errors:
        return _show(evidence_id, form), 422
    try:
        if "preview" in request.form:
            return _show(evidence_id, form, _foreseen(evidence_id, form))
        act_id = _linked(evidence_id, form)
    except DomainError as error:
        form.blame(error)
        return _show(evidence_id, form), error.status
    if act_id is None:
        flash(gettext("Nothing to add: this proof serves them already."))
    else:
        flash(gettext("The proof serves more now."), _undo_of(act_id))
    return _back(evidence_id)


def _linked(evidence_id: uuid.UUID, form: Form) -> uuid.UUID | None:
    return service.link(
        current_actor(), loader.current(), evidence_id, forms.aim(form.data), today=clock.today()
    )


def _foreseen(evidence_id: uuid.UUID, form: Form) -> Foreseen:
    def deed() -> list[uuid.UUID]:
        _linked(evidence_id, form)
        return [evidence_id]

    return foreseeing.foresee(
        deed,
        loader.current(),
        forms.aim(form.data),
        evidence_ids=[evidence_id],
        today=clock.today(),
    )


@requires(Permission.EVIDENCE_WRITE)
def unlink(evidence_id: uuid.UUID) -> ResponseReturnValue:
    queries.evidence(evidence_id)
    form = Form(LinkForm, request.form)
    if not form.validate() or forms.missing_target(form.data):
        return _show(evidence_id), 422
    act_id = service.unlink(
        current_actor(),
        evidence_id,
        forms.aim(form.data),
        edition_id=current_tenant().edition_id,
        today=clock.today(),
    )
    if act_id is not None:
        flash(gettext("The proof no longer serves these requirements there."), _undo_of(act_id))
    return _back(evidence_id)


@requires(Permission.EVIDENCE_WRITE)
def undo(act_id: uuid.UUID) -> ResponseReturnValue:
    found = service.undo(current_actor(), act_id, at=clock.now(), today=clock.today())
    flash(gettext("Undone: everything is as it was before."))
    return _back(found.id)


@requires(Permission.EVIDENCE_WRITE)
def withdrawal(evidence_id: uuid.UUID) -> ResponseReturnValue:
    """What withdrawing would leave bare, before it is done."""
    found = ownership.checked(queries.evidence(evidence_id))
    lost = service.loss(evidence_id, edition_id=current_tenant().edition_id, today=clock.today())
    return render_template("evidence/withdraw.html", evidence=found, lost=lost)


@requires(Permission.EVIDENCE_WRITE)
def withdraw(evidence_id: uuid.UUID) -> ResponseReturnValue:
    service.withdraw(current_actor(), evidence_id, at=clock.now(), today=clock.today())
    restore_url = url_for("evidence.restore", evidence_id=evidence_id)
    flash(gettext("The proof is withdrawn: it no longer proves anything."), f"undo:{restore_url}")
    return _back(evidence_id)


@requires(Permission.EVIDENCE_WRITE)
def restore(evidence_id: uuid.UUID) -> ResponseReturnValue:
    service.restore(current_actor(), evidence_id, at=clock.now(), today=clock.today())
    flash(gettext("The proof proves again."))
    return _back(evidence_id)


def _back(evidence_id: uuid.UUID) -> ResponseReturnValue:
    return redirect(url_for("evidence.show", evidence_id=evidence_id), 303)


def _undo_of(act_id: uuid.UUID) -> str:
    return f"undo:{url_for('evidence.undo', act_id=act_id)}"

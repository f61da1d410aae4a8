"""« Demandes de pièces »: asking somebody outside for a file, and answering what comes."""

import uuid
from datetime import timedelta
from typing import Any

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from portal.collecting import correcting, delivery, following, forms, letter, queries, service
from portal.collecting import recurring_queries as collections
from portal.collecting.forms import AgainForm, AskForm, NextForm, RefusalForm
from portal.collecting.models import FileRequest
from portal.contracts import queries as contracts
from portal.evidence import certificates, linking
from portal.evidence import forms as evidence_forms
from portal.evidence import queries as evidence
from portal.evidence.forms import AddForm
from portal.guide import loader
from portal.kit import clock, limits
from portal.kit.errors import DomainError
from portal.kit.form import Form, ids_among
from portal.kit.i18n import gettext
from portal.kit.pages import PER_PAGE, Page, page_number
from tenants.access import requires
from tenants.http import current_actor
from tenants.roles import Permission

#: How long is proposed to whoever asks.
_USUAL = timedelta(days=21)
#: The link, told on the very next page and nowhere afterwards.
_TOLD = "deposit_link"
#: What came proves by itself, in nobody's place.
_OWN = "own"


@requires(Permission.EVIDENCE_WRITE)
def index() -> ResponseReturnValue:
    number = page_number()
    lines = queries.lines(offset=(number - 1) * PER_PAGE, limit=PER_PAGE)
    page = Page(lines, number, queries.count())
    return render_template(
        "collecting/index.html",
        page=page,
        delays=delivery.delayed(line.request for line in lines),
        today=clock.today(),
    )


@requires(Permission.EVIDENCE_WRITE)
def new() -> ResponseReturnValue:
    return _new(None, request.args.get("code", ""), request.args.get("replaces", ""))


def _new(form: Form | None, code: str = "", replaces: str = "") -> str:
    edition, today = loader.current(), clock.today()
    codes = form.typed.get("codes", []) if form else [code]
    old = ids_among([form.typed.get("replaces", "") if form else replaces])
    return render_template(
        "collecting/new.html",
        form=form,
        codes=[one for one in codes if one in edition.by_code],
        old=evidence.evidence(old[0]) if old else None,
        offerings=contracts.on_sale(),
        edition=edition,
        due_on=today + _USUAL,
        latest=today + service.LONGEST,
        today=today,
    )


@requires(Permission.EVIDENCE_WRITE)
def ask() -> ResponseReturnValue:
    form, actor = Form(AskForm, request.form), current_actor()
    if not form.validate():
        return _new(form), 422
    if form.data["to_email"]:
        limits.count("invite", person=str(actor.user_id), tenant=str(actor.tenant_id))
    try:
        row = service.ask(
            actor, loader.current(), forms.asked(form.data), at=clock.now(), today=clock.today()
        )
    except DomainError as error:
        form.blame(error)
        return _new(form), error.status
    return _handed_over(row)


def _handed_over(row: FileRequest) -> ResponseReturnValue:
    """By mail, else by a link that the next page tells once."""
    if row.to_email:
        flash(gettext("The request leaves by mail."))
    elif made := service.new_link(row.id, clock.today()):
        session[_TOLD] = [str(row.id), letter.link(made[1])]
    return _back(row.id)


@requires(Permission.EVIDENCE_WRITE)
def show(file_request_id: uuid.UUID) -> ResponseReturnValue:
    return _show(file_request_id, None)


def _show(request_id: uuid.UUID, form: Form | None) -> str:
    row, edition = queries.request(request_id), loader.current()
    told = session.pop(_TOLD, None)
    typed: dict[str, Any] = form.typed if form else {}
    # A form that follows a proof did not ask what it proves: beside it, the same is proposed.
    given = typed if "level" in typed else {**_proposed(row), **typed}
    head = following.head(row.replaces_id)
    codes = [code for code in given.get("codes", []) if code in edition.by_code]
    return render_template(
        "collecting/show.html",
        row=row,
        link=told[1] if told and told[0] == str(row.id) else None,
        delay=delivery.delayed([row]).get(row.id),
        now=clock.now(),
        came=evidence.evidence(row.evidence_id) if row.evidence_id else None,
        old=evidence.evidence(row.replaces_id) if row.replaces_id else None,
        head=head,
        form=form,
        given=given,
        codes=codes,
        picked=evidence.candidates(
            ids_among(given.get("establishments", [])), request.values.get("find", "")
        ),
        offerings=contracts.on_sale(),
        certificates=certificates.choices(),
        suggested=evidence_forms.suggestion(
            given,
            edition,
            today=clock.today(),
            served=linking.by_offering(head.id) if head and given.get("follows") != _OWN else None,
        ),
        edition=edition,
        again_on=clock.today() + _USUAL,
        latest=clock.today() + service.LONGEST,
        today=clock.today(),
    )


def _proposed(row: FileRequest) -> dict[str, Any]:
    """For whom it was asked; a collection may have asked for one establishment.

    One that was to follow a proof may serve the same beside it.
    """
    if row.replaces_id is not None:
        return following.served(row.replaces_id)
    collection = collections.of_request(row.id)
    place = collection.establishment_id if collection else None
    level = "establishment" if place else "offering" if row.offering_id else "tenant"
    return {
        "codes": row.codes,
        "level": level,
        "offering": str(row.offering_id or ""),
        "establishments": [str(place)] if place else [],
    }


@requires(Permission.EVIDENCE_WRITE)
def again(file_request_id: uuid.UUID) -> ResponseReturnValue:
    found, actor = queries.request(file_request_id), current_actor()
    form = Form(AgainForm, request.form)
    if not form.validate():
        return _show(file_request_id, form), 422
    if found.to_email:
        limits.count("invite", person=str(actor.user_id), tenant=str(actor.tenant_id))
    try:
        row = correcting.ask_again(
            actor,
            file_request_id,
            due_on=form.data["due_on"],
            to_email=form.data["to_email"],
            at=clock.now(),
            today=clock.today(),
        )
    except DomainError as error:
        form.blame(error)
        return _show(file_request_id, form), error.status
    return _handed_over(row)


@requires(Permission.EVIDENCE_WRITE)
def revoke(file_request_id: uuid.UUID) -> ResponseReturnValue:
    service.revoke(current_actor(), file_request_id, at=clock.now())
    flash(gettext("The link opens nothing any more."))
    return _back(file_request_id)


@requires(Permission.EVIDENCE_WRITE)
def accept(file_request_id: uuid.UUID) -> ResponseReturnValue:
    row = queries.request(file_request_id)
    own = row.replaces_id is None or request.form.get("follows") == _OWN
    form = Form(AddForm if own else NextForm, request.form)
    if request.form.get("search") or request.form.get("suggest"):
        return _show(file_request_id, form)
    form.validate()
    if not form.errors and own:
        missing = evidence_forms.missing_target(form.data)
        form.errors |= {missing[0]: [missing[1]]} if missing else {}
    if form.errors:
        return _show(file_request_id, form), 422
    try:
        made = service.accept(
            current_actor(),
            loader.current(),
            file_request_id,
            evidence_forms.said(form.data, fallback_title=row.title),
            evidence_forms.aim(form.data) if own else None,
            follows=None if own else form.data["follows"],
            at=clock.now(),
            today=clock.today(),
        )
    except DomainError as error:
        form.blame(error)
        return _show(file_request_id, form), error.status
    flash(gettext("The proof is on the shelf."))
    return redirect(url_for("evidence.show", evidence_id=made), 303)


@requires(Permission.EVIDENCE_WRITE)
def refuse(file_request_id: uuid.UUID) -> ResponseReturnValue:
    queries.request(file_request_id)
    form = Form(RefusalForm, request.form)
    if not form.validate():
        return _show(file_request_id, form), 422
    try:
        service.refuse(current_actor(), file_request_id, reason=form.data["reason"], at=clock.now())
    except DomainError as error:
        form.blame(error)
        return _show(file_request_id, form), error.status
    flash(gettext("The file is refused. You may ask for another one."))
    return _back(file_request_id)


def _back(request_id: uuid.UUID) -> ResponseReturnValue:
    return redirect(url_for("collecting.show", file_request_id=request_id), 303)

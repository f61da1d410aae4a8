"""« Collectes »: the proofs that come back, who brings each, and when."""

import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.audit import queries as audit
from portal.collecting import delivery, recurring, rounds, skipping
from portal.collecting import queries as requests
from portal.collecting import recurring_forms as forms
from portal.collecting import recurring_queries as queries
from portal.collecting.models import Collection, Collector, Pace, RequestState
from portal.collecting.recurring import Aim
from portal.collecting.recurring_forms import ChangeForm, NewForm, SkipForm
from portal.contracts import queries as contracts
from portal.evidence import queries as evidence
from portal.fleet import queries as fleet
from portal.guide import loader
from portal.kit import clock, limits
from portal.kit.delays import Delay
from portal.kit.errors import DomainError, NotFound
from portal.kit.form import Form, ids_among
from portal.kit.i18n import gettext
from tenants import queries as tenancy
from tenants.access import requires
from tenants.db import AnyRow
from tenants.http import current_actor, current_membership
from tenants.roles import Permission


@requires(Permission.COLLECTION_WRITE)
def new() -> ResponseReturnValue:
    given = {name: request.args.get(name, "") for name in ("code", "offering", "establishment")}
    return _new(None, given)


def _new(form: Form | None, given: dict[str, Any]) -> str:
    actor, edition, today = current_actor(), loader.current(), clock.today()
    places = _places(given)
    codes = _choosable(places, today)
    code = given.get("code", "")
    return render_template(
        "collections/new.html",
        form=form,
        given=given,
        places=places,
        places_named=[(place.id, place.name) for place in places],
        codes=codes,
        chosen=edition.by_code.get(code) if code in codes else None,
        offerings=[] if recurring.is_house(actor) else contracts.on_sale(),
        **_offered(today),
    )


def _places(given: dict[str, Any]) -> list[Any]:
    """For an establishment's people, theirs; for the provider, the one its address names."""
    if recurring.is_house(current_actor()):
        return list(fleet.named(tenancy.reached_establishments(current_membership().id)))
    ids = ids_among([given.get("establishment", "")])
    return [fleet.establishment(place) for place in ids]


def _choosable(places: list[Any], today: Any) -> list[str]:
    edition = loader.current()
    if not recurring.is_house(current_actor()):
        return list(edition.by_code)
    own = {code for place in places for code in recurring.own_codes(place.id, edition, today)}
    return [code for code in edition.by_code if code in own]


def _offered(today: Any) -> dict[str, Any]:
    """What the fields about how often and from whom show."""
    actor = current_actor()
    return {
        "edition": loader.current(),
        "house": recurring.is_house(actor),
        "colleagues": queries.colleagues(actor, clock.now()),
        "me": actor.user_id,
        "first_on": today + rounds.AHEAD,
        "latest": today + recurring.FURTHEST,
        "most": recurring.MOST_MONTHS,
        "today": today,
    }


@requires(Permission.COLLECTION_WRITE)
def set_up() -> ResponseReturnValue:
    form, edition = Form(NewForm, request.form), loader.current()
    if not form.validate():
        return _new(form, form.typed), 422
    aim = forms.aim(form.data)
    _count_mail(form.data)
    try:
        row = recurring.set_up(
            current_actor(),
            edition,
            aim,
            forms.terms(form.data, fallback_title=_usual_title(aim)),
            at=clock.now(),
            today=clock.today(),
        )
    except DomainError as error:
        form.blame(error)
        return _new(form, form.typed), error.status
    stop = url_for("collections.stop", collection_id=row.id)
    flash(gettext("The collection is set up."), f"undo:{stop}")
    return _back(row.id)


def _usual_title(aim: Aim) -> str:
    found = loader.current().by_code.get(aim.code)
    return found.title if found else ""


@requires(Permission.EVIDENCE_READ)
def show(collection_id: uuid.UUID) -> ResponseReturnValue:
    return _show(collection_id, None)


def _show(collection_id: uuid.UUID, form: Form | None) -> str:
    today, row = clock.today(), queries.collection(collection_id)
    line = queries.line(collection_id, today)
    return render_template(
        "collections/show.html",
        row=row,
        line=line,
        state=queries.state_of(line, today),
        opens=rounds.opens_on(row.due_on, row.months),
        proof=_proof(row),
        delay=_delay(line),
        now=clock.now(),
        turns=queries.turns(collection_id),
        events=audit.history(collection_id, limit=50),
        mine=_changes(row),
        form=form,
        edition=loader.current(),
        actor=current_actor(),
        today=today,
    )


def _proof(row: Collection) -> Any:
    """What proves today, unless it is not for whoever reads."""
    try:
        return evidence.evidence(row.evidence_id) if row.evidence_id else None
    except NotFound:
        return None


def _delay(line: AnyRow) -> Delay | None:
    """What keeps the message to the supplier, for who may see what is asked of her."""
    if line.request_state is not RequestState.OPEN:
        return None
    asked = requests.request(line.file_request_id)
    return delivery.delayed([asked]).get(asked.id)


def _changes(row: Collection) -> bool:
    actor = current_actor()
    return actor.may(Permission.COLLECTION_WRITE) and row.house == recurring.is_house(actor)


@requires(Permission.COLLECTION_WRITE)
def edit(collection_id: uuid.UUID) -> ResponseReturnValue:
    return _edit(collection_id, None)


def _edit(collection_id: uuid.UUID, form: Form | None) -> str:
    row = queries.collection(collection_id)
    return render_template(
        "collections/edit.html",
        row=row,
        requirement=loader.current().by_code.get(row.requirement_code),
        stale=bool(form and form.data and form.data["version"] != row.version),
        form=form,
        **_offered(clock.today()),
    )


@requires(Permission.COLLECTION_WRITE)
def change(collection_id: uuid.UUID) -> ResponseReturnValue:
    row = queries.collection(collection_id)
    form = Form(ChangeForm, request.form)
    if not form.validate():
        return _edit(collection_id, form), 422
    _count_mail(form.data)
    try:
        changed = recurring.change(
            current_actor(),
            loader.current(),
            collection_id,
            forms.terms(form.data, fallback_title=row.title),
            version=form.data["version"],
            at=clock.now(),
            today=clock.today(),
        )
    except DomainError as error:
        form.blame(error)
        return _edit(collection_id, form), error.status
    flash(gettext("The collection is saved."), _undoing(changed))
    return _back(collection_id)


@requires(Permission.COLLECTION_WRITE)
def skip(collection_id: uuid.UUID) -> ResponseReturnValue:
    queries.collection(collection_id)
    form = Form(SkipForm, request.form)
    if not form.validate():
        return _show(collection_id, form), 422
    try:
        skipped = skipping.skip(
            current_actor(),
            collection_id,
            reason=form.data["reason"],
            at=clock.now(),
            today=clock.today(),
        )
    except DomainError as error:
        form.blame(error)
        return _show(collection_id, form), error.status
    flash(gettext("This turn is skipped; the next one comes in its time."), _undoing(skipped))
    return _back(collection_id)


def _undoing(row: Collection) -> str:
    undo = url_for("collections.undo", collection_id=row.id, version=row.version)
    return f"undo:{undo}"


def _count_mail(*terms: Mapping[str, Any]) -> None:
    """Raises ``limits.TooMany``: a supplier may be asked at once, and again at each change.

    In the provider's name, as by a request for a file, and by the same count.
    """
    if any(it["collector"] == Collector.SUPPLIER and it["to_email"] for it in terms):
        actor = current_actor()
        limits.count("invite", person=str(actor.user_id), tenant=str(actor.tenant_id))


def _terms(row: Collection) -> Mapping[str, Any]:
    return {"collector": row.collector, "to_email": row.to_email}


@requires(Permission.COLLECTION_WRITE)
def undo(collection_id: uuid.UUID, version: int) -> ResponseReturnValue:
    row = queries.collection(collection_id)
    _count_mail(_terms(row), row.before or _terms(row))
    skipping.undo(
        current_actor(), collection_id, version=version, at=clock.now(), today=clock.today()
    )
    flash(gettext("Undone: everything is as it was before."))
    return _back(collection_id)


@requires(Permission.COLLECTION_WRITE)
def pause(collection_id: uuid.UUID) -> ResponseReturnValue:
    _move(collection_id, Pace.PAUSED)
    flash(
        gettext("The collection is paused: nothing is asked meanwhile."), _resuming(collection_id)
    )
    return _back(collection_id)


@requires(Permission.COLLECTION_WRITE)
def resume(collection_id: uuid.UUID) -> ResponseReturnValue:
    _count_mail(_terms(queries.collection(collection_id)))
    _move(collection_id, Pace.RUNNING)
    pausing = url_for("collections.pause", collection_id=collection_id)
    flash(gettext("The collection goes on."), f"undo:{pausing}")
    return _back(collection_id)


@requires(Permission.COLLECTION_WRITE)
def stop(collection_id: uuid.UUID) -> ResponseReturnValue:
    _move(collection_id, Pace.STOPPED)
    flash(gettext("The collection is stopped. Its past turns stay."), _resuming(collection_id))
    return _back(collection_id)


def _move(collection_id: uuid.UUID, pace: Pace) -> None:
    recurring.move(current_actor(), collection_id, pace, at=clock.now(), today=clock.today())


def _resuming(collection_id: uuid.UUID) -> str:
    return f"undo:{url_for('collections.resume', collection_id=collection_id)}"


def _back(collection_id: uuid.UUID) -> ResponseReturnValue:
    return redirect(url_for("collections.show", collection_id=collection_id), 303)

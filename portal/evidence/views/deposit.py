"""Depositing a proof, and the next of an existing one."""

import hashlib
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import PurePath
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.contracts import queries as contracts
from portal.evidence import (
    batches,
    certificates,
    foreseeing,
    forms,
    intake,
    linking,
    ownership,
    queries,
    service,
)
from portal.evidence import facts as facts_of
from portal.evidence.facts import Content
from portal.evidence.foreseeing import Foreseen
from portal.evidence.forms import AddForm, ContentForm, LinkManyForm
from portal.evidence.models import Evidence, Kind, State
from portal.evidence.views import batch
from portal.guide import loader
from portal.kit import clock
from portal.kit.bodies import sent_file, takes
from portal.kit.errors import DomainError, Refused
from portal.kit.form import Form, ids_among
from portal.kit.i18n import gettext
from portal.kit.pages import is_fragment
from tenants.access import requires
from tenants.http import current_actor
from tenants.roles import Permission


@requires(Permission.EVIDENCE_WRITE)
def new() -> ResponseReturnValue:
    return _new(None, _prefilled())


def _prefilled() -> dict[str, Any]:
    """What the address already says: a requirement, an offering or an establishment."""
    code, offering = request.args.get("code", ""), request.args.get("offering", "")
    establishment = request.args.get("establishment", "")
    level = "establishment" if establishment else "offering" if offering else "tenant"
    return {
        "codes": [code] if code in loader.current().by_code else [],
        "level": level,
        "offering": offering,
        "establishments": [establishment] if establishment else [],
    }


@requires(Permission.EVIDENCE_WRITE)
@takes(intake.LIMIT)
def add() -> ResponseReturnValue:
    form = Form(AddForm, request.form)
    if _asks_again():
        return _new(form, form.typed)
    if not _complete(form):
        return _new(form, form.typed), 422
    try:
        if "preview" in request.form:
            return _preview(form)
        with _content(form) as content:
            made = _added(form, content)
    except DomainError as error:
        form.blame(error)
        return _new(form, form.typed), error.status
    flash(_deposited(made))
    return redirect(url_for("evidence.show", evidence_id=made.id), 303)


def _added(form: Form, content: Content) -> Evidence:
    return service.add(
        current_actor(),
        loader.current(),
        content=content,
        facts=forms.said(form.data, fallback_title=_title(content)),
        aim=forms.aim(form.data),
        today=clock.today(),
    )


def _preview(form: Form) -> str:
    """What it will prove.  A browser does not send a file twice: it is kept, proving nothing yet.

    What is typed comes back typed in, and nothing of it is written.
    """
    linking.check(forms.aim(form.data), loader.current())
    if sent_file():
        held = Form(LinkManyForm, request.form)
        held.validate()
        return batch.preview([_held(form)], held, held=True)
    with _content(form) as content:

        def deed() -> list[uuid.UUID]:
            return [_added(form, content).id]

        foreseen = foreseeing.foresee(
            deed, loader.current(), forms.aim(form.data), today=clock.today()
        )
    return _new(form, form.typed, foreseen)


def _held(form: Form) -> Evidence:
    """The file on the shelf, linked to nothing.  The same one sent again is the one that is there.

    What is said of it by now is what was typed last.
    """
    actor, today = current_actor(), clock.today()
    before, once = batches.kept_for(actor, f"{today}.{_digest(form)}")
    if before is None:
        with _content(form) as content:
            facts = forms.said(form.data, fallback_title=_title(content))
            return batches.deposit(actor, content, facts, once=once, today=today)
    facts = forms.said(form.data, fallback_title=before.title)
    if facts_of.differ(before, facts):
        version = before.version
        service.edit(actor, before.id, facts, version=version, at=clock.now(), today=today)
    return before


def _digest(form: Form) -> str:
    """Tells one file, and what is noted beside it, from another."""
    read = hashlib.sha256(form.data["body"].encode())
    if upload := sent_file():
        for piece in iter(lambda: upload.stream.read(1 << 20), b""):
            read.update(piece)
        upload.stream.seek(0)
    return read.hexdigest()


def _asks_again() -> bool:
    """Whether a button asks for the same page with more on it, rather than for the deed."""
    return bool(request.form.get("search") or request.form.get("suggest"))


def _complete(form: Form) -> bool:
    form.validate()
    if not form.errors and (missing := forms.missing_target(form.data)):
        form.errors[missing[0]] = [missing[1]]
    return not form.errors


def _new(form: Form | None, given: dict[str, Any], foreseen: Foreseen | None = None) -> str:
    edition = loader.current()
    codes = [code for code in given.get("codes", []) if code in edition.by_code]
    picked = given.get("establishments", [])
    return render_template(
        "evidence/new.html",
        form=form,
        given=given,
        codes=codes,
        offerings=contracts.on_sale(),
        picked=queries.candidates(ids_among(picked), request.values.get("find", "")),
        foreseen=foreseen,
        edition=edition,
        largest=intake.LIMIT,
        suggested=forms.suggestion(given, edition, today=clock.today()),
        certificates=certificates.choices(),
        today=clock.today(),
    )


@requires(Permission.EVIDENCE_WRITE)
def suggest() -> ResponseReturnValue:
    """The end of validity proposed for what is typed so far, for a form that asks again.

    Whoever opens the address herself finds that form, with what it says typed in.
    """
    of = ids_among([request.args.get("of", "")])
    old = queries.evidence(of[0]) if of else None
    if not is_fragment():
        form = Form(ContentForm, request.args)
        return _replace(ownership.checked(old), form) if old else _given()
    served = linking.by_offering(old.id) if old else None
    found = forms.suggestion(request.args, loader.current(), today=clock.today(), served=served)
    return render_template("evidence/_suggested.html", suggested=found)


@requires(Permission.EVIDENCE_WRITE)
def establishments() -> ResponseReturnValue:
    """The establishments ticked so far, and those that a few letters find; or the form around."""
    if not is_fragment():
        return _given(level="establishment")
    ticked = ids_among(request.args.getlist("establishments"))
    picked = queries.candidates(ticked, request.args.get("find", ""))
    return render_template("evidence/_picked.html", picked=picked)


def _given(**usual: Any) -> str:
    """The form of a new proof, with what the address says typed in, or else ``usual``."""
    form = Form(AddForm, request.args)
    return _new(form, {**usual, **form.typed})


@requires(Permission.EVIDENCE_WRITE)
def replace(evidence_id: uuid.UUID) -> ResponseReturnValue:
    return _replace(ownership.checked(queries.evidence(evidence_id)), None)


def _replace(old: Evidence, form: Form | None) -> str:
    today, edition = clock.today(), loader.current()
    targets = queries.targets(old.id)
    codes = sorted({code for target in targets for code in target.codes})
    typed, served = form.typed if form else {}, linking.by_offering(old.id)
    return render_template(
        "evidence/replace.html",
        old=old,
        form=form,
        targets=targets,
        codes=[code for code in codes if code in edition.by_code],
        edition=edition,
        largest=intake.LIMIT,
        suggested=forms.suggestion(typed, edition, today=today, served=served),
        certificates=certificates.choices(),
        today=today,
    )


@requires(Permission.EVIDENCE_WRITE)
@takes(intake.LIMIT)
def put_next(evidence_id: uuid.UUID) -> ResponseReturnValue:
    old = ownership.checked(queries.evidence(evidence_id))
    form = Form(ContentForm, request.form)
    if _asks_again():
        return _replace(old, form)
    if not form.validate():
        return _replace(old, form), 422
    try:
        with _content(form) as content:
            made = service.replace_with(
                current_actor(),
                loader.current(),
                evidence_id,
                content=content,
                facts=forms.said(form.data, fallback_title=old.title),
                today=clock.today(),
            )
    except DomainError as error:
        form.blame(error)
        return _replace(old, form), error.status
    flash(
        gettext("The next proof takes over everything the old one proved.")
        if made.state is State.READY
        else _deposited(made)
    )
    return redirect(url_for("evidence.show", evidence_id=made.id), 303)


@contextmanager
def _content(form: Form) -> Iterator[Content]:
    """What was deposited: a file, else an address, else a text; a text may go with the others."""
    url, body = form.data["url"], form.data["body"]
    if upload := sent_file():
        if url:
            raise Refused("Give a file or a link, not both: make two proofs of them.", field="url")
        name, declared = upload.filename or "", upload.mimetype
        with closing(upload), intake.receiving(upload.stream, name, declared) as deposit:
            yield Content(Kind.FILE, deposit=deposit, body=body)
    elif url:
        yield Content(Kind.LINK, url=url, body=body)
    elif body:
        yield Content(Kind.NOTE, body=body)
    else:
        raise Refused("Give a file, a link or a few words.", field="file")


def _deposited(made: Evidence) -> str:
    if made.state is State.READY:
        return str(gettext("The proof is on the shelf."))
    return str(gettext("The file is deposited: it proves nothing before it has been examined."))


def _title(content: Content) -> str:
    """A file without a title is called by its name."""
    return PurePath(content.deposit.name).stem if content.deposit else ""

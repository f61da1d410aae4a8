"""Many files at once, each with an outcome of its own; then what they prove, said together."""

import re
import secrets
import uuid
from contextlib import closing
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from portal.contracts import queries as contracts
from portal.evidence import batches, foreseeing, forms, intake, queries
from portal.evidence.facts import Content
from portal.evidence.foreseeing import Foreseen
from portal.evidence.forms import BatchForm, LinkManyForm
from portal.evidence.models import Evidence, Kind, State
from portal.guide import loader
from portal.kit import clock
from portal.kit.bodies import takes
from portal.kit.errors import DomainError, Unavailable
from portal.kit.form import Form, ids_among
from portal.kit.i18n import gettext, ngettext
from portal.kit.pages import is_fragment
from portal.vault.checks.verdict import Reason
from portal.vault.words import REASONS
from tenants.access import requires
from tenants.db import db
from tenants.http import current_actor
from tenants.roles import Permission

#: In bytes, of a form sent without scripts: all its files come in one body.
ALL_TOGETHER: Final = 60_000_000
_WORD: Final = re.compile(r"[\w-]{16,64}", re.ASCII)


@dataclass(frozen=True)
class Outcome:
    """What became of one file: a proof, or why there is none.

    ``lost``: nothing is wrong with it, it could not be kept.
    """

    name: str
    found: Evidence | None = None
    refused: str = ""
    lost: bool = False

    @property
    def why(self) -> str:
        """Why the file was refused, once examined; '' while it was not."""
        if self.found is None or self.found.state is not State.REJECTED:
            return ""
        return str(gettext(REASONS[Reason(self.found.reason or "")]))


@requires(Permission.EVIDENCE_WRITE)
def many() -> ResponseReturnValue:
    return _many(None, [])


def _many(form: Form | None, outcomes: list[Outcome]) -> str:
    return render_template(
        "evidence/many.html",
        form=form,
        outcomes=outcomes,
        once=secrets.token_urlsafe(24),
        largest=intake.LIMIT,
        together=ALL_TOGETHER,
        most=batches.MOST,
        actor=current_actor(),
    )


@requires(Permission.EVIDENCE_WRITE)
@takes(ALL_TOGETHER)
def add_many() -> ResponseReturnValue:
    """All files of a form; what is wrong with one of them does not touch the others."""
    form = Form(BatchForm, request.form)
    form.validate()
    given = [one for one in request.files.getlist("files") if one.filename]
    if not form.errors and not given:
        form.errors["files"] = [gettext("Choose at least one file.")]
    if len(given) > batches.MOST:
        form.errors["files"] = [gettext("At most %(limit)s files at a time.", limit=batches.MOST)]
    if form.errors:
        return _many(form, []), 422
    once = _word()
    outcomes = [_received(one, form, f"{once}.{place}") for place, one in enumerate(given)]
    # Anything from 400 on would undo those that are kept.
    kept = any(outcome.found for outcome in outcomes)
    return _many(None, outcomes), 200 if kept else 422


@requires(Permission.EVIDENCE_WRITE)
@takes(intake.LIMIT)
def add_one() -> ResponseReturnValue:
    """One file of many, sent by itself; the answer is the line that says what became of it."""
    form = Form(BatchForm, request.form)
    given = request.files.get("files")
    if given is None or not given.filename:
        return _line(Outcome("", refused=gettext("Choose at least one file."))), 422
    if not form.validate():
        words = " ".join(word for found in form.errors.values() for word in found)
        return _line(Outcome(intake.clean_name(given.filename), refused=words)), 422
    outcome = _received(given, form, _word())
    if outcome.lost:
        return _line(outcome), Unavailable.status  # the page has it sent again
    return _line(outcome), 422 if outcome.refused else 200


def _word() -> str:
    """What the browser calls this sending; made up here when it says nothing of use."""
    said = request.form.get("once", "")
    return said if _WORD.fullmatch(said) else secrets.token_urlsafe(24)


def _received(given: FileStorage, form: Form, once: str) -> Outcome:
    actor, name = current_actor(), intake.clean_name(given.filename or "")
    if (before := batches.deposited(actor, once)) is not None:
        return Outcome(name, before)
    try:
        with (
            closing(given),
            db.session.begin_nested(),
            intake.receiving(given.stream, name, given.mimetype) as file,
        ):
            facts = forms.said(form.data, fallback_title=PurePath(file.name).stem)
            content = Content(Kind.FILE, deposit=file)
            made = batches.deposit(actor, content, facts, once=once, today=clock.today())
    except DomainError as error:
        words = str(gettext(error.message, **error.values))
        return Outcome(name, refused=words, lost=isinstance(error, Unavailable))
    return Outcome(name, made)


@requires(Permission.EVIDENCE_WRITE)
def outcome(evidence_id: uuid.UUID) -> ResponseReturnValue:
    """Where one of many has got, for a line that asks again and again."""
    found = queries.evidence(evidence_id)
    if not is_fragment():
        return redirect(url_for("evidence.show", evidence_id=evidence_id), 303)
    return _line(Outcome(found.file_name or found.title, found))


def _line(told: Outcome) -> str:
    return render_template("evidence/_outcome.html", outcome=told)


@requires(Permission.EVIDENCE_WRITE)
def link_many() -> ResponseReturnValue:
    """Say what the proofs ticked prove, and for whom."""
    ids = ids_among(request.values.getlist("ids"))
    chosen = [queries.evidence(evidence_id) for evidence_id in ids[: batches.MOST]]
    if not chosen:
        flash(gettext("Choose at least one proof."), "error")
        return redirect(url_for("evidence.shelf"), 303)
    form = Form(LinkManyForm, request.form)
    if request.form.get("step") != "apply" or request.form.get("search"):
        return _link_many(chosen, form if request.form.get("step") else None)
    form.validate()
    if not form.errors and (missing := forms.missing_target(form.data)):
        form.errors[missing[0]] = [missing[1]]
    if form.errors:
        return _link_many(chosen, form), 422
    try:
        if "preview" in request.form:
            return preview(chosen, form)
        act_id = _linked(chosen, form)
    except DomainError as error:
        form.blame(error)
        return _link_many(chosen, form), error.status
    _say_linked(act_id, len(chosen))
    return redirect(url_for("evidence.shelf"), 303)


def _linked(chosen: list[Evidence], form: Form) -> uuid.UUID | None:
    return batches.link(
        current_actor(),
        loader.current(),
        [one.id for one in chosen],
        forms.aim(form.data),
        valid_until=form.data["valid_until"],
        at=clock.now(),
        today=clock.today(),
    )


def preview(chosen: list[Evidence], form: Form, *, held: bool = False) -> str:
    """What linking them will move; ``held``: deposited just now, so as to be shown this."""
    ids = [one.id for one in chosen]
    aim = forms.aim(form.data)
    batches.check(ids, aim)

    def deed() -> list[uuid.UUID]:
        _linked(chosen, form)
        return ids

    foreseen = foreseeing.foresee(
        deed, loader.current(), aim, evidence_ids=ids, today=clock.today()
    )
    return _link_many(chosen, form, foreseen=foreseen, held=held)


def _say_linked(act_id: uuid.UUID | None, number: int) -> None:
    if act_id is None:
        flash(gettext("Nothing to add: these proofs serve them already."))
        return
    words = ngettext("The proof is linked.", "%(num)s proofs are linked.", number)
    flash(words, f"undo:{url_for('evidence.undo_many', act_id=act_id)}")


def _link_many(
    chosen: list[Evidence],
    form: Form | None,
    *,
    foreseen: Foreseen | None = None,
    held: bool = False,
) -> str:
    typed = form.typed if form else {}
    return render_template(
        "evidence/link_many.html",
        chosen=chosen,
        form=form,
        given=typed,
        codes=typed.get("codes", []),
        offerings=contracts.on_sale(),
        picked=queries.candidates(
            ids_among(typed.get("establishments", [])), request.values.get("find", "")
        ),
        edition=loader.current(),
        foreseen=foreseen,
        held=held,
    )


@requires(Permission.EVIDENCE_WRITE)
def undo_many(act_id: uuid.UUID) -> ResponseReturnValue:
    batches.undo(current_actor(), act_id, at=clock.now(), today=clock.today())
    flash(gettext("Undone: everything is as it was before."))
    return redirect(url_for("evidence.shelf"), 303)

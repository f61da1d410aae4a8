"""The page of whoever is asked for a file: no account, one file, once.  Looking changes nothing."""

from contextlib import closing
from dataclasses import dataclass
from datetime import date

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from portal.collecting import service
from portal.collecting.forms import DepositForm
from portal.collecting.service import Void
from portal.evidence import intake
from portal.kit import clock, forgery, limits, tokens, transactions
from portal.kit.bodies import sent_file, takes
from portal.kit.errors import DomainError, Refused
from portal.kit.form import Form
from portal.kit.tokens import Token
from tenants import queries as tenancy
from tenants.access import public
from tenants.context import tenant_scope
from tenants.db import db


@dataclass(frozen=True)
class Shown:
    """All that the page tells: who asks, what, and until when."""

    tenant: str
    person: str
    title: str
    message: str
    to_name: str
    due_on: date


@public
def page(token: str) -> ResponseReturnValue:
    return _page(_read(token), None)


@public
@takes(intake.LIMIT)
def deposit(token: str) -> ResponseReturnValue:
    """Take the file, unless the link has served meanwhile; what is wrong is told at once.

    Nothing of the body is read before the link is known to stand.
    """
    known = _token(token)
    limits.count("deposit", person=known.digest)
    shown = _read(token)
    forgery.check()
    form = Form(DepositForm, request.form)
    if not form.validate():
        return _page(shown, form), 422
    try:
        _take(known, _upload(), form.data["note"])
    except Void:
        raise
    except DomainError as error:
        form.blame(error)
        return _page(shown, form), error.status
    return redirect(url_for("depositing.thanks"), 303)


@public
def thanks() -> ResponseReturnValue:
    return render_template("collecting/thanks.html")


def _take(known: Token, upload: FileStorage, note: str) -> None:
    name, declared = upload.filename or "", upload.mimetype
    with (
        tenant_scope(known.owner_id),
        closing(upload),
        intake.receiving(upload.stream, name, declared) as received,
        transactions.settled(),
    ):
        service.take(known.digest, received, note=note, at=clock.now(), today=clock.today())


def _upload() -> FileStorage:
    if (upload := sent_file()) is None:
        raise Refused("Choose the file.", field="file")
    return upload


def _read(token: str) -> Shown:
    """In the scope of the tenant that the link names, where it stands or not.  Raises `Void`."""
    known = _token(token)
    with tenant_scope(known.owner_id):
        try:
            row = service.standing(known.digest, at=clock.now(), today=clock.today())
            tenant = tenancy.tenant(row.tenant_id)
            return Shown(
                tenant.name, row.asked_by_name, row.title, row.message, row.to_name, row.due_on
            )
        finally:
            db.session.rollback()


def _token(token: str) -> Token:
    if (known := tokens.read(token)) is None:
        raise Void
    return known


def _page(shown: Shown, form: Form | None) -> str:
    return render_template(
        "collecting/deposit.html", asked=shown, form=form, largest=intake.LIMIT, today=clock.today()
    )

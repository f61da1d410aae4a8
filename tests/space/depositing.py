"""An establishment deposits a proof of its own, and what becomes of it."""

import io
from typing import Any

import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.contracts.models import Bearer
from portal.evidence.models import Evidence
from portal.tracking.models import TrackedRequirement
from tenants.access import Actor
from tenants.context import entered
from tenants.db import AnyRow, db
from tests.evidence import examined
from tests.house.locks import Outcome, outcome_of
from tests.tracking import scene
from tests.tracking.conftest import Pages
from tests.vault import samples

#: Borne by the establishment here: no offering says anything of it.
OURS = "PARC-01"


def address(pages: Pages, code: str = OURS) -> str:
    return f"/acme/etablissements/{pages.place}/treize-questions/reponses/{code}/preuve"


def of(pages: Pages, evidence_id: object, deed: str) -> str:
    return f"/acme/etablissements/{pages.place}/preuves/{evidence_id}/{deed}"


def deposit(
    browser: FlaskClient,
    pages: Pages,
    code: str = OURS,
    content: bytes = samples.PDF,
    name: str = "Charte signée.pdf",
    **typed: Any,
) -> TestResponse:
    data = {"file": (io.BytesIO(content), name), **typed}
    return browser.post(address(pages, code), data=data, content_type="multipart/form-data")


def proof() -> AnyRow:
    """The only proof of an establishment's own, as the database has it."""
    table = Evidence.__table__
    found = db.session.execute(sa.select(table).where(table.c.establishment_id.is_not(None))).one()
    db.session.rollback()
    return found


def deposited(browser: FlaskClient, pages: Pages, code: str = OURS, **typed: Any) -> AnyRow:
    """One that was examined."""
    assert deposit(browser, pages, code, **typed).status_code == 303
    examined.all_files()
    return proof()


def bear(pages: Pages, bearer: Bearer, code: str) -> None:
    """Let somebody else bear it, in the scope of the tenant."""
    tracked = TrackedRequirement.__table__
    db.session.execute(
        tracked.update()
        .where(tracked.c.establishment_id == pages.place, tracked.c.requirement_code == code)
        .values(bearer=bearer)
    )
    db.session.commit()


def done(who: Actor, statement: sa.Executable) -> Outcome:
    """What comes of it in her scope; undone."""
    scope = scene.listed(who)
    with entered(scope):
        outcome = outcome_of(db.session.connection(), statement)
        db.session.rollback()
    return outcome

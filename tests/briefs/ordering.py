"""Ordering a brief as its establishment does, having it made, and reading what it says."""

import subprocess
import uuid

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.briefs import service
from portal.briefs.models import Brief
from portal.kit.outbox import Outbox, OutboxState
from tenants.db import AnyRow, db
from tests import live


def address(place: uuid.UUID) -> str:
    return f"/acme/etablissements/{place}/syntheses"


def order(browser: FlaskClient, place: uuid.UUID) -> str:
    """Order one; the address of its page."""
    answer = browser.post(address(place))
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def made(kind: str = service.COMPILE) -> None:
    """Let the worker make what was ordered, due or not, in the scope of the tenant."""
    rows = db.session.scalars(
        select(Outbox.id).where(Outbox.kind == kind, Outbox.state == OutboxState.READY)
    ).all()
    waiting = [str(row) for row in rows]
    db.session.rollback()
    for outbox_id in waiting:
        live.performed(outbox_id, kind)


def rows() -> list[AnyRow]:
    """Every brief as the database has it, the first ordered first."""
    table = Brief.__table__
    found = db.session.execute(select(table).order_by(table.c.created_at, table.c.id)).all()
    db.session.rollback()
    return list(found)


def document(browser: FlaskClient, place: uuid.UUID) -> TestResponse:
    """Order one, have it made, take it away."""
    page = order(browser, place)
    made()
    return browser.get(f"{page}.pdf", follow_redirects=True)


def words(pdf: bytes) -> str:
    """What a PDF says, in the order it says it, every space the same."""
    done = subprocess.run(
        ["pdftotext", "-raw", "-enc", "UTF-8", "-", "-"],
        input=pdf,
        capture_output=True,
        check=True,
    )
    return plain(done.stdout.decode())


def plain(text: str) -> str:
    return " ".join(text.split())

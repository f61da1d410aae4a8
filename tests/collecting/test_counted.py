"""Mails that a collection sends to whoever is named are counted as those of any request are."""

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from portal.collecting.models import Collection
from portal.collecting.service import SEND
from portal.kit import limits
from portal.kit.outbox import Outbox
from tenants.access import Actor
from tenants.db import db
from tests.collecting.turns import FORM, HERE

SUPPLIER = {**FORM, "collector": "supplier", "supplier": "Ouest", "to_email": "a@ouest.example"}


@pytest.fixture
def left(app: Flask, owner: Actor) -> int:
    """How many mails she may still have sent this hour."""
    rule = limits.RULES["invite"].person
    assert rule
    with app.test_request_context():
        for _ in range(rule.amount - 3):
            limits.count("invite", person=str(owner.user_id), tenant=str(owner.tenant_id))
    return 3


def _row() -> Collection:
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(sa.select(Collection)).one()


def _promised() -> int:
    db.session.rollback()
    asked = sa.select(sa.func.count()).select_from(Outbox).where(Outbox.kind == SEND)
    return db.session.scalar(asked) or 0


def test_naming_suppliers_one_after_the_other_is_stopped(at_work: FlaskClient, left: int) -> None:
    """Set up, changed, changed back, begun again: each of them asks somebody at once."""
    told = [at_work.post(f"{HERE}/nouvelle", data=SUPPLIER).status_code]
    here, other = f"{HERE}/{_row().id}", {**SUPPLIER, "to_email": "b@ouest.example"}
    change = {**other, "version": str(_row().version)}
    told.append(at_work.post(f"{here}/modifier", data=change).status_code)
    told.append(at_work.post(f"{here}/annuler/{_row().version}").status_code)
    at_work.post(f"{here}/pause")
    asked = _promised()
    stopped = [
        at_work.post(address, data=data).status_code
        for address, data in (
            (f"{here}/reprendre", {}),
            (f"{here}/modifier", {**other, "version": str(_row().version)}),
            (f"{HERE}/nouvelle", {**SUPPLIER, "code": "SAUV-01"}),
        )
    ]

    assert told == [303] * left
    assert stopped == [429] * 3
    assert _promised() == asked == left
    assert _row().to_email == "a@ouest.example"


def test_what_mails_nobody_is_not_counted(at_work: FlaskClient, left: int) -> None:
    nobody = {**SUPPLIER, "to_email": ""}
    colleague = {**FORM, "to_email": "a@ouest.example"}
    told = [
        at_work.post(f"{HERE}/nouvelle", data={**form, "code": f"SAUV-0{number}"}).status_code
        for number, form in enumerate((nobody, colleague) * (left - 1), 1)
    ]

    assert told == [303] * 4
    assert _promised() == 0

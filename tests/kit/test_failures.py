"""What failures of the database say to whoever meets them."""

import uuid

import pytest
import sqlalchemy as sa
from flask import Flask, Response
from sqlalchemy.exc import IntegrityError

from portal.contracts.models import Contract
from portal.kit import clock
from tenants.access import Actor
from tenants.db import db
from tests import make


def _answered(app: Flask, error: IntegrityError) -> Response:
    """What whoever sent the request is told of it."""
    with app.test_request_context():
        return app.make_response(app.handle_user_exception(error))


def test_what_was_removed_meanwhile_is_told_as_such_and_is_no_breakdown(
    app: Flask, owner: Actor
) -> None:
    """Somebody signs for an establishment that the undoing of an import has just taken away."""
    values = {"establishment_id": uuid.uuid4(), "offering_id": make.offering()}
    contract = Contract(starts_on=clock.today(), **values)
    db.session.add(contract)
    with pytest.raises(IntegrityError) as caught:
        db.session.flush()
    db.session.rollback()

    answer = _answered(app, caught.value)

    assert answer.status_code == 409
    assert "retiré" in answer.get_data(as_text=True)


def test_what_somebody_else_has_just_done_is_told_as_such(app: Flask, owner: Actor) -> None:
    """The same contract begun twice on one day, as two who press the same button do."""
    home, offering = make.establishment(), make.offering()
    make.contract(home, offering, starts_on=clock.today())
    db.session.add(Contract(establishment_id=home, offering_id=offering, starts_on=clock.today()))
    with pytest.raises(IntegrityError) as caught:
        db.session.flush()
    db.session.rollback()

    answer = _answered(app, caught.value)

    assert answer.status_code == 409
    assert "la même chose" in answer.get_data(as_text=True)


def test_any_other_rule_of_the_database_that_we_break_is_our_fault(
    app: Flask, owner: Actor
) -> None:
    broken = sa.update(Contract).values(offering_id=None)
    make.contract(make.establishment(), make.offering())
    with pytest.raises(IntegrityError) as caught:
        db.session.execute(broken)
    db.session.rollback()

    answer = _answered(app, caught.value)

    assert answer.status_code == 500

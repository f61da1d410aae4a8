"""Two people who set the last day of one contract at the same instant."""

import threading
import uuid
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from flask import Flask

from portal.contracts import queries, service
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tests import earnest, make

TODAY = date(2026, 11, 23)
FIRST, SECOND = TODAY + timedelta(30), TODAY + timedelta(60)


@pytest.fixture
def acme(app: Flask) -> Iterator[Actor]:
    with earnest.tenant(app) as owner:
        yield owner


def test_the_second_is_told_though_she_read_before_the_first_had_written(
    app: Flask, acme: Actor
) -> None:
    with app.app_context(), tenant_scope(acme.tenant_id):
        contract = make.contract(make.establishment(), make.offering(), starts_on=TODAY)
        db.session.commit()
        service.end(acme, contract, seen=None, ends_on=FIRST, today=TODAY)
        read = threading.Event()
        second = earnest.meanwhile(lambda: _ended_second(app, acme, contract, read))
        assert read.wait(10)
        db.session.commit()

        told = earnest.became(second)

        assert told == "EndedMeanwhile"
        db.session.expire_all()
        assert queries.contract(contract).ends_on == FIRST


def _ended_second(app: Flask, acme: Actor, contract: uuid.UUID, read: threading.Event) -> str:
    with app.app_context(), tenant_scope(acme.tenant_id):
        try:
            held = queries.contract(contract)  # in the session, as it was
            seen = held.ends_on
            read.set()
            service.end(acme, contract, seen=seen, ends_on=SECOND, today=TODAY)
            db.session.commit()
        except service.EndedMeanwhile as told:
            return type(told).__name__
        finally:
            db.session.remove()
    return "written"

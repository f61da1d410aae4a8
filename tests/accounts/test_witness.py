"""What is done to an account is in the journal of every tenant of its person, or of none."""

import uuid
from collections.abc import Iterator
from datetime import datetime

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.accounts.witness import Deed, witnessed
from portal.audit import verification
from portal.audit.models import AuditEvent
from portal.kit import clock
from tenants import queries as tenancy
from tenants import service as tenants
from tenants.access import Actor
from tenants.context import Scope, entered, tenant_scope
from tenants.db import db
from tenants.models import Membership
from tenants.roles import Role
from tests import make
from tests.accounts.telling import promised, work
from tests.conftest import sign_in


@pytest.fixture
def everywhere(isolated: None) -> Iterator[list[Actor]]:
    """Ann owns « acme » and works at « globex » and « initech »."""
    places = [make.tenant(slug) for slug in ("acme", "globex", "initech")]
    ann = places[0]
    for place in places[1:]:
        db.session.rollback()
        with tenant_scope(place.tenant_id):
            tenants.admit(ann.user_id, role=Role.MANAGER)
            db.session.commit()
    db.session.remove()
    yield [Actor(ann.user_id, place.tenant_id, ann.role, ann.name) for place in places]
    db.session.remove()


def ids(everywhere: list[Actor]) -> list[uuid.UUID]:
    return [it.tenant_id for it in everywhere]


class BrokenError(Exception):
    """The deed fails."""


def do(ann: Actor, *, at: datetime, fails: bool = False) -> None:
    db.session.remove()
    with entered(Scope(user_id=ann.user_id)):
        person = tenancy.user(ann.user_id)
        assert person
        with witnessed(person, Deed.MOVED, at=at):
            person.locale = "en"
            db.session.flush()
            if fails:
                raise BrokenError
    db.session.remove()


def told(everywhere: list[Actor]) -> list[list[str]]:
    """What each tenant's journal says, whose chain holds."""
    found = []
    for place in everywhere:
        db.session.remove()
        with tenant_scope(place.tenant_id):
            events = db.session.scalars(sa.select(AuditEvent).order_by(AuditEvent.at)).all()
            found.append([f"{it.action} {it.actor_name}" for it in events])
            assert verification.verify().finding is None
    db.session.remove()
    return found


def test_a_deed_that_did_not_happen_is_told_nowhere(everywhere: list[Actor]) -> None:
    with pytest.raises(BrokenError):
        do(everywhere[0], at=clock.now(), fails=True)

    assert promised(ids(everywhere)) == []
    assert told(everywhere) == [[], [], []]
    with entered(Scope(user_id=everywhere[0].user_id)):
        person = tenancy.user(everywhere[0].user_id)
        assert person
        assert person.locale == "fr"
        db.session.rollback()


def test_one_that_did_is_told_everywhere_once(everywhere: list[Actor]) -> None:
    do(everywhere[0], at=clock.now())
    said = f"member.moved {everywhere[0].name}"
    at_once = told(everywhere)

    work(ids(everywhere))
    work(ids(everywhere))

    assert sorted(at_once) == [[], [], [said]]
    assert told(everywhere) == [[said]] * 3


def test_two_deeds_are_told_twice(everywhere: list[Actor]) -> None:
    """Though nobody was told of the first when the second was done."""
    for _ in range(2):
        do(everywhere[0], at=clock.now())

    work(ids(everywhere))

    assert [len(each) for each in told(everywhere)] == [2, 2, 2]


def test_whoever_she_has_left_since_is_told_nothing(everywhere: list[Actor]) -> None:
    do(everywhere[0], at=clock.now())
    (owing, _), *_ = promised(ids(everywhere))
    left = next(it for it in everywhere if it.tenant_id != owing)
    with tenant_scope(left.tenant_id):
        row = db.session.scalars(
            sa.select(Membership).where(Membership.user_id == left.user_id)
        ).one()
        tenants.revoke(row, at=clock.now())
        db.session.commit()

    work(ids(everywhere))

    numbers = dict(
        zip((it.tenant_id for it in everywhere), map(len, told(everywhere)), strict=True)
    )
    assert numbers[left.tenant_id] == 0
    assert sum(numbers.values()) == 2


def test_whoever_calls_herself_otherwise_is_told_of_everywhere(
    app: Flask, everywhere: list[Actor]
) -> None:
    """Or somebody could sign in a colleague's name and be herself again, and no journal say so."""
    client, her = app.test_client(), everywhere[0]
    sign_in(client, her)
    same = client.post("/mon-compte", data={"name": her.name, "locale": "en"})
    silent = told(everywhere)
    other = client.post("/mon-compte", data={"name": "Claire Exemple", "locale": "fr"})

    work(ids(everywhere))

    assert (same.status_code, other.status_code) == (303, 303)
    assert silent == [[], [], []]
    assert sorted(told(everywhere)) == [
        ["member.renamed Claire Exemple"],
        ["member.renamed Claire Exemple"],
        [f"member.renamed {her.name}"],
    ]
    page = client.get("/mon-compte").text
    assert "Nom changé" in page
    assert 'value="Claire Exemple"' in page

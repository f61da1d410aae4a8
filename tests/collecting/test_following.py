"""What came for a proof that was replaced or withdrawn meanwhile still finds a place."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from portal.collecting.models import RequestState
from portal.contracts import queries as contracts
from portal.evidence import linking, service
from portal.evidence.facts import Content, Facts
from portal.evidence.models import Evidence, Kind, Visibility
from portal.guide import loader
from portal.guide.edition import months_after
from portal.kit import clock
from tenants.access import Actor
from tenants.db import db
from tenants.scoping import find
from tests import make
from tests.collecting.links import asked, asks, came, gives, where
from tests.evidence import examined, proofs

CODES = {"ASSU-03"}


@pytest.fixture
def old(at_work: FlaskClient, outside: FlaskClient, owner: Actor) -> uuid.UUID:
    """The proof that a file was asked for and has come for."""
    today = clock.today()
    made = proofs.note(owner, *CODES, valid_until=today + timedelta(20), today=today)
    gives(outside, asks(at_work, replaces=str(made), codes=[]))
    examined.all_files()
    return made


def makeshift(owner: Actor, old: uuid.UUID) -> uuid.UUID:
    """Put a provisional one in its place by hand."""
    today = clock.today()
    made = service.replace_with(
        owner,
        loader.current(),
        old,
        content=Content(Kind.NOTE, body="Provisoire."),
        facts=Facts("Provisoire", Visibility.CLIENTS, valid_until=today + timedelta(60)),
        today=today,
    )
    made_id: uuid.UUID = made.id
    db.session.commit()
    return made_id


def accept(at_work: FlaskClient, **more: Any) -> Any:
    until = clock.today() + timedelta(300)
    form = {"title": "Assurance 2027", "visibility": "clients", "valid_until": until.isoformat()}
    return at_work.post(f"{where()}/accepter", data={**form, **more})


def choices(page: str) -> dict[str, bool]:
    """What its place may be, and which of them is proposed."""
    found = BeautifulSoup(page, "html5lib").select("input[name=follows]")
    return {str(one["value"]): one.has_attr("checked") for one in found}


def successor(evidence_id: uuid.UUID) -> uuid.UUID | None:
    db.session.rollback()
    db.session.expire_all()
    found = find(Evidence, evidence_id)
    assert found is not None
    return found.replaced_by


def test_it_takes_the_place_of_whichever_proof_took_the_old_one_s(
    at_work: FlaskClient, owner: Actor, old: uuid.UUID
) -> None:
    now = makeshift(owner, old)
    new = came().id
    page = at_work.get(where()).text

    done = accept(at_work)

    assert choices(page) == {str(now): True, "own": False}
    assert "remplacée depuis par" in page
    assert (done.status_code, asked().state, asked().replaces_id) == (
        303,
        RequestState.ACCEPTED,
        now,
    )
    assert (successor(old), successor(now)) == (now, new)
    assert set(linking.codes_of(new)) == CODES


def test_it_may_be_a_proof_of_its_own_beside_the_one_that_took_the_place(
    at_work: FlaskClient, owner: Actor, old: uuid.UUID
) -> None:
    now, new = makeshift(owner, old), came().id
    bare = accept(at_work, follows="own")
    ticked = BeautifulSoup(bare.text, "html5lib").select("input[name=follows][checked]")

    done = accept(at_work, follows="own", level="tenant", codes=["SAUV-01"])

    assert (bare.status_code, [one["value"] for one in ticked]) == (422, ["own"])
    assert (done.status_code, asked().replaces_id, successor(now)) == (303, None, None)
    assert set(linking.codes_of(new)) == {"SAUV-01"}


def test_whoever_read_another_proof_in_that_place_is_told_and_loses_nothing(
    at_work: FlaskClient, owner: Actor, old: uuid.UUID
) -> None:
    before = at_work.get(where()).text
    now = makeshift(owner, old)

    told = accept(at_work, follows=str(old))

    assert choices(before) == {str(old): False}
    assert told.status_code == 409
    assert 'value="Assurance 2027"' in told.text
    assert set(choices(told.text)) == {str(now), "own"}
    assert successor(now) is None
    assert accept(at_work, follows=str(now)).status_code == 303


def test_where_nothing_is_left_to_follow_it_says_itself_what_it_proves(
    at_work: FlaskClient, owner: Actor, old: uuid.UUID
) -> None:
    service.withdraw(owner, old, at=clock.now(), today=clock.today())
    db.session.commit()
    new = came().id
    page = BeautifulSoup(at_work.get(where()).text, "html5lib")
    proposed = [str(one["value"]) for one in page.select("input[name=codes][checked]")]

    blind = accept(at_work)
    done = accept(at_work, follows="own", level="tenant", codes=proposed)

    assert set(proposed) == CODES
    assert blind.status_code == 409
    assert 'value="Assurance 2027"' in blind.text
    assert (done.status_code, set(linking.codes_of(new))) == (303, CODES)


def test_for_an_offering_with_a_validity_of_its_own_that_is_proposed_and_kept(
    at_work: FlaskClient, outside: FlaskClient, owner: Actor
) -> None:
    today, sold = clock.today(), make.offering(carries=CODES)
    (own,) = contracts.served(sold, loader.current().id)
    own.valid_months = 1
    db.session.commit()
    made = proofs.note(owner, *CODES, offering_id=sold, valid_until=today, today=today)
    gives(outside, asks(at_work, replaces=str(made), codes=[]))
    examined.all_files()

    new, page = came().id, " ".join(at_work.get(where()).text.split())
    done = accept(at_work, valid_until="")

    assert "soit 1 mois après aujourd’hui" in page
    assert done.status_code == 303
    kept = find(Evidence, new)
    assert kept is not None
    assert kept.valid_until == months_after(today, 1)

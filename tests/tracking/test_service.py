"""Rules of declaring, proving, excepting and judging."""

import uuid
from datetime import date, timedelta

import pytest

from portal.evidence.models import Evidence, EvidenceLink, Kind, Visibility
from portal.kit.errors import Conflict, Refused
from portal.tracking import effective, queries, scores, service
from portal.tracking.effective import Area
from portal.tracking.models import Origin, Status, Verdict
from tenants.access import Actor
from tenants.db import db
from tests import make

TODAY = date(2026, 11, 23)
CODE = "SAUV-02"


def _client(offering_id: uuid.UUID, name: str | None = None) -> uuid.UUID:
    establishment_id = make.establishment(name)
    make.contract(establishment_id, offering_id, starts_on=TODAY - timedelta(days=10))
    area = Area(make.EDITION, [establishment_id])
    effective.open_files(area, TODAY)
    effective.share_out(area, TODAY)
    service.follow(area, TODAY)
    return establishment_id


def _declare(
    owner: Actor, offering_id: uuid.UUID, status: Status = Status.IMPLEMENTED, version: int = 0
) -> None:
    service.declare(
        owner,
        edition_id=make.EDITION,
        offering_id=offering_id,
        code=CODE,
        status=status,
        text="Une copie quotidienne hors ligne.",
        reviewed_on=TODAY,
        version=version,
        today=TODAY,
    )


def _prove(offering_id: uuid.UUID, *, until: date, owner: Actor) -> None:
    proof = Evidence(
        title="Rapport",
        kind=Kind.NOTE,
        body="Vu.",
        visibility=Visibility.CLIENTS,
        valid_until=until,
        sha256="0" * 64,
        added_by=owner.user_id,
        added_by_name=owner.name,
    )
    db.session.add(proof)
    db.session.flush()
    db.session.add(
        EvidenceLink(
            evidence_id=proof.id,
            edition_id=make.EDITION,
            requirement_code=CODE,
            offering_id=offering_id,
        )
    )
    db.session.flush()
    service.refresh(Area(make.EDITION, None, [CODE]), TODAY)


def test_a_statement_moves_every_client_that_inherits_it(owner: Actor) -> None:
    offering = make.offering(carries=[CODE])
    clients = [_client(offering) for _ in range(3)]

    _declare(owner, offering)

    for client in clients:
        row = queries.tracked(client, make.EDITION, CODE)
        assert (row.status, row.origin) == (Status.IMPLEMENTED, Origin.STATEMENT)
        card = queries.scorecard(client)
        assert card is not None
        assert card.declared[1] > 0 == card.proven[1]


def test_a_valid_proof_makes_it_proven_and_a_lapsed_one_takes_it_back(owner: Actor) -> None:
    offering = make.offering(carries=[CODE])
    client = _client(offering)
    _declare(owner, offering)

    _prove(offering, until=TODAY, owner=owner)
    proven_today = queries.tracked(client, make.EDITION, CODE).proven
    service.refresh(Area(make.EDITION), TODAY + timedelta(days=1))

    assert proven_today
    assert not queries.tracked(client, make.EDITION, CODE).proven


def test_an_exception_at_one_client_never_disturbs_the_others(owner: Actor) -> None:
    offering = make.offering(carries=[CODE])
    here, there = _client(offering), _client(offering)
    _declare(owner, offering)
    version = queries.tracked(here, make.EDITION, CODE).version

    service.except_(
        owner,
        establishment_id=here,
        edition_id=make.EDITION,
        code=CODE,
        status=Status.PARTIAL,
        note="Un site sur deux.",
        reviewed_on=TODAY,
        version=version,
        today=TODAY,
    )
    _declare(owner, offering, Status.PLANNED, version=1)

    assert queries.tracked(here, make.EDITION, CODE).status is Status.PARTIAL
    assert queries.tracked(there, make.EDITION, CODE).status is Status.PLANNED


def test_a_second_editor_is_told_and_nothing_is_written(owner: Actor) -> None:
    offering = make.offering(carries=[CODE])
    _declare(owner, offering)

    with pytest.raises(Conflict):
        _declare(owner, offering, Status.PARTIAL, version=0)

    statement = queries.statement(offering, make.EDITION, CODE)
    assert statement is not None
    assert statement.status is Status.IMPLEMENTED

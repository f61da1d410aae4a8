"""What an establishment may write of its own proofs, knocked at by plain SQL in its own scope."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from portal.contracts.models import Bearer
from portal.evidence.models import Visibility
from portal.kit import clock
from tenants.db import Base, db
from tenants.roles import Role
from tenants.scoping import new_id
from tests import make
from tests.conftest import Visit
from tests.house.locks import Outcome, outcome_of
from tests.make import EDITION
from tests.space.depositing import bear, deposited, done
from tests.space.test_ours import row
from tests.tracking import scene
from tests.tracking.conftest import Pages
from tests.tracking.scene import CODE
from tests.vault import samples

EVIDENCE, LINK = Base.metadata.tables["evidence"], Base.metadata.tables["evidence_link"]
TODAY = clock.today()


def begun(pages: Pages, **values: Any) -> dict[str, Any]:
    found = row(pages)
    db.session.rollback()
    return {
        "tenant_id": found.tenant_id, "id": new_id(), "establishment_id": pages.place,
        "title": "Charte", "kind": "file", "visibility": "house", "valid_until": TODAY,
        "issuer": "", "number": "", "scope": "", "body": "", "file_key": "x", "sha256": "x",
        "state": "quarantine", "hints": [], "proposed": False, "added_by": pages.director.user_id,
        "added_by_name": "Léa", "version": 1, **values,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("values", "outcome"),
    [
        ({}, Outcome.DONE),
        ({"visibility": "clients"}, Outcome.DONE),
        ({"state": "ready"}, Outcome.REFUSED),
        ({"state": "held"}, Outcome.REFUSED),
        ({"kind": "note", "file_key": None, "state": "ready"}, Outcome.REFUSED),
        ({"establishment_id": None, "visibility": "clients"}, Outcome.REFUSED),
        ({"proposed": True}, Outcome.REFUSED),
        ({"visibility": "provider"}, Outcome.TIED),
    ],
)
def test_a_proof_of_hers_begins_in_quarantine(
    pages: Pages, values: dict[str, Any], outcome: Outcome
) -> None:
    assert done(pages.director, EVIDENCE.insert().values(begun(pages, **values))) is outcome


def test_a_proof_of_hers_is_at_her_own_place(pages: Pages) -> None:
    elsewhere = begun(pages, establishment_id=pages.neighbour)

    assert done(pages.director, EVIDENCE.insert().values(elsewhere)) is Outcome.REFUSED


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ("withdrawn_at = now(), version = version + 1", Outcome.DONE),
        ("state = 'ready'", Outcome.DONE),
        ("state = 'rejected', reason = 'virus'", Outcome.REFUSED),
        ("valid_until = '2099-01-01'", Outcome.REFUSED),
        ("title = 'Autre'", Outcome.REFUSED),
        ("sha256 = 'y'", Outcome.REFUSED),
        ("establishment_id = NULL", Outcome.REFUSED),
        ("added_by = gen_random_uuid()", Outcome.REFUSED),
    ],
)
def test_of_a_held_proof_she_vouches_or_withdraws_it_and_no_more(
    pages: Pages, visit: Visit, change: str, outcome: Outcome
) -> None:
    number = b"nom;nir\nX;185057800608491\n"
    found = deposited(visit(pages.director), pages, content=number, name="liste.csv")
    statement = sa.text(f"UPDATE evidence SET {change} WHERE id = :id").bindparams(id=found.id)  # noqa: S608 - ours
    colleague = make.member(Role.MEMBER, establishments=[pages.place])
    neighbour = make.member(Role.DIRECTOR, establishments=[pages.neighbour])

    assert done(pages.director, statement) is outcome
    assert done(neighbour, statement) is Outcome.NOTHING
    if "state" in change:
        assert done(colleague, statement) is Outcome.REFUSED


def test_nobody_brings_a_proof_out_of_quarantine_but_the_examination(
    pages: Pages, visit: Visit
) -> None:
    found = deposited(visit(pages.director), pages, content=samples.PDF)
    for state in ("quarantine", "rejected", "held"):
        back = EVIDENCE.update().where(EVIDENCE.c.id == found.id)
        assert done(pages.director, back.values(state=state, reason="virus")) is Outcome.REFUSED


def linked(pages: Pages, evidence_id: uuid.UUID, code: str, **values: Any) -> sa.Insert:
    found = row(pages)
    db.session.rollback()
    return LINK.insert().values(
        tenant_id=found.tenant_id, id=new_id(), evidence_id=evidence_id, edition_id=EDITION,
        requirement_code=code, **{"establishment_id": pages.place, **values},
    )  # fmt: skip


def test_what_she_deposited_proves_what_she_bears_at_home_and_nothing_else(
    pages: Pages, visit: Visit
) -> None:
    bear(pages, Bearer.PROVIDER, CODE)
    theirs = scene.prove(
        pages.owner, CODE, until=TODAY + timedelta(30), today=TODAY,
        establishment_ids=[pages.place], visibility=Visibility.CLIENTS,
    )  # fmt: skip
    mine = deposited(visit(pages.director), pages).id
    asked = {
        Outcome.DONE: [linked(pages, mine, "PARC-02")],
        Outcome.REFUSED: [
            linked(pages, mine, CODE),
            linked(pages, theirs, "PARC-02"),
            linked(pages, mine, "PARC-02", establishment_id=None),
            linked(pages, mine, "PARC-02", establishment_id=pages.neighbour),
            linked(pages, mine, "PARC-02", establishment_id=None, offering_id=pages.offering),
        ],
    }

    for outcome, statements in asked.items():
        assert [done(pages.director, it) for it in statements] == [outcome] * len(statements)


def test_not_even_its_provider_lets_it_prove_elsewhere(pages: Pages, visit: Visit) -> None:
    mine = deposited(visit(pages.director), pages).id

    for place in (None, pages.neighbour):
        moved = LINK.update().where(LINK.c.evidence_id == mine).values(establishment_id=place)
        for statement in (linked(pages, mine, "PARC-02", establishment_id=place), moved):
            assert outcome_of(db.session.connection(), statement) is Outcome.REFUSED
            db.session.rollback()


def test_an_auditor_writes_none_of_it(pages: Pages, visit: Visit) -> None:
    found = deposited(visit(pages.director), pages)
    gone = EVIDENCE.update().where(EVIDENCE.c.id == found.id).values(withdrawn_at=clock.now())

    assert done(pages.auditor, gone) is Outcome.NOTHING
    assert done(pages.auditor, EVIDENCE.insert().values(begun(pages))) is Outcome.REFUSED

"""Events join their tenant's chain as they are committed, and what is done to it is found."""

import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from portal.audit import service as audit
from portal.audit import verification
from portal.audit.chain import GENESIS, Head
from portal.audit.models import AuditEvent, AuditLink
from tenants.access import Actor
from tenants.context import Reach, Scope, entered, tenant_scope
from tenants.db import db
from tenants.models import Membership
from tenants.roles import Role
from tests import make
from tests.counting import counted

EVENTS = 12


def _note(actor: Actor, count: int = 1, **details: object) -> None:
    place = uuid.uuid4()
    deeds = [
        audit.Deed("establishment", place, place, details={"number": number, **details})
        for number in range(count)
    ]
    audit.record_all(actor, "establishment.edited", deeds)


@pytest.fixture
def chained(owner: Actor) -> Actor:
    """A dozen events, in transactions of one, two, three and six."""
    for count in (1, 2, 3, 6):
        _note(owner, count)
        db.session.commit()
    return owner


def _positions() -> list[int]:
    return list(db.session.scalars(sa.select(AuditLink.position).order_by(AuditLink.position)))


def test_positions_have_no_gaps_and_the_chain_holds(chained: Actor) -> None:
    verdict = verification.verify()

    assert _positions() == list(range(1, EVENTS + 1))
    assert (verdict.finding, verdict.head.position) == (None, EVENTS)


def test_a_commit_adds_one_statement_for_one_deed_two_for_many(chained: Actor) -> None:
    for count, statements in ((1, 1), (500, 2)):
        _note(chained, count)
        with counted() as sent:
            db.session.commit()

        assert len(sent) == statements

    assert verification.verify().finding is None


@pytest.mark.parametrize(
    "details",
    [
        {"n": -1, "big": 2**53 - 1},
        {"pair": (1, "é"), "none": None},
        {"deep": {"b": [{}], "a": '"\u2028'}},
    ],
    ids=["numbers", "turned by JSON", "nested"],
)
def test_what_postgresql_hashes_alone_is_what_it_keeps(
    chained: Actor, details: dict[str, Any]
) -> None:
    audit.record(chained, "offering.edited", subject="offering", subject_id=uuid.uuid4(), **details)
    db.session.commit()

    verdict = verification.verify()
    assert (verdict.finding, verdict.head.position) == (None, EVENTS + 1)


def test_a_deed_whose_author_is_erased_at_once_is_chained_without_her(chained: Actor) -> None:
    _note(chained)
    audit.erase_actor(chained.user_id)
    db.session.commit()

    verdict = verification.verify()
    assert (verdict.finding, verdict.head.position) == (None, EVENTS + 1)


def test_what_is_undone_leaves_no_gap(chained: Actor) -> None:
    _note(chained)
    db.session.rollback()
    _note(chained, 2)
    savepoint = db.session.begin_nested()
    _note(chained, 3)
    savepoint.rollback()
    with db.session.begin_nested():
        _note(chained)
    db.session.commit()

    assert _positions() == list(range(1, EVENTS + 4))
    assert verification.verify().finding is None


def test_each_tenant_has_a_chain_of_its_own(chained: Actor, stranger: Actor) -> None:
    db.session.rollback()
    with tenant_scope(stranger.tenant_id):
        _note(stranger)
        db.session.commit()
        verdict = verification.verify()
        db.session.rollback()

    assert (verdict.finding, verdict.head.position) == (None, 1)
    assert verification.verify().head.position == EVENTS


def test_somebody_with_a_list_adds_to_the_chain_and_sees_her_own_links(chained: Actor) -> None:
    place = make.establishment()
    director = make.member(Role.DIRECTOR, establishments=[place])
    membership = db.session.scalars(
        sa.select(Membership.id).where(Membership.user_id == director.user_id)
    ).one()
    db.session.rollback()
    scope = Scope(chained.tenant_id, Reach.LISTED, membership, director.user_id)
    with entered(scope):
        audit.record(
            director,
            "requirement.recognised",
            subject="establishment",
            subject_id=place,
            establishment_id=place,
        )
        db.session.commit()
        seen = _positions()
        changed = db.session.execute(
            sa.update(AuditEvent).values(actor_name="").returning(AuditEvent.id)
        ).all()
        db.session.rollback()

    assert len(seen) == 1
    assert changed == []
    assert verification.verify().finding is None


def test_what_was_noted_by_somebody_forgotten_stays_in_the_chain(chained: Actor) -> None:
    erased = audit.erase_actor(chained.user_id)
    db.session.commit()
    verdict = verification.verify()

    assert erased == verdict.erased == EVENTS
    assert verdict.finding is None
    assert set(db.session.scalars(sa.select(AuditEvent.actor_name))) == {""}


def test_details_are_erased_and_the_chain_holds(chained: Actor) -> None:
    chosen = db.session.scalars(sa.select(AuditEvent.id).limit(4)).all()
    audit.erase_details(chosen)
    db.session.commit()
    verdict = verification.verify()

    assert (verdict.finding, verdict.erased) == (None, 4)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit_event",
        "DELETE FROM audit_link",
        "DELETE FROM audit_head",
        "UPDATE audit_event SET action = 'x'",
        "UPDATE audit_event SET at = now()",
        "UPDATE audit_link SET digest = ''",
        "UPDATE audit_link SET position = 1",
        "UPDATE audit_head SET chain = 'x'",
    ],
)
def test_the_app_s_role_can_erase_and_nothing_else(chained: Actor, statement: str) -> None:
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        db.session.execute(sa.text(statement))
    db.session.rollback()


def test_the_chain_is_followed_stretch_by_stretch(chained: Actor) -> None:
    first = verification.verify_stretch(Head(0, bytes(32)), limit=7)
    second = verification.verify_stretch(first.end, limit=7)

    assert (first.end.position, second.end.position) == (7, EVENTS)
    assert (first.finding, second.finding) == (None, None)
    assert second.end == second.whole


def test_a_stretch_that_ends_with_the_chain_is_its_last(chained: Actor) -> None:
    """And what is put behind the end is met by it."""
    found = verification.verify_stretch(GENESIS, limit=EVENTS)
    short = verification.verify_stretch(GENESIS, limit=EVENTS - 1)

    assert (found.last, found.finding) == (True, None)
    assert (short.last, short.finding) == (False, None)


def test_a_deed_done_while_the_chain_is_read_is_none_that_was_put_in(
    chained: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end is read before the links: whoever commits in between makes them go further."""
    read, turns = verification.entries, list[int]()

    def growing(**where: Any) -> Any:
        if not turns:
            turns.append(1)
            audit.record(chained, "tenant.edited", subject="tenant", subject_id=chained.tenant_id)
            db.session.commit()
        return read(**where)

    monkeypatch.setattr(verification, "entries", growing)

    assert verification.verify().finding is None
    turns.clear()
    assert verification.verify_stretch(GENESIS, limit=1_000).finding is None

"""What is frozen: exactly what the portal showed on the day of the order."""

import json
import uuid
from datetime import timedelta

from sqlalchemy import func, select

from portal.attestations.snapshot import Requirement, Snapshot
from portal.audit.models import AuditEvent
from portal.evidence.models import Evidence, Kind, Visibility
from portal.kit import clock
from portal.kit.canonical import sha256_hex
from portal.tracking import queries as tracking
from portal.tracking import service as moves
from portal.tracking.effective import Area
from portal.tracking.models import Scorecard, Status, TrackedRequirement, Verdict
from tenants.access import Actor
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.attestations import scene
from tests.attestations.scene import CODE, OTHER


def snapshot_of(attestation_id: uuid.UUID) -> Snapshot:
    written = scene.one(attestation_id).snapshot
    assert written
    return Snapshot.from_json(written.encode())


def requirement_of(attestation_id: uuid.UUID, code: str = CODE) -> Requirement:
    return next(r for r in snapshot_of(attestation_id).requirements if r.code == code)


def followed(owner: Actor) -> tuple[uuid.UUID, uuid.UUID]:
    """An offering declared and proven in part, and a client that has it."""
    offering = make.offering(carries=[CODE, OTHER])
    place = scene.client(offering)
    scene.declare(owner, offering)
    scene.declare(owner, offering, Status.PARTIAL, code=OTHER)
    scene.prove(owner, offering_id=offering)
    return offering, place


def test_a_snapshot_says_exactly_what_the_scorecard_says(owner: Actor) -> None:
    _, place = followed(owner)

    (attestation_id,) = scene.order(owner, place)

    card = db.session.scalars(select(Scorecard).where(Scorecard.establishment_id == place)).one()
    frozen = snapshot_of(attestation_id)
    for name in ("declared", "proven", "recognised"):
        shares = [getattr(question, name) for question in frozen.questions]
        assert [-1 if share is None else share for share in shares] == getattr(card, name)
        assert getattr(frozen.totals, name) == getattr(card, f"{name}_total")
    for name in ("applicable", "unanswered", "contested"):
        assert [getattr(q, name) for q in frozen.questions] == getattr(card, name)
        assert getattr(frozen.totals, name) == getattr(card, f"{name}_total")
    assert frozen.totals.proven
    assert frozen.totals.declared
    assert frozen.totals.declared > frozen.totals.proven


def test_a_snapshot_tells_the_words_the_offering_and_the_proof(owner: Actor) -> None:
    _, place = followed(owner)

    (attestation_id,) = scene.order(owner, place)

    row = requirement_of(attestation_id)
    assert (row.status, row.origin, row.text, row.proven) == (
        "implemented", "statement", scene.WORDS, True
    )  # fmt: skip
    assert row.offering in snapshot_of(attestation_id).scope.offerings
    assert [(proof.title, proof.sha256) for proof in row.proofs] == [
        ("Rapport de sauvegarde", "ab" * 32)
    ]


def test_every_proven_requirement_shows_a_proof_valid_that_day(owner: Actor) -> None:
    offering, place = followed(owner)
    scene.declare(owner, offering, code=OTHER, version=1)
    scene.prove(owner, code=OTHER)
    scene.prove(owner, establishment_id=place, code="AUTH-01")

    (attestation_id,) = scene.order(owner, place)

    frozen = snapshot_of(attestation_id)
    proven = [row for row in frozen.requirements if row.proven]
    assert {row.code for row in proven} == {CODE, OTHER}
    for row in proven:
        assert any(p.valid_until and p.valid_until >= frozen.as_of for p in row.proofs)


def test_a_proof_kept_by_the_provider_counts_without_its_title(owner: Actor) -> None:
    offering = make.offering(carries=[CODE])
    place = scene.client(offering)
    scene.declare(owner, offering)
    scene.prove(
        owner,
        offering_id=offering,
        title="Contrat Zirconium",
        visibility=Visibility.PROVIDER,
        kind=Kind.LINK,
    )

    (attestation_id,) = scene.order(owner, place)

    row = requirement_of(attestation_id)
    assert row.proven
    assert [(proof.title, proof.sha256) for proof in row.proofs] == [("", None)]
    assert "Contrat Zirconium" not in (scene.one(attestation_id).snapshot or "")


def test_a_lapsed_proof_is_listed_only_where_nothing_else_proves(owner: Actor) -> None:
    offering = make.offering(carries=[CODE, OTHER])
    place = scene.client(offering)
    scene.declare(owner, offering)
    scene.declare(owner, offering, code=OTHER)
    scene.prove(owner, offering_id=offering, days=-40, title="Vieux")
    scene.prove(owner, offering_id=offering, days=-2, title="Dernier")
    scene.prove(owner, offering_id=offering, days=-2, title="Périmé", code=OTHER)
    scene.prove(owner, offering_id=offering, days=9, title="Valable", code=OTHER)

    (attestation_id,) = scene.order(owner, place)

    assert [proof.title for proof in requirement_of(attestation_id).proofs] == ["Dernier"]
    assert [proof.title for proof in requirement_of(attestation_id, OTHER).proofs] == ["Valable"]


def test_a_withdrawn_proof_is_not_there(owner: Actor) -> None:
    _, place = followed(owner)
    db.session.execute(Evidence.__table__.update().values(withdrawn_at=clock.now()))
    moves.refresh(Area(make.EDITION), clock.today())

    (attestation_id,) = scene.order(owner, place)

    assert not requirement_of(attestation_id).proven
    assert requirement_of(attestation_id).proofs == ()


def test_the_establishment_s_own_word_is_frozen_with_its_author(owner: Actor) -> None:
    _, place = followed(owner)
    director = make.member(Role.DIRECTOR, establishments=[place])
    moves.judge(
        director,
        establishment_id=place,
        edition_id=make.EDITION,
        code=CODE,
        verdict=Verdict.RECOGNISED,
        reason="",
        version=tracking.tracked(place, make.EDITION, CODE).version,
        at=clock.now(),
        today=clock.today(),
    )

    (attestation_id,) = scene.order(owner, place)

    verdict = requirement_of(attestation_id).verdict
    assert (verdict.word, verdict.by, verdict.on) == ("recognised", director.name, clock.today())
    assert snapshot_of(attestation_id).totals.recognised


def test_what_lapsed_and_was_not_swept_is_not_attested_as_proven(owner: Actor) -> None:
    _, place = followed(owner)
    yesterday = clock.today() - timedelta(days=1)
    db.session.execute(Evidence.__table__.update().values(valid_until=yesterday))
    db.session.execute(
        TrackedRequirement.__table__.update()
        .where(TrackedRequirement.proven)
        .values(proof_until=yesterday)
    )
    db.session.execute(Scorecard.__table__.update().values(next_lapse=yesterday))
    db.session.commit()

    (attestation_id,) = scene.order(owner, place)

    assert not requirement_of(attestation_id).proven
    assert snapshot_of(attestation_id).totals.proven == 0
    lapses = select(func.count()).where(AuditEvent.action == "requirement.proof_lapsed")
    assert db.session.scalar(lapses) == 1


def test_the_frozen_bytes_carry_their_digest(owner: Actor) -> None:
    (attestation_id,) = scene.order(owner, scene.client(make.offering(carries=[CODE])))

    row = scene.one(attestation_id)
    assert row.snapshot_sha256 == sha256_hex((row.snapshot or "").encode())
    assert json.loads(row.snapshot or "")["number"] == row.number

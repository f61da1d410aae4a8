"""A small fleet that declares and proves, for the tests of orders and documents."""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta

from sqlalchemy import select, update

from portal.attestations import jobs, queries, retrying, service
from portal.attestations.models import Attestation
from portal.attestations.snapshot import Period
from portal.evidence.models import Evidence, EvidenceLink, Kind, Visibility
from portal.fleet.models import Tier
from portal.kit import clock, outbox
from portal.kit.errors import Trouble
from portal.kit.outbox import Outbox, OutboxState
from portal.tracking import effective
from portal.tracking import service as tracking
from portal.tracking.effective import Area
from portal.tracking.models import Status
from tenants.access import Actor
from tenants.context import Reach, Scope, entered, tenant_scope
from tenants.db import db
from tenants.models import Membership
from tenants.roles import Role
from tenants.scoping import new_id
from tests import make

CODE = "SAUV-02"
OTHER = "SAUV-04"
WORDS = "Une copie quotidienne hors ligne."


def clients(
    offering_id: uuid.UUID, names: Sequence[str], *, tier: Tier = Tier.BASELINE
) -> list[uuid.UUID]:
    """Establishments with a contract for the offering, their files open."""
    ids = [make.establishment(name, tier=tier) for name in names]
    for each in ids:
        make.contract(each, offering_id)
    area, today = Area(make.EDITION, ids), clock.today()
    effective.open_files(area, today)
    effective.share_out(area, today)
    tracking.follow(area, today)
    db.session.commit()
    return ids


def client(offering_id: uuid.UUID, name: str = "EHPAD Les Ajoncs") -> uuid.UUID:
    return clients(offering_id, [name])[0]


def declare(
    actor: Actor,
    offering_id: uuid.UUID,
    status: Status = Status.IMPLEMENTED,
    *,
    code: str = CODE,
    version: int = 0,
) -> None:
    tracking.declare(
        actor,
        edition_id=make.EDITION,
        offering_id=offering_id,
        code=code,
        status=status,
        text=WORDS,
        reviewed_on=clock.today(),
        version=version,
        today=clock.today(),
    )
    db.session.commit()


def prove(
    actor: Actor,
    *,
    offering_id: uuid.UUID | None = None,
    establishment_id: uuid.UUID | None = None,
    code: str = CODE,
    days: int = 30,
    title: str = "Rapport de sauvegarde",
    visibility: Visibility = Visibility.CLIENTS,
    kind: Kind = Kind.NOTE,
) -> uuid.UUID:
    """A proof for the tenant, an offering or an establishment, that lapses in so many days."""
    proof = Evidence(
        title=title,
        kind=kind,
        body="Vu.",
        url="https://preuves.example/1" if kind is Kind.LINK else None,
        visibility=visibility,
        covers_from=clock.today() - timedelta(days=400),
        covers_until=clock.today(),
        valid_until=clock.today() + timedelta(days=days),
        sha256="ab" * 32,
        added_by=actor.user_id,
        added_by_name=actor.name,
    )
    db.session.add(proof)
    db.session.flush()
    db.session.add(
        EvidenceLink(
            evidence_id=proof.id,
            edition_id=make.EDITION,
            requirement_code=code,
            offering_id=offering_id,
            establishment_id=establishment_id,
        )
    )
    db.session.flush()
    proof_id = proof.id
    tracking.refresh(Area(make.EDITION, None, [code]), clock.today())
    db.session.commit()
    return proof_id


def period() -> Period:
    today = clock.today()
    return Period(since=date(today.year, 1, 1), until=today)


def order(actor: Actor, *establishment_ids: uuid.UUID) -> list[uuid.UUID]:
    """Order and commit; the ids of the attestations, by number."""
    batch = service.order(
        actor,
        batch_id=new_id(),
        establishment_ids=establishment_ids,
        period=period(),
        as_of=clock.today(),
        at=clock.now(),
    )
    batch_id = batch.id
    db.session.commit()
    found = queries.lines(queries.ListFilter(), limit=10_000)
    return [row.id for row in reversed(found) if row.batch_id == batch_id]


def lease(attestation_id: uuid.UUID, *, attempt: int = 1) -> outbox.Lease:
    payload = {"attestation_id": str(attestation_id)}
    return outbox.Lease(
        new_id(), service.COMPILE, payload, 1, attempt, recovered=False, failures=attempt - 1
    )


def compile_now(*attestation_ids: uuid.UUID) -> None:
    for each in attestation_ids:
        jobs.compile_attestation.run(lease(each))
    db.session.commit()
    db.session.expire_all()


def given_up(attestation_id: uuid.UUID, trouble: Trouble = Trouble.UNKNOWN) -> None:
    """As its last try leaves it: the promise is settled, there is no document."""
    retrying.give_up(attestation_id, trouble)
    db.session.execute(
        update(Outbox)
        .where(Outbox.payload["attestation_id"].astext == str(attestation_id))
        .values(state=OutboxState.DONE)
    )


def issued(actor: Actor, *establishment_ids: uuid.UUID) -> list[uuid.UUID]:
    """Ordered and compiled."""
    ids = order(actor, *establishment_ids)
    compile_now(*ids)
    return ids


def one(attestation_id: uuid.UUID) -> Attestation:
    return queries.attestation(attestation_id)


@contextmanager
def as_member(actor: Actor) -> Iterator[None]:
    """In the scope that a visit by this person of listed establishments has."""
    with tenant_scope(actor.tenant_id):
        membership_id = db.session.scalar(
            select(Membership.id).where(Membership.user_id == actor.user_id)
        )
        db.session.remove()
    scope = Scope(actor.tenant_id, Reach.LISTED, membership_id, actor.user_id)
    with entered(scope):
        yield
        db.session.remove()


def made(owner: Actor, *places: uuid.UUID) -> list[uuid.UUID]:
    found = issued(owner, *places)
    db.session.rollback()
    return found


def director_of(place: uuid.UUID) -> Actor:
    actor = make.member(Role.DIRECTOR, establishments=[place])
    db.session.rollback()
    return actor

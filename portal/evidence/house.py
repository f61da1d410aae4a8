"""Proofs that an establishment deposits itself, for what it bears alone or with its provider.

They go through the same examination as any other, prove at home and nowhere else, and are the
establishment's alone to withdraw.  What they prove is told by promised work, in the scope of the
tenant: an establishment does not see every proof that counts there.
"""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Final

from sqlalchemy import select

from portal.evidence import course, linking, pipeline, succession, suggesting
from portal.evidence import facts as facts_of
from portal.evidence.facts import Content, Deposit, Facts
from portal.evidence.linking import Aim
from portal.evidence.models import Evidence, EvidenceLink, Kind
from portal.guide.edition import Edition
from portal.kit import outbox
from portal.kit.errors import Conflict, NotFound
from tenants.access import Actor
from tenants.db import db

MOVED: Final = "evidence.house_moved"


def proof(establishment_id: uuid.UUID, evidence_id: uuid.UUID) -> Evidence:
    """One of its own, locked.  Raises :class:`NotFound`, as for one that is not there."""
    found: Evidence | None = db.session.scalar(
        select(Evidence)
        .where(Evidence.id == evidence_id, Evidence.establishment_id == establishment_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound
    return found


def proofs(establishment_id: uuid.UUID, code: str, *, limit: int = 20) -> Sequence[Evidence]:
    """What it deposited for one requirement, whatever became of it, the latest first."""
    e, link = Evidence, EvidenceLink
    serving = select(link.evidence_id).where(
        link.establishment_id == establishment_id, link.requirement_code == code
    )
    return db.session.scalars(
        select(e)
        .where(e.establishment_id == establishment_id, e.id.in_(serving))
        .order_by(e.created_at.desc(), e.id.desc())
        .limit(limit)
    ).all()


def deposit(
    actor: Actor,
    edition: Edition,
    given: Deposit,
    facts: Facts,
    *,
    establishment_id: uuid.UUID,
    code: str,
    today: date,
) -> Evidence:
    """Take in a file for one requirement there.  Raises ``Refused`` on impossible dates."""
    aim = Aim([code], establishment_ids=[establishment_id])
    return _taken_in(actor, edition, given, facts, aim, today)


def renew(
    actor: Actor,
    edition: Edition,
    given: Deposit,
    facts: Facts,
    *,
    establishment_id: uuid.UUID,
    evidence_id: uuid.UUID,
    codes: Collection[str],
    today: date,
) -> Evidence:
    """Put the next of its own proofs in the place of this one, for these requirements.

    The old one proves until its own end, and its lapse ends once the next one is found sound.
    Raises ``Conflict`` when it was replaced or withdrawn meanwhile, ``Refused`` on dates.
    """
    old = proof(establishment_id, evidence_id)
    succession.check_free(old)
    if old.withdrawn_at is not None:
        raise Conflict("This proof has been withdrawn already.")
    aim = Aim(codes, establishment_ids=[establishment_id])
    new = _taken_in(actor, edition, given, facts, aim, today, replaces=str(old.id))
    succession.take_place(actor, old=old, new=new)
    return new


def _taken_in(
    actor: Actor,
    edition: Edition,
    given: Deposit,
    facts: Facts,
    aim: Aim,
    today: date,
    **noted: str,
) -> Evidence:
    """A file on its way into quarantine, for what its one establishment is to prove."""
    linking.check(aim, edition)
    if facts.valid_until is None:
        usual = suggesting.usual(edition, aim.codes, covers_until=facts.covers_until, today=today)
        facts = replace(facts, valid_until=usual.until)
    facts_of.check_facts(facts, today)
    found = facts_of.new(actor, Content(Kind.FILE, deposit=given), facts)
    (found.establishment_id,) = aim.establishment_ids
    pipeline.begin(found, today=today)
    db.session.add(found)
    db.session.flush()
    linking.insert(found.id, edition.id, aim)
    course.note(actor, "evidence.added", found, codes=sorted(aim.codes), level=aim.level, **noted)
    return found


def vouch(
    actor: Actor, *, establishment_id: uuid.UUID, evidence_id: uuid.UUID, at: datetime
) -> Evidence:
    """Say that no resident's data is in a held file: whoever deposited it, and nobody else."""
    found = pipeline.confirm(actor, proof(establishment_id, evidence_id), at=at)
    _moved(found, at)
    return found


def retry(
    actor: Actor, *, establishment_id: uuid.UUID, evidence_id: uuid.UUID, at: datetime
) -> None:
    """Have its file examined now.  Raises ``pipeline.NotFailing``."""
    pipeline.retry(actor, proof(establishment_id, evidence_id), at=at)


def withdraw(
    actor: Actor, *, establishment_id: uuid.UUID, evidence_id: uuid.UUID, at: datetime
) -> Evidence:
    """Take it back: it no longer proves anything, and stays on record."""
    found = proof(establishment_id, evidence_id)
    course.withdraw(actor, found, at=at)
    _moved(found, at)
    return found


def restore(
    actor: Actor, *, establishment_id: uuid.UUID, evidence_id: uuid.UUID, at: datetime
) -> Evidence:
    """Let a withdrawn one prove again."""
    found = proof(establishment_id, evidence_id)
    course.restore(actor, found, at=at)
    _moved(found, at)
    return found


def _moved(found: Evidence, at: datetime) -> None:
    key = f"{found.id}:{found.version}"
    outbox.promise(MOVED, key=key, payload={"evidence": str(found.id)}, run_at=at)

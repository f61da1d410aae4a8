"""Asking, drawing, concluding and answering in an engagement; ending it.  Never commits."""

import secrets
import uuid
from collections.abc import Iterable
from datetime import date, datetime

from portal.actions import calling as actions
from portal.audit import service as audit
from portal.engagements import queries, turns
from portal.engagements.models import (
    AuditFinding,
    AuditRequest,
    Conclusion,
    Engagement,
    EngagementDraw,
)
from portal.evidence import shown as shelf
from portal.evidence.models import Evidence
from portal.guide import loader
from portal.kit import clock, once, outbox
from portal.kit.errors import Conflict, NotFound, Refused
from tenants.access import Actor
from tenants.db import db
from tenants.roles import PROVIDER_ROLES
from tenants.scoping import new_id

SEED_BYTES = 8
#: Work promised by an auditor, who writes no action herself: she sees none.
CALL = "engagements.call"
#: Numbers and the tenant's seal are out of an auditor's reach as well.
CLOSE = "engagements.close"
REMAKE = "engagements.remake"
ISSUE = "engagements.issue"


class AskedOfTheProvider(Refused):
    status = 403
    message = "This is asked of the provider."


class Answered(Conflict):
    message = "This request has been answered already."


def revoke(actor: Actor, engagement_id: uuid.UUID, *, at: datetime) -> Engagement:
    """End it now: its auditors' next request finds nothing; what they asked is asked no more."""
    found = queries.engagement(engagement_id)
    if found.revoked_at is not None:
        raise Conflict("This audit has been ended already.")
    found.revoked_at = at
    left = [one.id for one in queries.requests(found.id) if one.answered_at is None]
    actions.close_sources(left, answered=False, at=at)
    db.session.flush()
    note_everywhere(actor, "engagement.revoked", found)
    return found


def note_opening(
    actor: Actor, action: str, found: Engagement, establishment_id: uuid.UUID | None,
    code: str | None = None, **details: str,
) -> None:  # fmt: skip
    """Log what an auditor opens, for the provider and the establishment to see."""
    audit.record(
        actor,
        action,
        subject="engagement",
        subject_id=found.id,
        establishment_id=establishment_id,
        requirement_code=code,
        name=found.title,
        **details,
    )


def note_openings(
    actor: Actor, action: str, found: Engagement, establishment_ids: Iterable[uuid.UUID]
) -> None:
    """The same of many establishments at once."""
    audit.record_all(
        actor,
        action,
        [
            audit.Deed("engagement", found.id, one, details={"name": found.title})
            for one in establishment_ids
        ],
    )


def ask(
    actor: Actor, found: Engagement, *, establishment_id: uuid.UUID, code: str, words: str,
    due_on: date, today: date, known_as: uuid.UUID | None = None,
) -> AuditRequest:  # fmt: skip
    """Ask for more, by a day, once by the id it is ``known_as``: an action of the provider."""
    _check_open(found)
    _check_audited(found, establishment_id, code)
    if due_on < today:
        raise Refused("This day is past.", field="due_on")
    asked = AuditRequest(
        id=known_as or new_id(),
        engagement_id=found.id,
        establishment_id=establishment_id,
        edition_id=loader.current().id,
        requirement_code=code,
        words=words,
        due_on=due_on,
        asked_by=actor.user_id,
        asked_by_name=actor.name,
    )
    made, new = once.put(asked)
    if new:
        _call("request", made.id, 0)
        note_opening(actor, "engagement.asked", found, establishment_id, code)
    return made


def answer(
    actor: Actor, found: Engagement, request_id: uuid.UUID, *, words: str,
    evidence_id: uuid.UUID | None, at: datetime,
) -> AuditRequest:  # fmt: skip
    """Answer a request, by a proof or in words: the provider, of whom it is asked."""
    if actor.role not in PROVIDER_ROLES:
        raise AskedOfTheProvider
    _check_open(found)
    asked = queries.request(found.id, request_id)
    turns.wait_at(found.id, asked.establishment_id, asked.requirement_code)
    db.session.refresh(asked)
    if asked.answered_at is not None:
        raise Answered
    if not words and evidence_id is None:
        raise Refused("Answer in a few words, or choose a proof.", field="answer")
    if evidence_id is not None and evidence_id not in {it.id for it in handed_over(asked)}:
        raise NotFound
    asked.answer, asked.evidence_id = words, evidence_id
    asked.answered_by_name, asked.answered_at = actor.name, at
    db.session.flush()
    actions.close_sources([asked.id], answered=True, at=at)
    note_opening(
        actor, "engagement.answered", found, asked.establishment_id, asked.requirement_code
    )
    return asked


def handed_over(asked: AuditRequest) -> list[Evidence]:
    """The proofs that may answer it: what the people of the establishment are shown today."""
    return [it for it in shelf.shown_at(asked.establishment_id) if it.withdrawn_at is None]


def draw(
    actor: Actor, found: Engagement, *, size: int, known_as: uuid.UUID | None = None
) -> EngagementDraw:
    """Draw establishments by lot, once by the id that the draw is ``known_as``.

    The portal picks the seed: nobody chooses who is drawn.
    """
    _check_open(found)
    if not 1 <= size <= len(queries.audited(found.id)):
        raise Refused("Draw at least one establishment, and at most all of them.", field="size")
    drawn = EngagementDraw(
        id=known_as or new_id(),
        engagement_id=found.id,
        seed=secrets.token_hex(SEED_BYTES),
        size=size,
        drawn_by_name=actor.name,
    )
    made, new = once.put(drawn)
    if new:
        note_everywhere(actor, "engagement.drawn", found, seed=made.seed, size=str(size))
    return made


def conclude(
    actor: Actor, found: Engagement, *, establishment_id: uuid.UUID, code: str,
    conclusion: Conclusion, words: str, version: int,
) -> AuditFinding:  # fmt: skip
    """Conclude on a requirement; ``version`` is the one she read, 0 for the first."""
    _check_open(found)
    _check_audited(found, establishment_id, code)
    if conclusion is not Conclusion.CONFORM and not words:
        raise Refused("Say in a few words what you found.", field="words")
    turns.wait_at(found.id, establishment_id, code)
    kept = queries.finding_at(found.id, establishment_id, code)
    if (kept.version if kept else 0) != version:
        raise Conflict("Somebody wrote a conclusion here meanwhile: read it again.")
    made = kept or AuditFinding(
        engagement_id=found.id,
        establishment_id=establishment_id,
        edition_id=loader.current().id,
        requirement_code=code,
    )  # fmt: skip
    made.conclusion, made.words, made.version = conclusion, words, version + 1
    made.found_by, made.found_by_name, made.found_at = actor.user_id, actor.name, clock.now()
    db.session.add(made)
    db.session.flush()
    _call("finding", made.id, made.version)
    note_opening(
        actor, "engagement.concluded", found, establishment_id, code, conclusion=conclusion.value
    )
    return made


def reply(
    actor: Actor, found: Engagement, finding_id: uuid.UUID, *, words: str, version: int,
    since: datetime | None, at: datetime,
) -> AuditFinding:  # fmt: skip
    """Answer a finding, each side in its own place.

    ``version`` is that of the conclusion she read, ``since`` when her side last answered it.
    """
    _check_open(found)
    one = queries.finding(found.id, finding_id)
    turns.wait_at(found.id, one.establishment_id, one.requirement_code)
    db.session.refresh(one)
    side = "provider" if actor.role in PROVIDER_ROLES else "place"
    if one.version != version:
        raise Conflict("This conclusion was written again meanwhile: read it, then answer.")
    if getattr(one, f"{side}_at") != since:
        raise Conflict("Somebody of yours answered meanwhile: read it before you replace it.")
    setattr(one, f"{side}_answer", words)
    setattr(one, f"{side}_by_name", actor.name)
    setattr(one, f"{side}_at", at)
    db.session.flush()
    note_opening(actor, "engagement.replied", found, one.establishment_id, one.requirement_code)
    return one


def close(actor: Actor, found: Engagement) -> None:
    """Say that all is said: the reports are made of it, and nothing is added afterwards.

    Raises ``Refused`` while nothing is concluded.
    """
    _check_open(found)
    if not queries.findings(found.id):
        raise Refused("Write at least one conclusion before you close the audit.")
    # Given up once, it is promised anew.
    failed = f":{found.close_failed_at.isoformat()}" if found.close_failed_at else ""
    outbox.promise(
        CLOSE,
        key=f"{found.id}{failed}",
        payload={"engagement": str(found.id), "by": actor.name},
        run_at=clock.now(),
    )
    note_everywhere(actor, "engagement.closed", found)


def _check_open(found: Engagement) -> None:
    turns.wait_to_speak(found)
    if found.closed_at is not None:
        raise Conflict("This audit is closed: its report says what was said until then.")


def _call(kind: str, subject_id: uuid.UUID, version: int) -> None:
    """Have what she asks or finds made into something to do, outside her own scope."""
    outbox.promise(
        CALL,
        key=f"{subject_id}:{version}",
        payload={kind: str(subject_id)},
        run_at=clock.now(),
    )


def _check_audited(found: Engagement, establishment_id: uuid.UUID, code: str) -> None:
    queries.place(found.id, establishment_id)
    if code not in queries.codes(found, loader.current()):
        raise NotFound


def note_everywhere(actor: Actor, action: str, found: Engagement, **details: str) -> None:
    """Note a deed that concerns every establishment in reach, for each to read."""
    audit.record_all(
        actor,
        action,
        [
            audit.Deed("engagement", found.id, place.id, details={"name": found.title, **details})
            for place in queries.places(found.id)
        ],
    )

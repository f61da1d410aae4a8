"""Many proofs at once: deposited before it is said what they prove, then linked together."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from portal.audit import acts
from portal.audit import service as audit
from portal.evidence import facts as facts_of
from portal.evidence import former, linking, ownership, pipeline, queries, service, suggesting
from portal.evidence.facts import Content, Facts
from portal.evidence.linking import Aim
from portal.evidence.models import Evidence, State
from portal.guide.edition import Edition
from portal.kit.errors import Refused
from tenants.access import Actor
from tenants.context import current_tenant_id
from tenants.db import db

LINKED: Final = "evidence.many_linked"
#: As many as a page of the shelf shows, twice over.
MOST: Final = 100
#: Until it is said what a file proves, which has a usual validity of its own.
_MEANWHILE: Final = timedelta(days=365)
_NAMES: Final = uuid.UUID("6c1e0d0e-3b0c-4f0e-9d4b-5f1f2f6a1313")


def name_of(actor: Actor, once: str) -> uuid.UUID:
    """The id of what ``actor`` sends under this word, which her browser made up for one file."""
    return uuid.uuid5(_NAMES, f"{current_tenant_id()}|{actor.user_id}|{once}")


def deposited(actor: Actor, once: str) -> Evidence | None:
    """What was deposited under this word before, when its answer was lost on the way."""
    found: Evidence | None = db.session.get(Evidence, (current_tenant_id(), name_of(actor, once)))
    return found


def kept_for(actor: Actor, word: str) -> tuple[Evidence | None, str]:
    """What was deposited under this word to be linked, and waits for it; and the name of it.

    One that was linked, withdrawn or refused meanwhile waits no more: the name is the next one.
    """
    turn = 0
    while (found := deposited(actor, f"{word}.{turn}")) is not None and not _waits(found):
        turn += 1
    return found, f"{word}.{turn}"


def _waits(found: Evidence) -> bool:
    gone = found.withdrawn_at is not None or found.state is State.REJECTED
    return not gone and not linking.codes_of(found.id)


def deposit(actor: Actor, content: Content, facts: Facts, *, once: str, today: date) -> Evidence:
    """Put a file on the shelf that is linked to nothing yet.

    Raises ``Refused`` on impossible dates.  Sent twice under one word, the second finds the first
    (:func:`deposited`).
    """
    if facts.valid_until is None:
        facts = replace(facts, valid_until=(facts.covers_until or today) + _MEANWHILE)
    facts_of.check_facts(facts, today)
    made = facts_of.new(actor, content, facts)
    pipeline.begin(made, today=today, known_as=name_of(actor, once))
    db.session.add(made)
    db.session.flush()
    told: dict[str, Any] = {"name": made.title, "codes": []}
    audit.record(actor, "evidence.added", subject="evidence", subject_id=made.id, **told)
    return made


def link(
    actor: Actor,
    edition: Edition,
    evidence_ids: Collection[uuid.UUID],
    aim: Aim,
    *,
    valid_until: date | None,
    at: datetime,
    today: date,
) -> uuid.UUID | None:
    """Let all these proofs serve the same; the act that undoes it, ``None`` when they did already.

    Those that served nothing yet take ``valid_until``, else the usual validity of what they now
    prove.  Raises ``NotFound`` on a proof or a target out of reach.
    """
    check(evidence_ids, aim)
    linking.check(aim, edition)
    done: list[str] = []
    ends: dict[str, str] = {}
    given: dict[str, str] = {}
    for evidence_id in sorted(set(evidence_ids)):
        found = ownership.ours(evidence_id)
        if not linking.codes_of(found.id):
            ends[str(found.id)] = found.valid_until.isoformat()
            _end(found, valid_until or _usual(edition, aim, found, today), at)
            given[str(found.id)] = found.valid_until.isoformat()
            facts_of.check_facts(_ends(found), today)
        act_id = service.link(actor, edition, evidence_id, aim, today=today)
        done += [str(act_id)] if act_id else []
    if not done:
        return None
    summary = {"proofs": len(done), "codes": sorted(aim.codes)}
    before = {"acts": done, "ends": ends, "given": given}
    return acts.remember(actor, LINKED, summary=summary, before=before).id


def _end(found: Evidence, day: date, at: datetime) -> None:
    """Say of it another last day; what was said before is kept."""
    with former.kept(found, at):
        found.valid_until = day
        found.version += 1


def _usual(edition: Edition, aim: Aim, found: Evidence, today: date) -> date:
    return suggesting.usual(
        edition,
        aim.codes,
        covers_until=found.covers_until,
        today=today,
        offering_id=aim.offering_id,
    ).until


def check(evidence_ids: Collection[uuid.UUID], aim: Aim) -> None:
    """Raises ``Refused`` on no proof, too many, or too many links."""
    if not evidence_ids:
        raise Refused("Choose at least one proof.", field="ids")
    if len(set(evidence_ids)) > MOST:
        raise Refused("At most %(limit)s proofs at a time.", field="ids", limit=MOST)
    each = len(set(aim.codes)) * max(1, len(set(aim.establishment_ids)))
    if each * len(set(evidence_ids)) > linking.MAX_LINKS:
        message = "That is too many links at once: choose an offering or the whole fleet instead."
        raise Refused(message, field="establishments")


def _ends(found: Evidence) -> Facts:
    return Facts(
        found.title, found.visibility, found.covers_from, found.covers_until, found.valid_until
    )


def undo(actor: Actor, act_id: uuid.UUID, *, at: datetime, today: date) -> int:
    """Take back the links that one act made, and the ends it gave; returns how many proofs.

    An end that somebody gave since stays.  Raises ``NotFound``, or ``AlreadyUndone`` when one of
    them was taken back before.
    """
    act = acts.take_back(act_id, kinds=(LINKED,), at=at)
    before: Mapping[str, Any] = act.before
    undone: Sequence[str] = before["acts"]
    # Remembered by a version before, an act does not tell which end it gave.
    given: Mapping[str, str] = before.get("given", {})
    for evidence_id, end in before["ends"].items():
        found = queries.evidence(uuid.UUID(evidence_id), lock=True)
        stands = found.valid_until.isoformat()
        if given.get(evidence_id, stands) == stands:
            _end(found, date.fromisoformat(end), at)
    for one in undone:
        service.undo(actor, uuid.UUID(one), at=at, today=today)
    return len(undone)

"""Adding proofs, linking them, withdrawing and replacing them."""

import uuid
from dataclasses import replace
from datetime import date, datetime

from portal.audit import acts
from portal.evidence import (
    course,
    former,
    linking,
    ownership,
    pipeline,
    queries,
    reach,
    succession,
    suggesting,
)
from portal.evidence import facts as facts_of
from portal.evidence import line as versions
from portal.evidence.facts import Content, Facts
from portal.evidence.linking import Aim
from portal.evidence.models import Evidence, Kind, State
from portal.evidence.reach import Loss
from portal.evidence.signals import evidence_changed
from portal.guide.edition import Edition
from portal.kit.errors import Conflict, Refused
from tenants.access import Actor
from tenants.db import db

LINKED, UNLINKED = "evidence.linked", "evidence.unlinked"


class ChangedMeanwhile(Conflict):
    message = "Somebody changed this proof while you were writing."


def add(
    actor: Actor,
    edition: Edition,
    *,
    content: Content,
    facts: Facts,
    aim: Aim,
    today: date,
) -> Evidence:
    """Add a proof and link it.

    Raises ``Refused`` on impossible dates, ``NotFound`` on a target out of reach.
    """
    linking.check(aim, edition)
    if facts.valid_until is None:
        usual = suggesting.usual(
            edition,
            aim.codes,
            covers_until=facts.covers_until,
            today=today,
            offering_id=aim.offering_id,
        )
        facts = replace(facts, valid_until=usual.until)
    facts_of.check_facts(facts, today)
    found = facts_of.new(actor, content, facts)
    _enter(found, today)
    linking.insert(found.id, edition.id, aim)
    course.note(actor, "evidence.added", found, codes=sorted(aim.codes), level=aim.level)
    if found.state is State.READY:
        evidence_changed.send(codes=sorted(aim.codes), establishment_ids=aim.reach, today=today)
    return found


def edit(
    actor: Actor,
    evidence_id: uuid.UUID,
    facts: Facts,
    *,
    version: int,
    at: datetime,
    today: date,
) -> Evidence:
    """Change what is said of a proof, never its content.

    ``version`` is the one the author read.  Raises :class:`ChangedMeanwhile`.
    """
    found = ownership.ours(evidence_id)
    if found.version != version:
        raise ChangedMeanwhile
    facts_of.check_facts(facts, today)
    before = former.said(found)
    with former.kept(found, at):
        facts_of.apply(found, facts)
        found.version = version + 1
        db.session.flush()
    after = former.said(found)
    changes = {name: [before[name], after[name]] for name in before if before[name] != after[name]}
    course.note(actor, "evidence.edited", found, changes=changes)
    course.tell(found.id, today)
    return found


def link(
    actor: Actor, edition: Edition, evidence_id: uuid.UUID, aim: Aim, *, today: date
) -> uuid.UUID | None:
    """Let a proof serve more; returns the act that undoes it, ``None`` when it did already."""
    found = ownership.ours(evidence_id)
    if found.proposed:
        raise Refused("Accept this file first: it was given by somebody outside.")
    linking.check(aim, edition)
    # Whoever took its place serves what it serves, or the day it lapses would lose the link.
    line = [found.id, *versions.live_successors(found)]
    made = [new for one in line for new in linking.insert(one, edition.id, aim)]
    if not made:
        return None
    summary = {"links": len(made), "title": found.title}
    before = {"evidence": str(found.id), "links": [str(link_id) for link_id in made]}
    act = acts.remember(actor, LINKED, summary=summary, before=before)
    course.note(actor, "evidence.linked", found, codes=sorted(aim.codes), level=aim.level)
    evidence_changed.send(codes=sorted(aim.codes), establishment_ids=aim.reach, today=today)
    return act.id


def unlink(
    actor: Actor, evidence_id: uuid.UUID, aim: Aim, *, edition_id: str, today: date
) -> uuid.UUID | None:
    """Let a proof no longer serve these requirements there; returns the act that undoes it."""
    found = ownership.ours(evidence_id)
    gone = linking.delete(found.id, edition_id, aim)
    if not gone:
        return None
    before = {"evidence": str(found.id), "links": gone}
    act = acts.remember(
        actor, UNLINKED, summary={"links": len(gone), "title": found.title}, before=before
    )
    course.note(actor, "evidence.unlinked", found, codes=sorted(aim.codes), level=aim.level)
    evidence_changed.send(codes=sorted(aim.codes), establishment_ids=aim.reach, today=today)
    return act.id


def undo(actor: Actor, act_id: uuid.UUID, *, at: datetime, today: date) -> Evidence:
    """Take back a linking or an unlinking.  Raises ``NotFound`` or ``AlreadyUndone``."""
    act = acts.take_back(act_id, kinds=(LINKED, UNLINKED), at=at)
    found = queries.evidence(uuid.UUID(act.before["evidence"]), lock=True)
    if act.kind == LINKED:
        codes, reached = linking.delete_ids([uuid.UUID(v) for v in act.before["links"]])
    else:
        codes, reached = linking.put_back(found.id, act.before["links"])
    course.note(actor, "evidence.undone", found, what=act.kind)
    evidence_changed.send(codes=codes, establishment_ids=reached, today=today)
    return found


def loss(evidence_id: uuid.UUID, *, edition_id: str, today: date) -> Loss:
    """What withdrawing this proof would leave unproven."""
    return reach.loss(evidence_id, edition_id=edition_id, today=today)


def withdraw(actor: Actor, evidence_id: uuid.UUID, *, at: datetime, today: date) -> Evidence:
    """Take a proof back: it no longer proves anything, and stays on record."""
    found = ownership.ours(evidence_id)
    course.withdraw(actor, found, at=at)
    course.tell(found.id, today)
    return found


def restore(actor: Actor, evidence_id: uuid.UUID, *, at: datetime, today: date) -> Evidence:
    """Let a withdrawn proof prove again."""
    found = ownership.ours(evidence_id)
    course.restore(actor, found, at=at)
    course.tell(found.id, today)
    return found


def replace_with(
    actor: Actor,
    edition: Edition,
    evidence_id: uuid.UUID,
    *,
    content: Content,
    facts: Facts,
    today: date,
) -> Evidence:
    """Put the next proof in the place of this one: it takes over all links.

    The old one stays on record and goes on proving until its own end, so that nothing is bare if
    the next begins later.  Raises ``Conflict`` when it was replaced or withdrawn meanwhile.
    """
    old = ownership.ours(evidence_id)
    succession.check_free(old)
    codes = linking.codes_of(old.id)
    if facts.valid_until is None:
        end, served = facts.covers_until, linking.by_offering(old.id)
        usual = suggesting.usual_of(edition, served, covers_until=end, today=today)
        facts = replace(facts, valid_until=usual.until if usual else end or today)
    facts_of.check_facts(facts, today)
    new = facts_of.new(actor, content, facts)
    _enter(new, today)
    course.note(actor, "evidence.added", new, replaces=str(old.id), codes=codes)
    succeed(actor, old=old, new=new, today=today)
    return new


def succeed(actor: Actor, *, old: Evidence, new: Evidence, today: date) -> None:
    """Put ``new`` in the place of ``old``, locked and free to be replaced, with all its links."""
    linking.copy(old.id, new.id)
    succession.take_place(actor, old=old, new=new)
    course.tell(new.id, today)


def _enter(found: Evidence, today: date) -> None:
    """On the record; a file into quarantine, what is read on the page at once."""
    if found.kind is Kind.FILE:
        pipeline.begin(found, today=today)
    db.session.add(found)
    db.session.flush()

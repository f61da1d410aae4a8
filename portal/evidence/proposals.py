"""Files that somebody outside proposes: they prove nothing until one of ours accepts them."""

import uuid
from dataclasses import replace
from datetime import date, datetime

from portal.evidence import course, line, linking, pipeline, queries, service, suggesting
from portal.evidence import facts as facts_of
from portal.evidence.facts import Content, Deposit, Facts
from portal.evidence.linking import Aim
from portal.evidence.models import Evidence, Kind, State, Visibility
from portal.evidence.signals import evidence_changed
from portal.evidence.suggesting import Served
from portal.guide.edition import Edition
from portal.kit.errors import Conflict, Refused
from tenants.access import Actor
from tenants.db import db


def propose(
    keeper: Actor, deposit: Deposit, *, title: str, by_name: str, note: str, today: date
) -> Evidence:
    """Take in a file that nobody of ours has looked at; it is examined as any other.

    ``keeper`` is whoever asked for it: hers to vouch for.  ``by_name`` is who gave it.
    """
    given = Facts(title, Visibility.PROVIDER, valid_until=today)
    found = facts_of.new(keeper, Content(Kind.FILE, deposit=deposit, body=note), given)
    found.added_by_name, found.proposed = by_name, True
    pipeline.begin(found, today=today)
    db.session.add(found)
    db.session.flush()
    course.note(None, "evidence.proposed", found, by=by_name)
    return found


def accept(
    actor: Actor, edition: Edition, evidence_id: uuid.UUID, facts: Facts, aim: Aim, *, today: date
) -> Evidence:
    """Let a proposed file prove these requirements.  Raises ``Refused``, ``Conflict``."""
    linking.check(aim, edition)
    found = _waiting(evidence_id)
    _say(found, edition, facts, {aim.offering_id: aim.codes}, today)
    linking.insert(found.id, edition.id, aim)
    course.note(actor, "evidence.taken_in", found, codes=sorted(aim.codes), level=aim.level)
    evidence_changed.send(codes=sorted(aim.codes), establishment_ids=aim.reach, today=today)
    return found


def accept_in_place_of(
    actor: Actor,
    edition: Edition,
    evidence_id: uuid.UUID,
    facts: Facts,
    *,
    old_id: uuid.UUID,
    today: date,
) -> Evidence:
    """Let a proposed file take the place of a proof, with all its links."""
    old = queries.evidence(old_id, lock=True)
    if old.withdrawn_at is not None or line.is_replaced(old):
        raise Conflict("This proof has been replaced already.")
    found = _waiting(evidence_id)
    codes = linking.codes_of(old.id)
    _say(found, edition, facts, linking.by_offering(old.id), today)
    course.note(actor, "evidence.taken_in", found, replaces=str(old.id), codes=list(codes))
    service.succeed(actor, old=old, new=found, today=today)
    return found


def refuse(actor: Actor, evidence_id: uuid.UUID, *, reason: str, at: datetime) -> Evidence:
    """Set a proposed file aside for good; it stays on record, and its reason with it."""
    found = queries.evidence(evidence_id, lock=True)
    if not found.proposed or found.withdrawn_at is not None:
        raise Conflict("This file does not wait for an answer any more.")
    found.withdrawn_at = at
    found.version += 1
    course.note(actor, "evidence.turned_down", found, reason=reason)
    return found


def _waiting(evidence_id: uuid.UUID) -> Evidence:
    found = queries.evidence(evidence_id, lock=True)
    if not found.proposed or found.withdrawn_at is not None:
        raise Conflict("This file does not wait for an answer any more.")
    if found.state is not State.READY:
        raise Refused("This file has not been found sound yet: look at what its page says of it.")
    return found


def _say(found: Evidence, edition: Edition, facts: Facts, served: Served, today: date) -> None:
    if facts.valid_until is None:
        until = facts.covers_until
        usual = suggesting.usual_of(edition, served, covers_until=until, today=today)
        facts = replace(facts, valid_until=usual.until if usual else None)
    facts_of.check_facts(facts, today)
    facts_of.apply(found, facts)
    found.proposed = False
    found.version += 1
    db.session.flush()

"""Rewriting an offering: all who have it follow at once."""

import uuid
from datetime import date

from portal.audit import service as audit
from portal.contracts import offerings, queries
from portal.contracts.models import Offering
from portal.contracts.offerings import Content
from portal.contracts.signals import contracts_changed, offerings_changed
from portal.guide.edition import Edition
from portal.kit.errors import Conflict
from tenants.access import Actor
from tenants.db import db


class ChangedMeanwhile(Conflict):
    message = "Somebody changed this offering while you were writing."


def edit(
    actor: Actor,
    edition: Edition,
    offering_id: uuid.UUID,
    content: Content,
    *,
    version: int,
    today: date,
) -> Offering:
    """Rewrite an offering; its clients' bearers follow at once.

    ``version`` is the one the author read.  Raises :class:`ChangedMeanwhile` when somebody wrote
    in between, ``Refused`` on a name taken or a text too long.
    """
    offering = queries.offering(offering_id, lock=True)
    if offering.version != version:
        raise ChangedMeanwhile
    offerings.check(content, edition, except_id=offering_id)
    before = set(queries.clients_of(offering_id, today))
    reach_moves = offering.included != content.included
    renamed = offering.name if offering.name != content.name else None
    offering.name, offering.description = content.name, content.description
    offering.included = content.included
    offering.version = version + 1
    db.session.flush()
    shares_move = offerings.serve(offering_id, edition, content.served)
    audit.record(
        actor,
        "offering.edited",
        subject="offering",
        subject_id=offering_id,
        name=content.name,
        before=renamed,
        requirements=shares_move,
    )
    if reach_moves:
        touched = before | set(queries.clients_of(offering_id, today))
        contracts_changed.send(establishment_ids=sorted(touched), today=today)
    elif shares_move:
        offerings_changed.send(establishment_ids=sorted(before), today=today)
    return offering

"""Rewriting an offering: all who have it follow at once, and undoing it lets them follow back."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from portal.audit import acts
from portal.audit import service as audit
from portal.contracts import offerings, queries, rehearsal
from portal.contracts.models import Bearer, Offering, Part
from portal.contracts.offerings import Content, Served
from portal.contracts.signals import contracts_changed, offerings_changed
from portal.guide.edition import Edition
from portal.kit.errors import Conflict
from tenants.access import Actor
from tenants.db import db

EDITED: Final = "offering.edited"


class ChangedMeanwhile(Conflict):
    message = "Somebody changed this offering while you were writing."


class ChangedSince(Conflict):
    message = "Somebody changed this offering since: undoing would erase their work."


@dataclass(frozen=True)
class Rewriting:
    """What one offering would say otherwise: requirements by code, before and after."""

    offering: Offering
    before: Content
    after: Content

    @property
    def reach_moves(self) -> bool:
        """Whether it begins, or ceases, to come with every contract."""
        return self.before.included != self.after.included

    @property
    def changed(self) -> Sequence[str]:
        """The codes it would serve otherwise, none of them sometimes."""
        was, now = self.before.by_code, self.after.by_code
        return sorted(code for code in was | now if was.get(code) != now.get(code))

    @property
    def concerned(self) -> Sequence[str]:
        """The codes whose states may move: all of them where its reach does."""
        if not self.reach_moves:
            return self.changed
        return sorted(self.before.by_code | self.after.by_code)

    @property
    def idle(self) -> bool:
        """Whether nothing at all would be written."""
        heads = [(one.name, one.description, one.included) for one in (self.before, self.after)]
        return heads[0] == heads[1] and not self.changed


def edit(
    actor: Actor,
    edition: Edition,
    offering_id: uuid.UUID,
    content: Content,
    *,
    version: int,
    today: date,
) -> uuid.UUID | None:
    """Rewrite an offering; its clients' bearers, states and scores follow at once.

    Returns the act that undoes it, ``None`` when there was nothing to write.  ``version`` is the
    one the author read.  Raises :class:`ChangedMeanwhile` when somebody wrote in between,
    ``Refused`` on a name taken or a text too long.
    """
    wish = planned(edition, offering_id, content, version=version)
    if wish.idle:
        return None
    found, before = wish.offering, wish.before
    cost = _write(wish, edition, today)
    was = before.by_code
    act = acts.remember(
        actor,
        EDITED,
        summary={"name": content.name, "requirements": len(wish.changed)},
        before={
            "offering": str(offering_id),
            "version": found.version,
            "edition": edition.id,
            "name": before.name,
            "description": before.description,
            "included": before.included,
            "served": {code: _kept(was.get(code)) for code in wish.changed},
            "recognitions": cost,
        },
    )
    audit.record(
        actor,
        EDITED,
        subject="offering",
        subject_id=offering_id,
        name=content.name,
        before=before.name if before.name != content.name else None,
        requirements=len(wish.changed),
    )
    return act.id


def planned(
    edition: Edition, offering_id: uuid.UUID, content: Content, *, version: int
) -> Rewriting:
    """What would be written, the offering locked.  Raises what :func:`edit` does."""
    found = queries.offering(offering_id, lock=True)
    if found.version != version:
        raise ChangedMeanwhile
    offerings.check(content, edition, except_id=offering_id)
    return Rewriting(found, _content(found, edition), content)


def undo(
    actor: Actor, edition: Edition, act_id: uuid.UUID, *, at: datetime, today: date
) -> Offering:
    """Put back what an offering said before, with the recognitions that the change had cost.

    Raises ``NotFound``, ``AlreadyUndone``, :class:`ChangedSince` when it was rewritten or archived
    since, ``Refused`` when its former name is taken by now.
    """
    act = acts.take_back(act_id, kinds=(EDITED,), at=at)
    before: Mapping[str, Any] = act.before
    found = queries.offering(uuid.UUID(before["offering"]), lock=True)
    if (found.version, edition.id) != (before["version"], before["edition"]):
        raise ChangedSince
    now = _content(found, edition)
    former = {code: _served(code, row) for code, row in before["served"].items()}
    served = [row for row in (now.by_code | former).values() if row is not None]
    content = Content(before["name"], before["description"], before["included"], served)
    offerings.check(content, edition, except_id=found.id)
    _write(Rewriting(found, now, content), edition, today)
    rehearsal.give_back(before["recognitions"], today)
    audit.record(
        actor,
        "offering.edit_undone",
        subject="offering",
        subject_id=found.id,
        name=content.name,
        before=now.name if now.name != content.name else None,
        requirements=len(former),
    )
    return found


def _write(wish: Rewriting, edition: Edition, today: date) -> Sequence[Mapping[str, Any]]:
    """Write it and let its clients follow; the recognitions that this cost."""
    found, content = wish.offering, wish.after
    clients = set(queries.clients_of(found.id, today))
    held = rehearsal.recognitions(wish.concerned)
    found.name, found.description = content.name, content.description
    found.included = content.included
    found.version += 1
    db.session.flush()
    offerings.serve(found.id, edition, content.served)
    if wish.reach_moves:
        touched = clients | set(queries.clients_of(found.id, today))
        contracts_changed.send(establishment_ids=sorted(touched), today=today)
    elif wish.changed:
        offerings_changed.send(establishment_ids=sorted(clients), today=today)
    left = {tuple(one.items()) for one in rehearsal.recognitions(wish.concerned)}
    return [one for one in held if tuple(one.items()) not in left]


def _content(found: Offering, edition: Edition) -> Content:
    served = [offerings.said(row) for row in queries.served(found.id, edition.id)]
    return Content(found.name, found.description, found.included, served)


def _kept(row: Served | None) -> dict[str, Any] | None:
    if row is None:
        return None
    return {
        "part": row.part,
        "bearer": row.bearer,
        "remains": row.remains,
        "proof": row.proof,
        "valid_months": row.valid_months,
    }


def _served(code: str, row: Mapping[str, Any] | None) -> Served | None:
    """Acts from before an offering said anything of proofs keep nothing of them."""
    if row is None:
        return None
    bearer = row["bearer"] and Bearer(row["bearer"])
    proof, months = row.get("proof", ""), row.get("valid_months")
    return Served(code, Part(row["part"]), bearer, row["remains"], proof, months)

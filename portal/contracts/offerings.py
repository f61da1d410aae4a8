"""What the provider sells: adopting the usual offerings, writing one's own, taking one away.

Rewriting one, which moves its clients, is in :mod:`portal.contracts.rewriting`.
"""

import re
import unicodedata
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.dialects.postgresql import insert

from portal.audit import service as audit
from portal.contracts import queries
from portal.contracts.models import Bearer, Offering, OfferingRequirement, Part
from portal.contracts.signals import contracts_changed
from portal.guide.edition import Edition, OfferingTemplate
from portal.kit.errors import Refused
from tenants.access import Actor
from tenants.context import current_tenant_id
from tenants.db import db
from tenants.scoping import new_id

MAX_NAME = 120
MAX_DESCRIPTION = 2000
MAX_REMAINS = 1000
MAX_PROOF = 300
#: How long a proof may count as recent, in months; the table holds to it too.
MAX_MONTHS = 120


@dataclass(frozen=True)
class Served:
    """A requirement that an offering serves; ``bearer`` ``None`` follows the guide.

    So do an empty ``proof``, the usual one in words, and ``valid_months`` ``None``.
    """

    code: str
    part: Part
    bearer: Bearer | None = None
    remains: str = ""
    proof: str = ""
    valid_months: int | None = None


@dataclass(frozen=True)
class Content:
    """What one writes about an offering."""

    name: str
    description: str
    included: bool
    served: Sequence[Served]

    @property
    def by_code(self) -> dict[str, Served | None]:
        """What it says of each requirement, by its code."""
        return {row.code: row for row in self.served}


def adopt(
    actor: Actor, edition: Edition, *, codes: Collection[str] | None, today: date
) -> Sequence[str]:
    """Take over the usual offerings with these codes (``None``: all); returns the new names.

    Those already there, archived or changed since, are left as they are: adopting twice is
    adopting once.
    """
    asked = [t for t in edition.offerings if codes is None or t.code in codes]
    new = _insert_templates(asked, edition)
    if not new:
        return []
    _insert_served(new, edition)
    audit.record_all(
        actor,
        "offering.adopted",
        [
            audit.Deed(
                "offering", offering_id, details={"name": template.name, "edition": edition.id}
            )
            for template, offering_id in new
        ],
    )
    if any(template.included for template, _ in new):
        contracts_changed.send(establishment_ids=queries.clients(today), today=today)
    return [template.name for template, _ in new]


def _insert_templates(
    asked: Sequence[OfferingTemplate], edition: Edition
) -> Sequence[tuple[OfferingTemplate, uuid.UUID]]:
    if not asked:
        return []
    places = {template.code: place for place, template in enumerate(edition.offerings, start=1)}
    made = db.session.execute(
        insert(Offering)
        .values(
            [
                {
                    "tenant_id": current_tenant_id(),
                    "id": new_id(),
                    "code": template.code,
                    "name": template.name,
                    "description": template.description,
                    "included": template.included,
                    "position": places[template.code],
                    "version": 1,
                }
                for template in asked
            ]
        )
        .on_conflict_do_nothing(index_elements=["tenant_id", "code"])
        .returning(Offering.code, Offering.id)
    ).all()
    ids = {row[0]: row[1] for row in made}
    return [(template, ids[template.code]) for template in asked if template.code in ids]


def _insert_served(new: Sequence[tuple[OfferingTemplate, uuid.UUID]], edition: Edition) -> None:
    rows = [
        {
            "tenant_id": current_tenant_id(),
            "offering_id": offering_id,
            "edition_id": edition.id,
            "requirement_code": code,
            "part": part,
            "bearer": None,
            "remains": edition.requirement(code).remains,
        }
        for template, offering_id in new
        for part, codes in ((Part.CARRIES, template.carries), (Part.SUPPORTS, template.supports))
        for code in codes
    ]
    if rows:
        db.session.execute(insert(OfferingRequirement).values(rows))


def create(actor: Actor, edition: Edition, content: Content, *, today: date) -> Offering:
    """Write a new offering.  Raises ``Refused`` on a name taken or a text too long."""
    check(content, edition)
    offering = Offering(
        code=_free_code(content.name),
        name=content.name,
        description=content.description,
        included=content.included,
        position=100,
    )
    db.session.add(offering)
    db.session.flush()
    serve(offering.id, edition, content.served)
    audit.record(
        actor, "offering.created", subject="offering", subject_id=offering.id, name=offering.name
    )
    if content.included:
        contracts_changed.send(establishment_ids=queries.clients(today), today=today)
    return offering


def archive(actor: Actor, offering_id: uuid.UUID, *, at: datetime, today: date) -> Offering:
    """Stop selling an offering.  Contracts in force run on; it no longer comes with others."""
    return _shelve(actor, offering_id, archived_at=at, action="offering.archived", today=today)


def restore(actor: Actor, offering_id: uuid.UUID, *, today: date) -> Offering:
    """Sell an archived offering again.  Raises ``Refused`` when its name was taken meanwhile."""
    offering = queries.offering(offering_id, lock=True)
    if queries.name_taken(offering.name, except_id=offering_id):
        raise Refused("Another offering bears this name already.", field="name")
    return _shelve(actor, offering_id, archived_at=None, action="offering.restored", today=today)


def _shelve(
    actor: Actor, offering_id: uuid.UUID, *, archived_at: datetime | None, action: str, today: date
) -> Offering:
    offering = queries.offering(offering_id, lock=True)
    if (offering.archived_at is None) == (archived_at is None):
        return offering
    offering.archived_at = archived_at
    offering.version += 1
    db.session.flush()
    audit.record(actor, action, subject="offering", subject_id=offering_id, name=offering.name)
    if offering.included:
        contracts_changed.send(establishment_ids=queries.clients(today), today=today)
    return offering


def check(content: Content, edition: Edition, *, except_id: uuid.UUID | None = None) -> None:
    """Raises ``Refused`` on a name taken, a text too long or a code the guide lacks."""
    if not content.name:
        raise Refused("Give the offering a name.", field="name")
    if len(content.name) > MAX_NAME:
        raise Refused("This name is too long.", field="name")
    if len(content.description) > MAX_DESCRIPTION:
        raise Refused("This text is too long.", field="description")
    if queries.name_taken(content.name, except_id=except_id):
        raise Refused("Another offering bears this name already.", field="name")
    for row in content.served:
        if row.code not in edition.by_code:
            raise Refused("The guide has no requirement with this code.")
        if len(row.remains) > MAX_REMAINS:
            raise Refused("This text is too long.", field=f"remains-{row.code}")
        _check_proof(row)


def _check_proof(row: Served) -> None:
    if len(row.proof) > MAX_PROOF:
        raise Refused("This text is too long.", field=f"proof-{row.code}")
    check_months(row.code, row.valid_months)


def check_months(code: str, months: int | None) -> None:
    """Raises ``Refused`` on a validity that is none."""
    if months is not None and not 1 <= months <= MAX_MONTHS:
        raise not_months(code)


def not_months(code: str) -> Refused:
    """What is said of a validity that is none."""
    message = "Give a whole number of months between 1 and %(most)s, or nothing."
    return Refused(message, field=f"months-{code}", most=MAX_MONTHS)


def said(row: OfferingRequirement) -> Served:
    """What is kept of one requirement, as one writes it."""
    return Served(
        row.requirement_code, row.part, row.bearer, row.remains, row.proof, row.valid_months
    )


def serve(offering_id: uuid.UUID, edition: Edition, served: Sequence[Served]) -> int:
    """Bring the offering's requirements to ``served``; how many of them changed."""
    kept = {row.requirement_code: row for row in queries.served(offering_id, edition.id)}
    wanted = {row.code: row for row in served}
    changed = 0
    for code in kept.keys() - wanted.keys():
        db.session.delete(kept[code])
        changed += 1
    for code, row in wanted.items():
        found = kept.get(code)
        if found is None:
            found = OfferingRequirement(
                offering_id=offering_id, edition_id=edition.id, requirement_code=code
            )
            db.session.add(found)
        elif said(found) == row:
            continue
        found.part, found.bearer, found.remains = row.part, row.bearer, row.remains
        found.proof, found.valid_months = row.proof, row.valid_months
        changed += 1
    db.session.flush()
    return changed


def _free_code(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40] or "offre"
    taken = queries.offering_codes()
    if stem not in taken:
        return stem
    return f"{stem}-{new_id().hex[-6:]}"

"""Who does what at one establishment, and the contract that says otherwise."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import and_, delete, func, select

from portal.audit import service as audit
from portal.contracts import queries
from portal.contracts.models import (
    Bearer,
    Contract,
    ContractBearer,
    Offering,
    OfferingRequirement,
    Part,
)
from portal.contracts.signals import contracts_changed
from portal.fleet.models import Establishment, Tier
from portal.guide.edition import Edition, Requirement
from portal.kit.errors import Conflict, Refused
from tenants.access import Actor
from tenants.db import AnyRow, db

MAX_REASON = 500


@dataclass(frozen=True)
class Help:
    """An offering in force that serves a requirement."""

    offering_id: uuid.UUID
    offering: str
    part: Part
    bearer: Bearer | None
    remains: str


@dataclass(frozen=True)
class Responsibility:
    """Who bears one requirement at one establishment.

    Without ``helps`` it is outside the contract, and the establishment's own.  ``reason`` says
    why the contract differs from its offering, when it does.
    """

    requirement: Requirement
    applies: bool
    bearer: Bearer
    helps: Sequence[Help] = field(default=())
    overridden: bool = False
    reason: str = ""

    @property
    def outside(self) -> bool:
        return not self.helps

    @property
    def remains(self) -> Sequence[str]:
        """What is left for the establishment, in the offerings' words, said once each."""
        if self.bearer is Bearer.PROVIDER:
            return ()
        said = [row.remains for row in self.helps if row.remains]
        if not said and self.requirement.remains:
            said = [self.requirement.remains]
        return tuple(dict.fromkeys(said))


def table(
    found: Establishment, edition: Edition, today: date
) -> Mapping[int, Sequence[Responsibility]]:
    """Every requirement by question: its bearer, and what serves it.  Two SQL statements."""
    helps: dict[str, list[Help]] = {}
    for row in _helping(found.id, edition.id, today):
        helps.setdefault(row[0], []).append(Help(*row[1:]))
    overrides = {row[0]: row for row in _overrides(found.id, edition.id, today)}
    return {
        question: tuple(
            _responsibility(r, found, helps.get(r.code, []), overrides.get(r.code))
            for r in requirements
        )
        for question, requirements in edition.by_question.items()
    }


def _responsibility(
    requirement: Requirement, found: Establishment, helps: Sequence[Help], override: AnyRow | None
) -> Responsibility:
    inside = bool(helps)
    bearer = Bearer.ESTABLISHMENT
    if inside:
        # As tracking shares them out: who carries speaks before who supports, then the guide.
        first = min(helps, key=lambda row: (row.part, row.bearer is None, row.offering_id))
        bearer = first.bearer or Bearer(requirement.bearer)
    if inside and override is not None:
        bearer = override[1]
    return Responsibility(
        requirement=requirement,
        applies=applies(requirement, found),
        bearer=bearer,
        helps=tuple(helps),
        overridden=inside and override is not None,
        reason=override[2] if inside and override is not None else "",
    )


def applies(requirement: Requirement, found: Establishment) -> bool:
    """Whether the requirement counts there: its condition holds and its tier is followed."""
    holds = requirement.condition == "always" or requirement.condition in found.conditions
    return holds and (requirement.tier == "baseline" or found.tier is Tier.REINFORCED)


def share(
    actor: Actor,
    found: Establishment,
    edition: Edition,
    code: str,
    *,
    bearer: Bearer | None,
    reason: str,
    seen: Bearer,
    today: date,
) -> None:
    """Say who bears a requirement here, whatever the offering says; ``None`` follows it again.

    ``seen`` is the bearer the author read.  Raises ``Refused`` outside the contracts or without a
    reason, ``Conflict`` when somebody decided otherwise in between.
    """
    contract_id = _contract_for(found.id, edition.id, code, today)
    if contract_id is None:
        raise Refused("No offering in force here serves this requirement.")
    if bearer is not None and not reason:
        raise Refused("Say why this contract differs from the offering.", field="reason")
    if len(reason) > MAX_REASON:
        raise Refused("This text is too long.", field="reason")
    now = _one(found, edition, code, today)
    if now.bearer is not seen:
        raise Conflict("Somebody changed who bears this requirement while you were writing.")
    _replace(found.id, edition.id, code, contract_id, bearer, reason)
    audit.record(
        actor,
        "contract.bearer_changed" if bearer else "contract.bearer_restored",
        subject="contract",
        subject_id=contract_id,
        establishment_id=found.id,
        requirement_code=code,
        before=seen.value,
        bearer=_one(found, edition, code, today).bearer.value,
        reason=reason,
    )
    contracts_changed.send(establishment_ids=[found.id], today=today)


def _one(found: Establishment, edition: Edition, code: str, today: date) -> Responsibility:
    question = edition.requirement(code).question
    rows = table(found, edition, today)[question]
    return next(row for row in rows if row.requirement.code == code)


def _contract_for(
    establishment_id: uuid.UUID, edition_id: str, code: str, today: date
) -> uuid.UUID | None:
    """The contract to note it under, locked: one that serves the requirement, else the oldest.

    The oldest serves for requirements that an included offering brings without a contract of its
    own.  ``None`` when nothing in force serves the requirement.
    """
    if not any(row[0] == code for row in _helping(establishment_id, edition_id, today)):
        return None
    q = OfferingRequirement
    serves = and_(
        q.tenant_id == Contract.tenant_id,
        q.offering_id == Contract.offering_id,
        q.edition_id == edition_id,
        q.requirement_code == code,
    )
    found: uuid.UUID | None = db.session.scalar(
        select(Contract.id)
        .outerjoin(q, serves)
        .where(Contract.establishment_id == establishment_id, queries.running(today))
        .order_by(q.part.is_(None), q.part, Contract.starts_on, Contract.id)
        .limit(1)
        .with_for_update(of=Contract)
    )
    return found


def _replace(
    establishment_id: uuid.UUID,
    edition_id: str,
    code: str,
    contract_id: uuid.UUID,
    bearer: Bearer | None,
    reason: str,
) -> None:
    db.session.execute(
        delete(ContractBearer).where(
            ContractBearer.establishment_id == establishment_id,
            ContractBearer.edition_id == edition_id,
            ContractBearer.requirement_code == code,
        )
    )
    if bearer is not None:
        db.session.add(
            ContractBearer(
                contract_id=contract_id,
                edition_id=edition_id,
                requirement_code=code,
                establishment_id=establishment_id,
                bearer=bearer,
                reason=reason,
            )
        )
    db.session.flush()


def _helping(establishment_id: uuid.UUID, edition_id: str, today: date) -> Sequence[AnyRow]:
    """(code, offering id, name, part, bearer, remains) for what is in force; carrying first."""
    pairs = queries.active(today)
    q = OfferingRequirement
    return db.session.execute(
        select(q.requirement_code, Offering.id, Offering.name, q.part, q.bearer, q.remains)
        .join(Offering, and_(Offering.tenant_id == q.tenant_id, Offering.id == q.offering_id))
        .join(pairs, pairs.c.offering_id == Offering.id)
        .where(pairs.c.establishment_id == establishment_id, q.edition_id == edition_id)
        .order_by(q.requirement_code, q.part, Offering.position, Offering.name, Offering.id)
    ).all()


def _overrides(establishment_id: uuid.UUID, edition_id: str, today: date) -> Sequence[AnyRow]:
    """(code, bearer, reason) of the contracts in force."""
    b = ContractBearer
    return db.session.execute(
        select(b.requirement_code, b.bearer, b.reason)
        .join(Contract, and_(Contract.tenant_id == b.tenant_id, Contract.id == b.contract_id))
        .where(
            b.establishment_id == establishment_id,
            b.edition_id == edition_id,
            queries.running(today),
        )
        .order_by(b.requirement_code, b.contract_id)
    ).all()


def otherwise(
    codes: Collection[str], edition_id: str, establishment_ids: Collection[uuid.UUID], today: date
) -> Mapping[str, int]:
    """By requirement, at how many of these establishments a contract in force names its bearer."""
    b = ContractBearer
    rows = db.session.execute(
        select(b.requirement_code, func.count(b.establishment_id.distinct()))
        .join(Contract, and_(Contract.tenant_id == b.tenant_id, Contract.id == b.contract_id))
        .where(
            b.edition_id == edition_id,
            b.requirement_code.in_(codes),
            b.establishment_id.in_(establishment_ids),
            queries.running(today),
        )
        .group_by(b.requirement_code)
    )
    return {row[0]: row[1] for row in rows}

"""The first steps of a provider, as its rows tell them: what is done is not asked again."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, exists, literal, or_, select

from portal.accounts.models import Factor
from portal.attestations.models import Attestation
from portal.contracts.models import Contract
from portal.evidence.models import Evidence
from portal.fleet.models import Establishment
from portal.people.models import Invitation
from portal.tracking.models import Statement
from tenants.access import Actor
from tenants.db import db
from tenants.models import Membership
from tenants.roles import PROVIDER_ROLES

#: Each step and the endpoint where it is taken, in the order that leads to an attestation.
PLACES: Final = {
    "second_factor": "accounts.account",
    "colleague": "people.new",
    "fleet": "fleet.imports",
    "contracts": "contracts.many",
    "declaration": "tracking.requirements",
    "evidence": "evidence.new",
    "attestation": "attestations.order",
}


@dataclass(frozen=True)
class Step:
    name: str
    endpoint: str
    done: bool


def first_steps(actor: Actor) -> list[Step]:
    """All of them, in one statement."""
    found = db.session.execute(select(*(_done(name, actor).label(name) for name in PLACES))).one()
    return [Step(name, PLACES[name], done) for name, done in found._mapping.items()]  # noqa: SLF001 -- public, whatever its name


def is_empty() -> bool:
    """Whether the tenant has no establishment yet."""
    return db.session.scalar(select(literal(1)).select_from(Establishment).limit(1)) is None


def _done(name: str, actor: Actor) -> ColumnElement[bool]:
    colleague = exists().where(
        Membership.user_id != actor.user_id, Membership.role.in_(PROVIDER_ROLES)
    )
    invited = exists().where(Invitation.role.in_(PROVIDER_ROLES))
    wanted: dict[str, ColumnElement[bool]] = {
        "second_factor": exists().where(Factor.user_id == actor.user_id),
        "colleague": or_(colleague, invited),
        "fleet": exists().where(Establishment.archived_at.is_(None)),
        "contracts": exists(Contract.id),
        "declaration": exists(Statement.id),
        "evidence": exists().where(Evidence.withdrawn_at.is_(None)),
        "attestation": exists(Attestation.id),
    }
    return wanted[name]

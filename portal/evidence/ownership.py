"""Whose a proof is: the provider's to change, or the establishment's that deposited it."""

import uuid
from typing import Protocol

from portal.evidence import queries
from portal.evidence.models import Evidence, Visibility
from portal.kit.errors import Conflict
from tenants.access import Actor
from tenants.roles import PROVIDER_ROLES


class Shown(Protocol):
    """A proof, or what is told of one."""

    @property
    def visibility(self) -> Visibility: ...


class HouseProof(Conflict):
    """Deposited by an establishment: its word, as its answers are."""

    message = "This proof is the establishment’s own: it alone changes it."


def ours(evidence_id: uuid.UUID) -> Evidence:
    """One of the provider's own, locked to be changed.  Raises :class:`HouseProof`."""
    return checked(queries.evidence(evidence_id, lock=True))


def checked(found: Evidence) -> Evidence:
    """``found``, if it is the provider's own.  Raises :class:`HouseProof`."""
    if found.establishment_id is not None:
        raise HouseProof
    return found


def may_open(actor: Actor, found: Shown) -> bool:
    """Whether what is in a proof, and not only that there is one, is for ``actor`` to read."""
    return found.visibility is not Visibility.HOUSE or actor.role not in PROVIDER_ROLES

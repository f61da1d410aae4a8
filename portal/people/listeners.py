"""What people add to pages of accounts; connected in ``portal.app``."""

import uuid
from collections.abc import Sequence

from portal.accounts.signals import arrived, besides
from portal.kit.returned import came_back
from portal.people import delivery, operating, spaces, steps
from tenants.access import Actor
from tenants.roles import Permission


def connect() -> None:
    arrived.connect(_first_steps)
    besides.connect(_outside_tenants)
    came_back.connect(delivery.on_return)


def _first_steps(_sender: object, *, actor: Actor) -> str | None:
    """An empty tenant shows its team what is to do first."""
    if actor.may(Permission.MEMBER_READ) and steps.is_empty():
        return "people.first_steps"
    return None


def _outside_tenants(_sender: object, *, user_id: uuid.UUID) -> Sequence[str]:
    """Her missions, ended ones too, and the portal itself where she operates it."""
    found = {
        "people.missions": bool(spaces.missions(user_id)),
        "people.operating": operating.is_operator(user_id),
    }
    return [endpoint for endpoint, is_hers in found.items() if is_hers]

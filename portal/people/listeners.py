"""Where who comes into a tenant had better begin; connected in ``portal.app``."""

from portal.accounts.signals import arrived
from portal.people import steps
from tenants.access import Actor
from tenants.roles import Permission


def connect() -> None:
    arrived.connect(_first_steps)


def _first_steps(_sender: object, *, actor: Actor) -> str | None:
    """An empty tenant shows its team what is to do first."""
    if actor.may(Permission.MEMBER_READ) and steps.is_empty():
        return "people.first_steps"
    return None

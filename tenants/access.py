"""What a view demands of whoever calls it, declared on the view."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from tenants.roles import GRANTS, PROVIDER_ROLES, Permission, Role

V = TypeVar("V", bound=Callable[..., Any])

PUBLIC: Final = "public"
SIGNED_IN: Final = "signed-in"


@dataclass(frozen=True)
class Actor:
    """Someone acting inside a tenant, by one membership."""

    user_id: uuid.UUID
    tenant_id: uuid.UUID
    role: Role
    name: str

    def may(self, permission: Permission) -> bool:
        return permission in GRANTS[self.role]

    @property
    def is_provider(self) -> bool:
        """Whether she is one of the provider's own people: whom a page says « you » to."""
        return self.role in PROVIDER_ROLES


def requires(permission: Permission) -> Callable[[V], V]:
    """Mark a view as needing ``permission``.  The gate in ``tenants.http`` enforces it."""

    def mark(view: V) -> V:
        view.access = permission  # type: ignore[attr-defined]  # read back by access_of
        return view

    return mark


def public(view: V) -> V:
    """Mark a view as open to anyone, signed in or not."""
    view.access = PUBLIC  # type: ignore[attr-defined]  # read back by access_of
    return view


def signed_in(view: V) -> V:
    """Mark a view outside any tenant as open to whoever is signed in."""
    view.access = SIGNED_IN  # type: ignore[attr-defined]  # read back by access_of
    return view


def at_the_threshold(view: V) -> V:
    """Mark a ``@signed_in`` view as open even to who was let into one tenant only.

    That is who came by a tenant's directory: what is hers alone, and her other tenants, are shut.
    """
    view.threshold = True  # type: ignore[attr-defined]  # read back by opens_to_limited
    return view


def opens_to_limited(view: Callable[..., Any]) -> bool:
    return getattr(view, "threshold", False)


def enrols(view: V) -> V:
    """Mark a ``@signed_in`` view as open even to who may only add a second factor."""
    view.enrols = True  # type: ignore[attr-defined]  # read back by opens_to_enrolling
    return view


def opens_to_enrolling(view: Callable[..., Any]) -> bool:
    return getattr(view, "enrols", False)


def confirmed(view: V) -> V:
    """Mark a sensitive act: whoever calls it proved who she is a short while ago (ASVS 7.5.1).

    By her second factor as well, as soon as she has one.
    """
    view.confirmed = True  # type: ignore[attr-defined]  # read back by asks_confirmation
    return view


def asks_confirmation(view: Callable[..., Any]) -> bool:
    return getattr(view, "confirmed", False)


def sent_from(*pages: str) -> Callable[[V], V]:
    """Name the pages that have the form of a sensitive deed, the usual one first.

    Whoever is asked again who she is comes back to the one that she sent it from.
    """

    def mark(view: V) -> V:
        view.sent_from = pages  # type: ignore[attr-defined]  # read back by pages_of
        return view

    return mark


def pages_of(view: Callable[..., Any]) -> tuple[str, ...]:
    found: tuple[str, ...] = getattr(view, "sent_from", ())
    return found


def access_of(view: Callable[..., Any]) -> Permission | str | None:
    return getattr(view, "access", None)

"""Signing in and out, proving who one is, one's account, the way to one's tenants."""

from portal.accounts.views import (
    account,
    comeback,
    entering,
    factors,
    home,
    moving,
    password,
    proving,
    reset,
)
from portal.accounts.views.blueprint import bp

__all__ = [
    "account",
    "bp",
    "comeback",
    "entering",
    "factors",
    "home",
    "moving",
    "password",
    "proving",
    "reset",
]

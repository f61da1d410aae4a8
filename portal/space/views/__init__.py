"""The establishment's pages: what its people open the portal for."""

from portal.space.views import judge, ours, proofs, renewing, thirteen
from portal.space.views.blueprint import bp

__all__ = ["bp", "judge", "ours", "proofs", "renewing", "thirteen"]

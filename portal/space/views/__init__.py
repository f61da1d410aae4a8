"""The establishment's pages: what its people open the portal for."""

from portal.space.views import thirteen
from portal.space.views.blueprint import bp

__all__ = ["bp", "thirteen"]

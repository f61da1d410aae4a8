"""The screens that carry the product: the fleet board, the establishment, the requirements."""

from portal.tracking.views import board, establishment, requirements, search
from portal.tracking.views.blueprint import bp

__all__ = ["board", "bp", "establishment", "requirements", "search"]

"""The fleet's own screens: its imports, and establishments by hand."""

from portal.fleet.views import establishments, imports, undo
from portal.fleet.views.blueprint import bp

__all__ = ["bp", "establishments", "imports", "undo"]

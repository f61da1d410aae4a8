"""The fleet's own screens: its imports, and establishments by hand."""

from portal.fleet.views import imports
from portal.fleet.views.blueprint import bp

__all__ = ["bp", "imports"]

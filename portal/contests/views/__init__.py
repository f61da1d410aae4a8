"""Contests of one establishment, and the page where both sides speak."""

from portal.contests.views import threads
from portal.contests.views.blueprint import bp

__all__ = ["bp", "threads"]

"""Self-assessments: a house's own, and how far the fleet has come."""

from portal.assessments.views import campaigns, history, mine
from portal.assessments.views.blueprint import bp

__all__ = ["bp", "campaigns", "history", "mine"]

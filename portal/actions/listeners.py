"""What actions do when a house contests and when that is settled; connected in ``portal.app``."""

import uuid
from collections.abc import Sequence

from portal.actions import calling
from portal.contests.models import Contest, Outcome
from portal.contests.signals import contest_closed, contest_opened, contest_pressed
from portal.guide import loader
from portal.kit import clock


def connect() -> None:
    contest_opened.connect(_on_opened)
    contest_pressed.connect(_on_pressed)
    contest_closed.connect(_on_closed)


def _on_opened(_sender: object, *, contest: Contest) -> None:
    _call(contest, contest.reason)


def _on_pressed(_sender: object, *, contest: Contest, reason: str) -> None:
    """Its action may have been closed by hand, with nothing changed for the house."""
    if not calling.is_called_for(contest.id):
        _call(contest, reason)


def _call(contest: Contest, reason: str) -> None:
    calling.answer_contest(
        contest_id=contest.id,
        establishment_id=contest.establishment_id,
        codes=contest.codes,
        reason=reason,
        author=contest.opened_by_name,
        edition=loader.current(),
        at=clock.now(),
    )


def _on_closed(_sender: object, *, contest_ids: Sequence[uuid.UUID], outcome: Outcome) -> None:
    calling.close_sources(contest_ids, answered=outcome is Outcome.CHANGED, at=clock.now())

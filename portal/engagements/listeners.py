"""What audits do once tracking has swept the day; connected in ``portal.app``."""

from portal.engagements import ending
from portal.kit import clock
from portal.tracking.signals import swept


def connect() -> None:
    swept.connect(_on_swept)


def _on_swept(_sender: object, **_said: object) -> None:
    """What ended by then has its reports, whether or not its auditor came back to close it."""
    ending.promise_reports(clock.now())

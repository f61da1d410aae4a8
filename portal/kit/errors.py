"""Errors the domain raises on purpose.  Each knows its HTTP status and its words.

Messages are English msgids; they are translated where they are shown.
"""

from enum import StrEnum
from typing import Any, ClassVar


class Trouble(StrEnum):
    """Why promised work was not done, as far as whoever waits for it is concerned."""

    STORE = "store"
    #: It answers and refuses: our key, our bucket.
    SHUT = "shut"
    FULL = "full"
    LOST = "lost"
    SPOILT = "spoilt"
    SEAL = "seal"
    #: The device with the seal's key, or whoever tells the time, cannot be reached.
    DEVICE = "device"
    TIME = "time"
    CLOCK = "clock"
    LOG = "log"
    SCANNER = "scanner"
    DATABASE = "database"
    QUEUE = "queue"
    SLOW = "slow"
    LAYOUT = "layout"
    #: Every worker that tried it died.
    DEADLY = "deadly"
    UNKNOWN = "unknown"


class Away(Exception):
    """What promised work needs cannot be reached, and nothing was done: it waits, for days."""


class DomainError(Exception):
    """Something a user asked for cannot be done; nothing was changed."""

    status = 400
    message = "This could not be done."
    #: What its page is headed with, where the heading of its status says something else.
    heading = ""
    #: Raised in promised work, what it comes to for whoever waits for that.
    trouble: ClassVar[Trouble | None] = None

    def __init__(self, message: str | None = None, *, field: str | None = None, **values: Any):
        self.message = message or self.message
        self.field = field
        self.values = values
        super().__init__(self.message % values if values else self.message)


class NotFound(DomainError):
    """The thing does not exist, or not for this person: the two are never told apart."""

    status = 404
    trouble = Trouble.LOST
    message = "There is nothing here."


class Refused(DomainError):
    """The request is understood and breaks a rule of the domain."""

    status = 422


class Conflict(DomainError):
    """Somebody else changed the same thing first, or it exists already."""

    status = 409


class Removed(DomainError):
    """What somebody writes about was removed by somebody else, between two of its moments."""

    status = 409
    message = "This has just been removed by somebody else. Nothing was written: reload the page."


class Twice(DomainError):
    """What may be there once was written by somebody else at the same moment."""

    status = 409
    message = "Somebody has just done the same. Nothing was written a second time: reload the page."


class Unavailable(DomainError):
    """A server we need does not answer; nothing was lost."""

    status = 503
    message = "A service that this needs does not answer at the moment. Nothing was lost."

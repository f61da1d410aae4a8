"""What a storm is to be, and what is found when it is over."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row


@dataclass(frozen=True)
class Plan:
    """How much is promised and how often something dies.  ``hasty``: with shorter terms."""

    work: int
    mails: int
    deaths: int
    valkey: int
    postgres: int
    hasty: bool
    pause: tuple[float, float]
    #: So long nothing may move before what is left is given up, in seconds.
    patience: float


@dataclass
class Found:
    """What was left when nothing moved any more."""

    blows: Counter[str] = field(default_factory=Counter)
    promised: int = 0
    not_done: int = 0
    lost: int = 0
    doubled: int = 0
    mails: int = 0
    mails_lost: int = 0
    mails_doubled: int = 0
    mails_unknown: int = 0
    tries: int = 0
    overtaken: int = 0
    drained_after: float = 0
    recovery: float = 0
    left: list[Row[Any]] = field(default_factory=list)

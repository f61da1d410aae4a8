"""What a storm is to be, and what is found when it is over."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Row

from tests.storm.recovery import PROMISED

WORKERS: Final = 3
#: Seconds at most for each piece that waited when the blows ended, among all workers: it takes a
#: tenth of a second of one of them, so that the machine may be six times too busy.
TURN: Final = 0.2


@dataclass(frozen=True)
class Plan:
    """How much is promised and how often something dies.  ``hasty``: with shorter terms.

    ``deaths``: workers and dispatchers that are killed outright (SIGKILL).  ``frozen``: workers
    besides that are stopped in the midst of an effect, and wake when it is another's.
    """

    work: int
    mails: int
    deaths: int
    frozen: int
    valkey: int
    postgres: int
    hasty: bool
    pause: tuple[float, float]
    #: So long nothing may move before what is left is given up, in seconds.
    patience: float

    @property
    def blows(self) -> Counter[str]:
        workers = self.deaths * 2 // 3
        return Counter(
            worker=workers,
            dispatcher=self.deaths - workers,
            frozen=self.frozen,
            valkey=self.valkey,
            postgres=self.postgres,
        )

    @property
    def in_hand(self) -> int:
        """So many messages can have been between the post and the answer when a blow fell.

        One for each worker struck, and one of each worker where PostgreSQL went away under all.
        """
        blows = self.blows
        return blows["worker"] + blows["frozen"] + WORKERS * blows["postgres"]


@dataclass
class Found:
    """What was left when nothing moved any more."""

    blows: Counter[str] = field(default_factory=Counter)
    #: Of workers and dispatchers: those that were alive and that SIGKILL ended.
    killed: int = 0
    #: Pieces of work and messages whose transaction was acknowledged, or is there after all.
    promised: int = 0
    mails: int = 0
    #: Promises whose commit got no answer, those of them that are there, and those refused before.
    unsure: int = 0
    unsure_there: int = 0
    refused: int = 0
    #: Acknowledged and no longer there; there though refused, or done though never promised.
    vanished: int = 0
    mails_vanished: int = 0
    astray: int = 0
    not_done: int = 0
    lost: int = 0
    doubled: int = 0
    mails_lost: int = 0
    mails_doubled: int = 0
    #: May or may not have left; of these, what nobody's end explains: it was leased once alone.
    mails_unknown: int = 0
    mails_unexplained: int = 0
    tries: int = 0
    overtaken: int = 0
    #: What waited when the blows ended, and the seconds until all of it was done.
    backlog: int = 0
    drained_after: float = 0
    #: Seconds until what was begun was done; and what Valkey was handed, begun or not.
    recovery: float = 0
    handed_recovery: float = 0
    #: What took so long: its kind, how often it was leased and how often it failed.
    slowest: list[Row[Any]] = field(default_factory=list)
    left: list[Row[Any]] = field(default_factory=list)

    def wrongs(self, plan: Plan) -> dict[str, float]:
        """Every promise that was not kept, and how far; empty as it should be."""
        none_may = (
            "vanished mails_vanished astray not_done lost doubled mails_lost mails_doubled"
            " mails_unexplained"
        )
        bounds = {
            **dict.fromkeys(none_may.split(), 0),
            "mails_unknown": plan.in_hand,
            "recovery": PROMISED,
            "handed_recovery": PROMISED,
            "drained_after": PROMISED + self.backlog * TURN,
        }
        wrong = {name: getattr(self, name) for name in bounds if getattr(self, name) > bounds[name]}
        fewer = {"killed": plan.deaths, "promised": plan.work, "mails": plan.mails}
        wrong |= {name: getattr(self, name) for name in fewer if getattr(self, name) < fewer[name]}
        if self.blows != plan.blows:
            wrong["blows"] = self.blows.total()
        return wrong

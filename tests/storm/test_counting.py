"""A storm's judgement itself: each thing that may go wrong is told, by its name."""

import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask

from portal.reminders.models import MailState
from tests.storm.counting import Remains, judge
from tests.storm.ledger import Ledger
from tests.storm.plan import Found, Plan
from tests.storm.recovery import PROMISED, Watch

PLAN = Plan(
    work=2, mails=2, deaths=3, frozen=1, valkey=1, postgres=0, hasty=True, pause=(0, 0), patience=1
)


@dataclass
class Storm:
    """Two pieces of work and two messages, all acknowledged and all done."""

    found: Found
    ledger: Ledger
    seen: Remains
    received: Counter[str]

    def wrongs(self) -> dict[str, float]:
        judge(self.found, self.ledger, self.seen, self.received)
        return self.found.wrongs(PLAN)


@pytest.fixture
def storm() -> Storm:
    ledger = Ledger(Flask(__name__), [])
    ledger.work.kept, ledger.mails.kept = {"a", "b"}, {"<1>", "<2>"}
    work = {key: uuid.uuid4() for key in "ab"}
    seen = Remains(
        work, dict.fromkeys(("<1>", "<2>"), MailState.SENT), [1, 2], {"<1>": 1, "<2>": 2},
        Counter(work.values()),
    )  # fmt: skip
    return Storm(Found(PLAN.blows, killed=3), ledger, seen, Counter(["<1>", "<2>"]))


def test_a_storm_that_kept_everything_is_told_so(storm: Storm) -> None:
    storm.ledger.work.unsure, storm.ledger.work.refused = {"c"}, {"d"}

    assert storm.wrongs() == {}
    assert (storm.found.unsure, storm.found.unsure_there, storm.found.refused) == (1, 0, 1)


def _forget_work(storm: Storm) -> None:
    del storm.seen.effects[storm.seen.work.pop("a")]


def _forget_mail(storm: Storm) -> None:
    del storm.seen.mails["<1>"]


def _lose(storm: Storm) -> None:
    del storm.seen.effects[storm.seen.work["a"]]


def _lose_unsure(storm: Storm) -> None:
    storm.ledger.work.unsure.add("c")
    storm.seen.work["c"] = uuid.uuid4()


def _double(storm: Storm) -> None:
    storm.seen.effects[storm.seen.work["a"]] += 1


def _do_refused(storm: Storm) -> None:
    storm.ledger.work.refused.add("c")
    storm.seen.work["c"] = uuid.uuid4()
    storm.seen.effects[storm.seen.work["c"]] += 1


def _do_unpromised(storm: Storm) -> None:
    storm.seen.effects[uuid.uuid4()] += 1


def _lose_mail(storm: Storm) -> None:
    del storm.received["<1>"]


def _double_mail(storm: Storm) -> None:
    storm.received["<1>"] += 1


def _leave_unsure_unstruck(storm: Storm) -> None:
    storm.seen.mails["<1>"] = MailState.UNKNOWN


def _leave_many_unsure(storm: Storm) -> None:
    for number in range(PLAN.in_hand + 1):
        storm.seen.mails[f"<x{number}>"], storm.seen.leased[f"<x{number}>"] = MailState.UNKNOWN, 2


def _kill_fewer(storm: Storm) -> None:
    storm.found.killed -= 1


def _strike_less(storm: Storm) -> None:
    storm.found.blows["valkey"] -= 1


def _be_late(storm: Storm) -> None:
    storm.found.handed_recovery = PROMISED + 1


def _drain_slowly(storm: Storm) -> None:
    storm.found.backlog, storm.found.drained_after = 100, PROMISED + 30


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (_forget_work, {"vanished"}),
        (_forget_mail, {"mails_vanished"}),
        (_lose, {"lost"}),
        (_lose_unsure, {"lost"}),
        (_double, {"doubled"}),
        (_do_refused, {"astray"}),
        (_do_unpromised, {"astray"}),
        (_lose_mail, {"mails_lost"}),
        (_double_mail, {"mails_doubled"}),
        (_leave_unsure_unstruck, {"mails_unexplained"}),
        (_leave_many_unsure, {"mails_unknown"}),
        (_kill_fewer, {"killed"}),
        (_strike_less, {"blows"}),
        (_be_late, {"handed_recovery"}),
        (_drain_slowly, {"drained_after"}),
    ],
)
def test_what_went_wrong_is_told(
    storm: Storm, harm: Callable[[Storm], None], told: set[str]
) -> None:
    harm(storm)

    assert set(storm.wrongs()) == told


def test_work_that_a_valkey_forgot_is_watched_until_it_is_done() -> None:
    watch, each = Watch(), uuid.uuid4()
    watch.look([each], [each])
    time.sleep(0.02)
    watch.look([], [each])  # taken back: in nobody's hands, and still open
    time.sleep(0.02)
    watch.look([], [])

    assert watch.longest >= 0.04
    assert watch.end() == watch.longest

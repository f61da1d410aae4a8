"""Workers, the dispatcher, Valkey and PostgreSQL die at random: nothing is lost nor done twice."""

from pathlib import Path

from tests.storm.plan import Plan
from tests.storm.recovery import PROMISED
from tests.storm.weather import Storm

#: Terms shortened (a lease of three seconds, not sixty), so that what died is taken up within
#: the test; `make soak` keeps the real ones.
SHORT = Plan(
    work=900,
    mails=180,
    deaths=60,
    valkey=6,
    postgres=4,
    hasty=True,
    pause=(0.2, 0.9),
    patience=300,
)


def test_whatever_dies_nothing_is_lost_and_nothing_done_twice(tmp_path: Path) -> None:
    found = Storm(tmp_path, SHORT).run()

    assert found.blows.total() == SHORT.deaths + SHORT.valkey + SHORT.postgres
    assert (found.not_done, found.lost, found.doubled) == (0, 0, 0), found
    assert (found.mails_lost, found.mails_doubled) == (0, 0), found
    assert found.promised >= SHORT.work
    assert found.recovery <= PROMISED
    assert found.drained_after <= SHORT.patience
    assert found.tries > 1, "nothing was ever interrupted"

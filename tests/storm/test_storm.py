"""Workers, the dispatcher, Valkey and PostgreSQL die at random: nothing is lost nor done twice."""

from pathlib import Path

from tests.storm.plan import Plan
from tests.storm.weather import Storm

#: Terms shortened (a lease of three seconds, not sixty), so that what died is taken up within
#: the test; `make soak` keeps the real ones.
SHORT = Plan(
    work=900,
    mails=180,
    deaths=60,
    frozen=10,
    valkey=6,
    postgres=4,
    hasty=True,
    pause=(0.2, 0.9),
    patience=300,
)


def test_whatever_dies_nothing_is_lost_and_nothing_done_twice(tmp_path: Path) -> None:
    found = Storm(tmp_path, SHORT).run()

    print(found)  # noqa: T201 - what it was, beside a failure
    assert found.wrongs(SHORT) == {}, found
    assert found.drained_after <= SHORT.patience
    assert found.tries > 1, "nothing was ever interrupted"
    assert found.overtaken > 0, "nobody who was frozen woke up to work that was another's"
    assert found.unsure + found.refused > 0, "PostgreSQL never went away under a promise"

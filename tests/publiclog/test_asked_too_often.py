"""Whoever asks the public log to compute without end is told to wait; others and files are not."""

import pytest
from flask.testing import FlaskClient

from portal.kit.limits import RULES


@pytest.mark.parametrize("name", ["coherence", "horodatage"])
def test_what_the_log_computes_is_asked_so_often_and_no_more(
    client: FlaskClient, name: str
) -> None:
    rule = RULES["proof"].address
    assert rule is not None

    told = [client.get(f"/journal/{name}.json?de={turn}") for turn in range(rule.amount + 1)]
    others = client.get(f"/journal/{name}.json?de=1", environ_base={"REMOTE_ADDR": "203.0.113.9"})
    files = client.get("/journal/checkpoint")

    assert [each.status_code for each in told] == [404] * rule.amount + [429]
    assert int(told[-1].headers["Retry-After"]) > 0
    assert (others.status_code, files.status_code) == (404, 404)

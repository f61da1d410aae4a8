"""What is asked for at the root of the site by names that nobody of ours chose."""

import pytest
from flask.testing import FlaskClient


@pytest.mark.parametrize(
    ("path", "kind", "holds"),
    [("/favicon.ico", "image/svg+xml", "<svg"), ("/robots.txt", "text/plain", "Disallow: /\n")],
)
def test_a_file_of_the_root_is_given_to_anybody_and_kept_a_day(
    client: FlaskClient, path: str, kind: str, holds: str
) -> None:
    answer = client.get(path)

    assert (answer.status_code, answer.mimetype) == (200, kind)
    assert holds in answer.text
    assert (answer.cache_control.public, answer.cache_control.max_age) == (True, 86_400)
    assert not answer.cache_control.no_store
    assert not answer.cache_control.no_cache


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "path",
    [
        "/apple-touch-icon.png",
        "/apple-touch-icon.png/",
        "/.well-known/change-password",
        "/a.b/parc",
    ],
)
def test_a_file_that_is_not_there_asks_nobody_to_sign_in(
    client: FlaskClient, path: str, method: str
) -> None:
    assert client.open(path, method=method).status_code == 404

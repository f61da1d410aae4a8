"""The addresses of pages, with what the reader's own asks."""

import pytest
from flask.testing import FlaskClient

from portal.kit.pages import asking
from tenants.access import Actor
from tests.conftest import sign_in

LISTS = ("/acme/journal", "/acme/actions", "/acme/collectes", "/acme/preuves", "/acme/parc")
#: What ``url_for`` takes for itself, and what the addresses have in their path.
WORDS = ("endpoint", "self", "values", "_anchor", "_method", "_scheme", "_external", "tenant_slug")


@pytest.mark.parametrize("page", LISTS)
@pytest.mark.parametrize("word", WORDS)
def test_no_word_in_an_address_is_taken_for_one_of_ours(
    client: FlaskClient, owner: Actor, page: str, word: str
) -> None:
    sign_in(client, owner)

    answer = client.get(page, query_string={word: "globex", "q": "x"})

    assert answer.status_code == 200
    assert 'href="/globex/' not in answer.text
    assert 'href="globex:' not in answer.text


def test_what_is_asked_follows_the_path() -> None:
    assert asking("/a", {}) == "/a"
    assert asking("/a", {"q": ["é &", "b/c"], "page": 2}) == "/a?q=%C3%A9+%26&q=b/c&page=2"

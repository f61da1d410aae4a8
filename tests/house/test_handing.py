"""Whatever lies in the store leaves by a short signed address, and as an attachment only."""

import inspect
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

from portal.kit import clock, handing
from tenants.access import Actor
from tests.house import handed, reaching, routes
from tests.house.handed import Held
from tests.house.test_routes import TOKEN

#: Hand out what lies in the store and is not for one person, or has no address to be handed on.
OTHERWISE = {
    # Public by its nature: anybody keeps a copy of the log.
    "publiclog.tile",
}
_STORE = "portal.kit.storage.current"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-store",
}


@pytest.fixture
def files(app: Flask, owner: Actor, stranger: Actor) -> list[Held]:
    return handed.all_of_them(app, owner, stranger)


def _readers() -> set[str]:
    """The functions that open something in the store."""
    return {
        name
        for name, named in reaching.named().items()
        if (_STORE in named and named & {".read", ".open"}) or name == "portal.kit.issued.read"
    }


def _by_link(app: Flask) -> set[str]:
    return {it.removesuffix(handing.LINK) for it in app.view_functions if it.endswith(handing.LINK)}


def test_who_opens_the_store_for_a_visitor_does_so_behind_a_signed_address(app: Flask) -> None:
    """One that forgets is found by what it names, whether or not a test ever asks it."""
    readers = _readers()
    opening = set()
    for endpoint, view in app.view_functions.items():
        plain = inspect.unwrap(view)
        if reaching.led_to(f"{plain.__module__}.{plain.__qualname__}") & readers:
            opening.add(endpoint)

    assert "portal.vault.sealed.open_plain" in readers
    assert opening == _by_link(app) | OTHERWISE


def test_what_a_view_leads_to_is_followed_as_far_as_the_store() -> None:
    """Through a class, a constant, a function handed on, and a name that another module lent."""
    for view in (
        "portal.engagements.views.export.download",
        "portal.leaving.views.prior.file",
        "portal.publiclog.views.tile",
        "portal.fleet.views.imports.report",
    ):
        assert reaching.led_to(view) & _readers(), view
    assert not reaching.led_to("portal.evidence.views.proof.show") & {
        "portal.vault.sealed.open_plain", "portal.kit.issued.read",
    }  # fmt: skip


def test_a_signed_address_demands_what_the_first_one_does(app: Flask) -> None:
    demands = {route.endpoint: route.demands for route in routes.of(app)}

    for endpoint in _by_link(app):
        assert demands[endpoint] == demands[f"{endpoint}{handing.LINK}"]


def test_every_kind_of_file_is_tried_here(app: Flask, files: list[Held]) -> None:
    assert {file.endpoint for file in files} == _by_link(app)


def _sent_on(app: Flask, file: Held) -> str:
    answer = handed.asked(handed.browser(app, file.reader), file)
    assert answer.status_code == 303, (file.endpoint, answer.text)
    assert answer.location.startswith(f"{file.address}/")
    return str(answer.location)


def test_each_leaves_as_an_attachment_that_no_browser_shows_or_keeps(
    app: Flask, files: list[Held]
) -> None:
    for file in files:
        answer = handed.browser(app, file.reader).get(_sent_on(app, file))

        assert (file.endpoint, answer.status_code) == (file.endpoint, 200)
        assert answer.data
        assert answer.headers["Content-Disposition"].startswith('attachment; filename="')
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
        length = answer.headers.get("Content-Length")
        assert length is None or int(length) == len(answer.data)


def _face(answer: TestResponse) -> tuple[int, str]:
    said = TOKEN.sub(b"", answer.data).decode()
    return answer.status_code, re.sub(r"/[^\s\"<]*(?=[\"<])", "", said)


def _altered(link: str) -> str:
    """With another letter in the midst of its signature: its last one says less than a letter."""
    at = len(link) - 10
    return f"{link[:at]}{'A' if link[at] != 'A' else 'B'}{link[at + 1 :]}"


def _crossed(file: Held, files: list[Held], links: dict[str, str]) -> Iterator[str]:
    """The words of each other file at this one's address, and hers at each that she may open."""
    there, _, token = links[file.address].rpartition("/")
    for other in files:
        at, _, its = links[other.address].rpartition("/")
        if other != file:
            yield f"{there}/{its}"
        if other != file and other.reader == file.reader:
            yield f"{at}/{token}"


def test_no_signed_address_is_good_for_another_person_another_file_or_for_later(
    app: Flask, files: list[Held]
) -> None:
    """All answer as the vault does of a file that is not there; the page's own address goes on."""
    links = {file.address: _sent_on(app, file) for file in files}
    for file in files:
        link, hers = links[file.address], handed.browser(app, file.reader)
        theirs = handed.browser(app, file.other)
        nowhere = _face(hers.get(f"{file.address}/nothing"))
        wrong = [f"{link}x", _altered(link), *_crossed(file, files, links)]
        answers = [hers.get(address) for address in wrong]
        its_own = handed.asked(theirs, file)
        answers.append(theirs.get(link))
        with time_machine.travel(clock.now() + timedelta(seconds=handing.SECONDS + 2)):
            answers.append(hers.get(link))
            again = handed.asked(hers, file, follow_redirects=True)

        told = [answer.status_code for answer in answers]
        assert (file.endpoint, nowhere[0], told) == (file.endpoint, 404, [404] * len(told))
        assert {_face(answer) for answer in answers[:2]} == {nowhere}
        assert (its_own.status_code, again.status_code) == (303, 200)
        assert hers.get(link).status_code == 200


class _Before(URLSafeTimedSerializer):
    def dumps(self, _choice: object, salt: str | bytes | None = None) -> str:
        return str(super().dumps("", salt))


def test_what_a_version_before_signed_leads_nowhere(
    app: Flask, files: list[Held], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It named no choice, and what it handed out may be followed right after an upgrade."""
    with monkeypatch.context() as before:
        before.setattr(handing, "URLSafeTimedSerializer", _Before)
        links = [_sent_on(app, file) for file in files]

    for file, link in zip(files, links, strict=True):
        hers = handed.browser(app, file.reader)
        assert _face(hers.get(link)) == _face(hers.get(f"{file.address}/nothing"))

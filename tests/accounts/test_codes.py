"""Codes sent by e-mail: for one address, one browser, one purpose, once, soon, in five tries."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import time_machine
from flask import Flask, session

from portal.accounts import codes
from portal.accounts.codes import Purpose
from portal.kit import clock, mail
from tests.carrying import carry
from tests.smtp import Inbox, serving

ANN = "ann@people.example"


@pytest.fixture
def inbox(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Inbox]:
    inbox = Inbox()
    with serving(inbox) as port:
        monkeypatch.setitem(app.extensions, "post", mail.SmtpPost("smtp", "127.0.0.1", port))
        yield inbox


@contextmanager
def browser(app: Flask, holding: dict[str, str] | None = None) -> Iterator[None]:
    with app.test_request_context():
        session.update(holding or {})
        yield


def sent(app: Flask, inbox: Inbox) -> str:
    """The code in the only message that left."""
    carry(app)
    body = inbox.read().get_body(("plain",))
    assert body
    found = re.search(r"\d{4} \d{4}", body.get_content())
    assert found
    return found[0]


@pytest.fixture
def held(app: Flask, isolated: None, inbox: Inbox) -> tuple[dict[str, str], str]:
    """What the browser that asked holds, and the code it awaits."""
    with browser(app):
        codes.issue(ANN, Purpose.RESET)
        return dict(session), sent(app, inbox)


def test_the_code_opens_once_where_it_was_asked_for(
    app: Flask, held: tuple[dict[str, str], str]
) -> None:
    kept, code = held
    with browser(app, kept):
        answers = [codes.check(" Ann@People.example", Purpose.RESET, code) for _ in range(2)]

    assert answers == [True, False]


def test_a_copy_of_the_session_does_not_open_again(
    app: Flask, held: tuple[dict[str, str], str]
) -> None:
    kept, code = held
    answers = []
    for _ in range(2):
        with browser(app, kept):
            answers.append(codes.check(ANN, Purpose.RESET, code))

    assert answers == [True, False]


def test_the_code_opens_nothing_elsewhere(app: Flask, held: tuple[dict[str, str], str]) -> None:
    kept, code = held
    with browser(app):
        another_browser = codes.check(ANN, Purpose.RESET, code)
    with browser(app, kept):
        another_person = codes.check("bob@people.example", Purpose.RESET, code)
        another_purpose = codes.check(ANN, Purpose.SIGN_UP, code)

    assert (another_browser, another_person, another_purpose) == (False, False, False)


def test_after_five_wrong_tries_the_right_code_opens_nothing(
    app: Flask, held: tuple[dict[str, str], str]
) -> None:
    kept, code = held
    wrong = f"{(int(code.replace(' ', '')) + 1) % 10**8:08}"
    for _ in range(5):
        with browser(app, kept):
            codes.check(ANN, Purpose.RESET, wrong)

    with browser(app, kept):
        assert not codes.check(ANN, Purpose.RESET, code)


def test_after_a_quarter_of_an_hour_the_code_opens_nothing(
    app: Flask, held: tuple[dict[str, str], str]
) -> None:
    kept, code = held
    with (
        time_machine.travel(clock.now() + timedelta(minutes=15, seconds=1)),
        browser(app, kept),
    ):
        assert not codes.check(ANN, Purpose.RESET, code)


def test_a_silent_code_is_asked_for_but_never_sent(
    app: Flask, isolated: None, inbox: Inbox
) -> None:
    with browser(app):
        codes.issue(ANN, Purpose.RESET, silent=True)
        assert codes.asked(Purpose.RESET)

    carry(app)
    assert inbox.taken == []

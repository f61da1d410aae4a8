"""Two browsers that send at the same moment, over a portal whose commits are real."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tenants.access import Actor
from tests import live
from tests.conftest import Browser, sign_in

#: How long one waits for the other, who may be held up by a lock and not come at all.
_WAITS_SECONDS = 1


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with live.portal(f"file://{tmp_path_factory.mktemp('at-once')}") as app:
        app.test_client_class = Browser
        yield app


def browsers(app: Flask, people: Sequence[Actor]) -> list[FlaskClient]:
    """One for each of them, signed in."""
    theirs = [app.test_client() for _ in people]
    for browser, actor in zip(theirs, people, strict=True):
        sign_in(browser, actor)
    return theirs


def lingers(patch: pytest.MonkeyPatch, where: object, name: str) -> None:
    """Whoever has come through this function waits a moment for the other to do so as well."""
    through, real = threading.Barrier(2), getattr(where, name)

    def slowly(*args: Any, **kwargs: Any) -> Any:
        found = real(*args, **kwargs)
        with suppress(threading.BrokenBarrierError):
            through.wait(_WAITS_SECONDS)
        return found

    patch.setattr(where, name, slowly)


def sent(
    app: Flask, theirs: Sequence[FlaskClient], addresses: Sequence[str], forms: Sequence[Any]
) -> Mapping[int, Any]:
    """What each is answered, all sending at once: by number, the response."""
    told: dict[int, Any] = {}
    ready = threading.Barrier(len(theirs))

    def send(hand: int) -> None:
        with app.app_context():
            ready.wait(20)
            told[hand] = theirs[hand].post(addresses[hand], data=forms[hand])

    hands = [threading.Thread(target=send, args=(hand,)) for hand in range(len(theirs))]
    for thread in hands:
        thread.start()
    for thread in hands:
        thread.join(60)
    return told

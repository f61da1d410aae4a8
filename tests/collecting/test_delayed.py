"""A request whose message has not left says why where it was asked, and no more once it has."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from portal.collecting.models import Collector
from portal.collecting.service import SEND
from portal.kit import clock, mail
from portal.kit.outbox import Outbox, OutboxState
from tenants.access import Actor
from tenants.db import db
from tests.collecting.links import where
from tests.collecting.test_mail import asks_by_mail
from tests.collecting.turns import sets_up, works
from tests.smtp import Inbox

AWAY, KEPT, LOST = "est injoignable depuis", "n’a pas encore pris le message", "n’est plus essayé"


@pytest.fixture
def away(app: Flask, inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens where the mail server was."""
    monkeypatch.setitem(app.extensions, "post", mail.SmtpPost("smtp", "127.0.0.1", 1))


def _told(client: FlaskClient, place: str) -> list[str]:
    page = client.get(place).text
    return [said for said in (AWAY, KEPT, LOST, "pas encore parti", "pas parti") if said in page]


def test_a_server_that_is_away_is_told_and_no_more_once_the_message_left(
    app: Flask,
    at_work: FlaskClient,
    inbox: Inbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    there = app.extensions["post"]
    asks_by_mail(at_work)
    before = _told(at_work, where())
    with monkeypatch.context() as gone:
        gone.setitem(app.extensions, "post", mail.SmtpPost("smtp", "127.0.0.1", 1))
        works(SEND)
    meanwhile = [_told(at_work, where()), _told(at_work, "/acme/demandes")]
    assert app.extensions["post"] is there
    with time_machine.travel(clock.now() + timedelta(minutes=5)):
        works(SEND)

    assert before == []
    assert meanwhile == [[AWAY, "pas encore parti"], ["pas encore parti"]]
    assert _told(at_work, where()) == []
    assert len(inbox.taken) == 1


def test_so_is_one_that_does_not_take_it_and_that_nobody_tries_any_more(
    at_work: FlaskClient, inbox: Inbox
) -> None:
    inbox.answers["RCPT"] = "451 4.3.0 Later"
    asks_by_mail(at_work)
    works(SEND)
    kept = _told(at_work, where())
    db.session.execute(sa.update(Outbox).values(state=OutboxState.DEAD))
    db.session.commit()

    assert kept == [KEPT, "pas encore parti"]
    assert _told(at_work, where()) == [LOST, "pas parti"]
    assert "451" not in at_work.get(where()).text


def test_asked_for_again_it_is_another_message_and_leaves_once(
    at_work: FlaskClient, inbox: Inbox
) -> None:
    inbox.answers["RCPT"] = "451 4.3.0 Later"
    asks_by_mail(at_work)
    works(SEND)
    at_work.post(f"{where()}/relancer", data={"due_on": clock.today().isoformat()})
    told = _told(at_work, where())
    inbox.answers.clear()

    assert told == []
    assert works(SEND) == 2
    assert len(inbox.taken) == 1


@pytest.mark.usefixtures("away")
def test_what_is_not_awaited_any_more_waits_for_no_server(at_work: FlaskClient) -> None:
    asks_by_mail(at_work)
    works(SEND)
    at_work.post(f"{where()}/revoquer")

    assert _told(at_work, where()) == []


@pytest.mark.usefixtures("away")
def test_a_collection_says_it_of_the_request_it_made(at_work: FlaskClient, owner: Actor) -> None:
    made = sets_up(
        owner, first_in=5, collector=Collector.SUPPLIER, supplier="O", to_email="a@ouest.example"
    )
    works(SEND)

    assert _told(at_work, f"/acme/collectes/{made}") == [AWAY, "pas encore parti"]

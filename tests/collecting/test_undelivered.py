"""An address that has nobody: the request says so, and is sent again to the right one."""

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from portal.collecting.models import FileRequest
from portal.collecting.service import SEND
from portal.kit import clock
from portal.kit.outbox import Outbox, OutboxState
from portal.kit.returned import Fault, Returned
from portal.reminders import returns
from tenants.access import Actor
from tenants.db import db
from tests.collecting.links import asked, messages, where
from tests.collecting.test_mail import ADDRESS, asks_by_mail
from tests.collecting.turns import works
from tests.smtp import Inbox

NOBODY = "550 5.1.1 No such user"


def _comes_back(message_id: str, *, fault: Fault = Fault.HARD, address: str = ADDRESS) -> int:
    noted = returns.take([Returned(fault, message_id, address, NOBODY)], at=clock.now())
    db.session.rollback()
    return noted


def test_an_address_refused_at_once_is_told_where_it_was_asked_and_not_tried_again(
    at_work: FlaskClient, owner: Actor, inbox: Inbox
) -> None:
    inbox.answers["RCPT"] = NOBODY
    asks_by_mail(at_work)
    before = at_work.get(where()).text

    works(SEND)

    states = db.session.execute(
        sa.select(Outbox.state, Outbox.attempts).where(Outbox.kind == SEND)
    ).all()
    db.session.rollback()
    page = at_work.get(where()).text
    assert [tuple(one) for one in states] == [(OutboxState.DONE, 1)]
    assert "a été refusée" not in before
    assert f"L’adresse {ADDRESS} a été refusée" in page
    assert NOBODY in page
    assert "adresse refusée" in at_work.get("/acme/demandes").text


def test_the_address_is_mended_and_the_request_sent_there(
    at_work: FlaskClient, owner: Actor, inbox: Inbox
) -> None:
    inbox.answers["RCPT"] = NOBODY
    asks_by_mail(at_work)
    works(SEND)
    inbox.answers.clear()

    answer = at_work.post(
        f"{where()}/relancer",
        data={"due_on": clock.today().isoformat(), "to_email": "bon@ouest.example"},
    )
    works(SEND)

    (message,) = messages(inbox)
    assert answer.status_code == 303
    assert message["To"] == "Assureur Ouest <bon@ouest.example>"
    assert "a été refusée" not in at_work.get(where()).text


def test_what_comes_back_for_good_is_told_once(
    at_work: FlaskClient, owner: Actor, inbox: Inbox
) -> None:
    asks_by_mail(at_work)
    works(SEND)
    (message,) = messages(inbox)

    noted = [_comes_back(message["Message-ID"]) for _ in range(2)]

    assert noted == [1, 0]
    assert asked().undelivered == NOBODY
    assert f"L’adresse {ADDRESS} a été refusée" in at_work.get(where()).text


@pytest.mark.parametrize("lie", ["number", "address", "fault", "gone", "overtaken"])
def test_what_comes_back_is_believed_of_the_message_that_was_sent_alone(
    at_work: FlaskClient, owner: Actor, inbox: Inbox, lie: str
) -> None:
    asks_by_mail(at_work)
    works(SEND)
    number, address, fault = messages(inbox)[0]["Message-ID"], ADDRESS, Fault.HARD
    if lie == "overtaken":
        at_work.post(f"{where()}/relancer", data={"due_on": clock.today().isoformat()})
    elif lie == "gone":
        db.session.execute(sa.delete(FileRequest))
        db.session.commit()
    elif lie == "number":
        number = number.replace("asks-0", "asks-1")
    elif lie == "address":
        address = "victim@acme.example"
    else:
        fault = Fault.SOFT

    assert _comes_back(number, fault=fault, address=address) == 0

"""An invitation says that it was sent once it was, and that nobody is at its address."""

import pytest
from flask.testing import FlaskClient

from portal.kit import clock, mail
from portal.kit.returned import Fault, Returned
from portal.reminders import returns
from tenants.access import Actor
from tenants.db import db
from tests.collecting.links import messages
from tests.conftest import sign_in
from tests.people.post import deliver, invite, row
from tests.smtp import Inbox, post_office

office = post_office
ADDRESS = "ann@people.example"
NOBODY = "550 5.1.1 No such user"
TOLD = "Cette adresse a été refusée"


@pytest.fixture
def invited(client: FlaskClient, owner: Actor, office: Inbox) -> FlaskClient:
    sign_in(client, owner)
    invite(client, "manager", ADDRESS)
    return client


def _team(client: FlaskClient) -> str:
    return client.get("/acme/equipe").text


def test_an_invitation_is_said_to_be_sent_once_it_was_handed_over(
    invited: FlaskClient, owner: Actor, office: Inbox
) -> None:
    before = row().sent_at

    deliver(owner)

    assert before is None
    assert row().sent_at is not None
    assert len(office.taken) == 1


def test_one_that_no_server_took_is_not_said_to_be_sent(
    invited: FlaskClient, owner: Actor, office: Inbox
) -> None:
    office.answers["RCPT"] = "451 Later"

    with pytest.raises(mail.NotAccepted):
        deliver(owner)

    assert row().sent_at is None


def test_an_address_refused_at_once_is_told_to_the_team(
    invited: FlaskClient, owner: Actor, office: Inbox
) -> None:
    office.answers["RCPT"] = NOBODY
    before = _team(invited)

    deliver(owner)

    assert row().sent_at is None
    assert TOLD not in before
    assert TOLD in _team(invited)
    assert NOBODY in _team(invited)


def test_an_invitation_that_comes_back_is_told_until_it_is_sent_again(
    invited: FlaskClient, owner: Actor, office: Inbox
) -> None:
    deliver(owner)
    back = Returned(Fault.HARD, messages(office)[0]["Message-ID"], ADDRESS, NOBODY)
    noted = [returns.take([back], at=clock.now()) for _ in range(2)]
    db.session.rollback()
    told = _team(invited)

    invited.post(f"/acme/equipe/invitations/{row().id}/renvoyer")

    assert noted == [1, 0]
    assert TOLD in told
    assert TOLD not in _team(invited)
    assert returns.take([back], at=clock.now()) == 0

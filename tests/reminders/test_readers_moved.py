"""Between the planning and its hour, a message’s reader may change her address, or her place."""

from datetime import timedelta

import pytest

from portal.kit import clock
from portal.reminders.models import Mail, Reminder
from tenants.access import Actor
from tenants.db import db
from tenants.models import Membership, UserAccount
from tenants.roles import Role
from tests import make
from tests.reminders import scene, waiting_mail
from tests.smtp import Inbox, post_office

office = post_office


@pytest.fixture
def planned(owner: Actor) -> Actor:
    """The owner has a message that waits for its hour."""
    today = clock.today()
    scene.remind_on_any_day(owner)
    offering = make.offering(carries=[scene.CODE])
    scene.client(offering, today=today)
    scene.declare(owner, offering, reviewed_on=today)
    scene.prove(owner, until=today + timedelta(days=7), offering_id=offering)
    assert scene.plan(today, leaves=False) == 1
    return owner


def test_who_is_told_nothing_any_more_is_sent_nothing_that_was_written_before(
    planned: Actor, office: Inbox
) -> None:
    db.session.execute(
        db.update(Membership).where(Membership.user_id == planned.user_id).values(role=Role.BILLING)
    )
    db.session.commit()

    waiting_mail.send()

    assert office.taken == []
    for table in (Mail, Reminder):
        assert db.session.scalars(db.select(table)).all() == []


def test_a_message_goes_to_the_address_that_its_reader_has_by_then(
    planned: Actor, office: Inbox
) -> None:
    db.session.execute(
        db.update(UserAccount)
        .where(UserAccount.id == planned.user_id)
        .values(email="nouvelle@acme.example")
    )
    db.session.commit()

    waiting_mail.send()

    (envelope,) = office.taken
    assert envelope.rcpt_tos == ["nouvelle@acme.example"]
    assert office.read()["To"].addresses[0].addr_spec == "nouvelle@acme.example"
    assert scene.mails(planned)[0].to_address == "nouvelle@acme.example"

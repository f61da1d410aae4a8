"""The message about an archive is known as ours: written twice it is one, come back it counts."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from portal.kit import clock, numbering, outbox
from portal.kit.outbox import Outbox, OutboxState
from portal.kit.returned import Fault, Returned
from portal.leaving import jobs, service
from portal.leaving.models import RecordArchive
from portal.reminders import queries as reminders
from portal.reminders import returns
from portal.reminders.kinds import Kind
from tenants.db import db
from tenants.models import UserAccount
from tests import smtp
from tests.conftest import Visit
from tests.leaving.house import House, worked
from tests.smtp import Inbox

inbox = smtp.post_office


@pytest.fixture
def told(house: House, visit: Visit, inbox: Inbox) -> str:
    """The number of the message; the address is the director's."""
    visit(house.director).post(house.url)
    worked(service.PACK)
    worked(service.TELL)
    return str(inbox.read()["Message-ID"])


def _address(house: House) -> str:
    email = db.session.get_one(UserAccount, house.director.user_id).email.lower()
    db.session.rollback()
    return email


def _back(number: str, address: str, fault: Fault = Fault.HARD) -> int:
    noted = returns.take([Returned(fault, number, address, "550 5.1.1 Nobody")], at=clock.now())
    db.session.rollback()
    return noted


def test_its_number_names_the_archive_under_our_secret(house: House, told: str) -> None:
    number = numbering.read(told)

    assert number is not None
    assert number.kind == "archive"
    assert number.of_id == db.session.scalars(sa.select(RecordArchive.id)).one()


def test_a_worker_that_dies_with_it_in_hand_has_the_same_written_again(
    house: House, visit: Visit, inbox: Inbox
) -> None:
    visit(house.director).post(house.url)
    worked(service.PACK)
    row = db.session.execute(sa.select(Outbox.id).where(Outbox.kind == service.TELL)).one()
    held = outbox.lease(row.id, at=clock.now())
    db.session.commit()
    assert held is not None
    jobs.tell.run(held)
    db.session.rollback()
    with time_machine.travel(clock.now() + outbox.LEASED_FOR + timedelta(minutes=5)):
        db.session.execute(sa.update(Outbox).values(state=OutboxState.READY))
        db.session.commit()
        worked(service.TELL)

    first, second = (inbox.parsed(envelope) for envelope in inbox.taken)
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Date"] == second["Date"]


def test_another_archive_is_another_message(
    house: House, visit: Visit, inbox: Inbox, told: str
) -> None:
    visit(house.director).post(house.url)
    worked(service.PACK)
    worked(service.TELL)

    numbers = {str(inbox.parsed(envelope)["Message-ID"]) for envelope in inbox.taken}
    assert len(numbers) == 2


def test_refused_for_good_no_reminder_goes_there_either(house: House, told: str) -> None:
    address = _address(house)

    assert [_back(told, address), _back(told, address)] == [1, 0]
    assert reminders.is_suppressed(address)


def test_refused_at_once_is_the_same_and_is_not_tried_again(
    house: House, visit: Visit, inbox: Inbox
) -> None:
    inbox.answers["RCPT"] = "550 5.1.1 No such user"
    visit(house.director).post(house.url)
    worked(service.PACK)
    worked(service.TELL)

    states = db.session.scalars(sa.select(Outbox.state).where(Outbox.kind == service.TELL)).all()
    assert states == [OutboxState.DONE]
    assert reminders.is_suppressed(_address(house))


def test_a_complaint_stops_archives_and_nothing_else(house: House, told: str) -> None:
    _back(told, _address(house), Fault.COMPLAINT)

    assert reminders.declined()[house.director.user_id] == {Kind.ARCHIVE}
    assert not reminders.is_suppressed(_address(house))


@pytest.mark.parametrize("lie", ["address", "fault", "number"])
def test_what_is_not_of_this_message_changes_nothing(house: House, told: str, lie: str) -> None:
    address = "victim@acme.example" if lie == "address" else _address(house)
    number = told.replace("archive-", "archivf-") if lie == "number" else told

    assert _back(number, address, Fault.SOFT if lie == "fault" else Fault.HARD) == 0
    assert not reminders.is_suppressed(address)

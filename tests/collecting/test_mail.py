"""The mails of requests, sent through a real server: asking, asking again, telling of a refusal."""

from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from portal.collecting.service import REFUSED, SEND
from portal.kit import clock, outbox
from portal.kit.outbox import Outbox, OutboxState
from tenants.access import Actor
from tenants.db import db
from tenants.models import Membership
from tenants.roles import Role
from tests.collecting.links import (
    ASKED,
    SECRET,
    asked,
    asks,
    gives,
    link_in,
    messages,
    where,
    words,
)
from tests.collecting.turns import works
from tests.conftest import sign_in
from tests.evidence import examined
from tests.smtp import Inbox

ADDRESS = "assureur@ouest.example"


def asks_by_mail(client: FlaskClient, **typed: str) -> None:
    form = {
        "title": SECRET,
        "to_name": "Assureur Ouest",
        "to_email": ADDRESS,
        "due_on": clock.today().isoformat(),
        "codes": "ASSU-03",
        **typed,
    }
    assert client.post(f"{ASKED}/nouvelle", data=form).status_code == 303


def test_the_mail_says_who_asks_and_what_and_its_link_takes_the_file(
    at_work: FlaskClient, outside: FlaskClient, owner: Actor, inbox: Inbox
) -> None:
    asks_by_mail(at_work, message="Celle de 2027.\n\nMerci.")
    page = at_work.get(where()).text
    done = works(SEND)
    (message,) = messages(inbox)

    assert "/depot/" not in page
    assert done == 1
    assert message["To"] == f"Assureur Ouest <{ADDRESS}>"
    assert message["Message-ID"]
    for said in (owner.name, SECRET, "Celle de 2027.", "Merci."):
        assert said in words(message)
    assert asked().digest is not None
    assert link_in(message).rsplit("/", 1)[1] not in repr(vars(asked()))
    assert gives(outside, link_in(message)).status_code == 303


def test_a_mail_written_again_is_the_same_message_with_the_same_link(
    at_work: FlaskClient, outside: FlaskClient, owner: Actor, inbox: Inbox
) -> None:
    asks_by_mail(at_work)
    works(SEND)
    db.session.execute(sa.update(Outbox).values(state=OutboxState.READY))
    db.session.commit()
    works(SEND)
    first, second = messages(inbox)

    assert first["Message-ID"] == second["Message-ID"]
    assert link_in(first) == link_in(second)
    assert outside.get(link_in(second)).status_code == 200


def test_a_request_sent_again_is_another_message_and_the_first_link_is_dead(
    at_work: FlaskClient, outside: FlaskClient, owner: Actor, inbox: Inbox
) -> None:
    asks_by_mail(at_work)
    works(SEND)
    at_work.post(f"{where()}/relancer", data={"due_on": clock.today().isoformat()})
    works(SEND)
    first, second = messages(inbox)

    assert first["Message-ID"] != second["Message-ID"]
    assert outside.get(link_in(first)).status_code == 404
    assert outside.get(link_in(second)).status_code == 200


@pytest.mark.parametrize("deed", ["revoquer", "late"])
def test_nothing_leaves_for_a_request_that_is_over(
    at_work: FlaskClient, owner: Actor, inbox: Inbox, deed: str
) -> None:
    asks_by_mail(at_work)
    if deed == "late":
        db.session.execute(sa.text("UPDATE file_request SET due_on = due_on - 1"))
        db.session.commit()
    else:
        at_work.post(f"{where()}/{deed}")
    works(SEND)

    assert messages(inbox) == []


def test_a_server_that_refuses_is_asked_again_later(
    at_work: FlaskClient, owner: Actor, inbox: Inbox
) -> None:
    inbox.answers["RCPT"] = "451 Later"
    asks_by_mail(at_work)
    works(SEND)
    row = db.session.execute(sa.select(Outbox.state, Outbox.attempts)).one()
    inbox.answers.clear()
    works(SEND)

    assert tuple(row) == (OutboxState.READY, 1)
    assert len(messages(inbox)) == 1


def refuses(client: FlaskClient, reason: str = "Celle de 2025.") -> None:
    assert client.post(f"{where()}/refuser", data={"reason": reason}).status_code == 303


def test_a_refusal_is_told_with_its_reason_to_whoever_gave_the_file(
    at_work: FlaskClient, outside: FlaskClient, owner: Actor, inbox: Inbox
) -> None:
    asks_by_mail(at_work)
    works(SEND)
    gives(outside, link_in(messages(inbox)[0]))
    examined.all_files()
    refuses(at_work)
    done = works(REFUSED)
    told = messages(inbox)[1]

    assert done == 1
    assert told["To"] == f"Assureur Ouest <{ADDRESS}>"
    assert SECRET in words(told)
    assert "Celle de 2025." in words(told)
    # Whoever refused asked for it herself: she knows.
    assert len(messages(inbox)) == 2


def test_whoever_asked_learns_that_a_colleague_refused(
    at_work: FlaskClient, outside: FlaskClient, owner: Actor, technician: Actor, inbox: Inbox
) -> None:
    link = asks(at_work)
    gives(outside, link)
    examined.all_files()
    sign_in(at_work, technician)
    refuses(at_work)
    works(REFUSED)
    (told,) = messages(inbox)

    assert told["To"] == f"{owner.name} <owner@acme.example>"
    assert technician.name in words(told)
    assert "Celle de 2025." in words(told)
    assert where() in words(told)


def test_nobody_is_told_of_a_refusal_that_another_request_has_overtaken(
    at_work: FlaskClient, outside: FlaskClient, owner: Actor, inbox: Inbox
) -> None:
    asks_by_mail(at_work)
    works(SEND)
    gives(outside, link_in(messages(inbox)[0]))
    examined.all_files()
    refuses(at_work)
    at_work.post(f"{where()}/relancer", data={"due_on": clock.today().isoformat()})
    works(REFUSED)

    assert len(messages(inbox)) == 1


@pytest.mark.parametrize("since", ["left", "billing", "member"])
def test_whoever_asked_and_may_no_more_is_told_nothing(
    at_work: FlaskClient, outside: FlaskClient, owner: Actor, technician: Actor, inbox: Inbox,
    since: str,
) -> None:  # fmt: skip
    """She has left, or does something else here, or is a client by now."""
    sign_in(at_work, technician)
    gives(outside, asks(at_work))
    examined.all_files()
    sign_in(at_work, owner)
    refuses(at_work)
    now: dict[str, dict[str, Any]] = {
        "left": {"revoked_at": clock.now()},
        "billing": {"role": Role.BILLING},
        "member": {"role": Role.MEMBER, "whole_tenant": False},
    }
    db.session.execute(
        sa.update(Membership).where(Membership.user_id == technician.user_id).values(now[since])
    )
    db.session.commit()

    assert works(REFUSED) == 1
    assert messages(inbox) == []
    assert outbox.OutboxState.DONE in set(db.session.scalars(sa.select(Outbox.state)))

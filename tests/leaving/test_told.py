"""Whoever asked for an archive is told what became of it: once, in her language, if she wants."""

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.kit import outbox
from portal.kit.outbox import Outbox
from portal.leaving import packing, service
from portal.reminders import service as reminders
from portal.reminders.kinds import Kind
from tenants.db import db
from tenants.models import Membership, UserAccount
from tests import smtp
from tests.conftest import Visit
from tests.leaving.house import House, worked
from tests.smtp import Inbox

inbox = smtp.post_office


def _asked(house: House, visit: Visit) -> str:
    asked = visit(house.director).post(house.url)
    assert asked.status_code == 303
    return str(asked.headers["Location"])


def _words(inbox: Inbox) -> str:
    body = inbox.read().get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_she_is_written_to_once_it_is_ready(house: House, visit: Visit, inbox: Inbox) -> None:
    page = _asked(house, visit)
    worked(service.PACK)
    worked(service.TELL)
    worked(service.TELL)

    message = inbox.read()
    text = _words(inbox)
    assert "est prête" in message["Subject"]
    assert "EHPAD Les Ajoncs" in message["Subject"]
    assert page.split("/acme")[1] in text
    assert not list(message.iter_attachments())
    assert "List-Unsubscribe" in message


def test_in_her_own_language(house: House, visit: Visit, inbox: Inbox) -> None:
    db.session.execute(
        sa.update(UserAccount).where(UserAccount.id == house.director.user_id).values(locale="en")
    )
    db.session.commit()
    _asked(house, visit)
    worked(service.PACK)
    worked(service.TELL)

    assert inbox.read()["Subject"] == "The archive of EHPAD Les Ajoncs is ready"


@pytest.mark.parametrize("why", ["declined", "unsubscribed", "gone", "returned"])
def test_not_if_she_wants_none_or_cannot_be_told(
    house: House, visit: Visit, inbox: Inbox, app: Flask, why: str
) -> None:
    _asked(house, visit)
    worked(service.PACK)
    if why == "declined":
        reminders.decline(house.director.user_id, {Kind.ARCHIVE})
    elif why == "gone":
        db.session.execute(
            sa.update(Membership)
            .where(Membership.user_id == house.director.user_id)
            .values(revoked_at=sa.func.now())
        )
    elif why == "returned":
        _suppress(house)
    db.session.commit()
    if why == "unsubscribed":
        worked(service.TELL)
        link = str(inbox.parsed(inbox.taken.pop())["List-Unsubscribe"]).strip("<>")
        assert app.test_client().post(link[link.index("/rappels") :]).status_code == 200
        visit(house.director).post(house.url)
        worked(service.PACK)

    worked(service.TELL)

    assert inbox.taken == []


def _suppress(house: House) -> None:
    person = db.session.get_one(UserAccount, house.director.user_id)
    db.session.execute(
        sa.text(
            "INSERT INTO mail_suppression (tenant_id, id, address, reason, detail)"
            " VALUES (:tenant, gen_random_uuid(), :address, 'hard', '')"
        ),
        {"tenant": house.owner.tenant_id, "address": person.email.lower()},
    )


def test_she_chooses_it_where_she_chooses_the_others(house: House, visit: Visit) -> None:
    browser = visit(house.director)

    before = browser.get("/acme/rappels/reglages").text
    browser.post("/acme/rappels/les-miens", data={"kinds": ["proof"]})

    assert "les archives que vous avez demandées" in before
    assert 'value="archive"' in before
    db.session.rollback()
    kinds = db.session.scalars(sa.text("SELECT kind FROM reminder_choice")).all()
    assert "archive" in kinds


def _broken(*_: object) -> packing.Entries:
    raise OSError("the disk is full")


def test_what_could_not_be_made_is_told_too_and_may_be_asked_for_again(
    house: House, visit: Visit, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = _asked(house, visit)
    db.session.execute(
        sa.update(Outbox)
        .where(Outbox.kind == service.PACK)
        .values(attempts=outbox.MAX_ATTEMPTS - 1, failures=outbox.MAX_ATTEMPTS - 1)
    )
    db.session.commit()
    with monkeypatch.context() as patched:
        patched.setattr(packing, "of_place", _broken)
        worked(service.PACK)
    worked(service.TELL)

    assert "n’a pas pu être faite" in inbox.read()["Subject"]
    said = visit(house.director).get(page).text
    assert "n’a pas pu être faite" in said
    assert "Demander une autre archive" in said
    again = _asked(house, visit)
    assert again != page
    worked(service.PACK)
    assert visit(house.director).post(f"{again}.zip", follow_redirects=True).status_code == 200

"""What the page of the verification tells of a journal cut, fitted or wiped by a database's owner.

It is the check of the terminal (``test_cut.py``), a stretch at a time.
"""

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient

from portal.audit import service as audit
from portal.journal import views
from portal.publiclog import service as publiclog
from tenants.context import tenant_scope
from tenants.db import db
from tests import make
from tests.conftest import sign_in
from tests.journal.test_cut import CUT, ENDS, FITTED, NOTED, WIPED

WHOLE, BROKEN = "La chaîne est entière", "La chaîne est rompue au n° "
SOUND_BEFORE = "Ce qui précède ce numéro est tel qu’il a été écrit"


@pytest.fixture(params=[3, 5, 20_000])
def page(
    app: Flask,
    isolated: None,
    unlocked: None,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> FlaskClient:
    """Signed in over ten deeds, after six of which the log noted where they ended."""
    monkeypatch.setattr(views, "STRETCH", request.param)
    owner, client = make.tenant("acme"), app.test_client()
    with tenant_scope(owner.tenant_id):
        for number in range(1, ENDS + 1):
            audit.record(
                owner, "tenant.edited", subject="tenant", subject_id=owner.tenant_id, number=number
            )
            db.session.commit()
            if number == NOTED:
                publiclog.note_head()
                db.session.commit()
    sign_in(client, owner)
    db.session.remove()
    return client


def _told(page: FlaskClient, superuser: sa.Connection, *statements: str, at: int = 0) -> str:
    """All that the stretches say, one after the other, once these statements were done."""
    for one in statements:
        superuser.execute(sa.text(one), {"at": at} if ":at" in one else {})
    address, said = "/acme/journal/verification", ""
    while True:
        found = BeautifulSoup(page.get(address).data, "html.parser")
        said += " ".join(found.select("#verification")[0].get_text(" ").split())
        if (onwards := found.select_one("#verification a.button")) is None:
            return said
        address = str(onwards["href"])


def test_one_as_it_was_written_is_whole_and_held_against_the_log(
    page: FlaskClient, superuser: sa.Connection
) -> None:
    told = _told(page, superuser)

    assert WHOLE in told
    assert "là où le journal public l’a vue finir" in told
    assert "sans qu’aucun fait" not in told


def test_one_cut_behind_what_the_log_noted_is_told(
    page: FlaskClient, superuser: sa.Connection
) -> None:
    told = _told(page, superuser, *CUT, at=NOTED - 2)

    assert f"{BROKEN}{NOTED - 1}" in told
    assert SOUND_BEFORE in told
    assert WHOLE not in told


def test_notes_changed_to_fit_are_told(page: FlaskClient, superuser: sa.Connection) -> None:
    told = _told(page, superuser, *CUT, FITTED, at=NOTED - 2)

    assert f"{BROKEN}{NOTED - 2}" in told
    assert "pas telle que le journal public l’a notée" in told
    assert SOUND_BEFORE not in told


def test_what_went_without_a_deed_is_told(page: FlaskClient, superuser: sa.Connection) -> None:
    told = _told(page, superuser, *WIPED)

    assert WHOLE in told
    assert "20 noms ou détails ont disparu sans qu’aucun fait ne le dise" in told
    assert "10 faits ne disent plus tout" in told
    assert "a fermé son compte" not in told


def test_an_event_beside_a_chain_that_ends_with_a_stretch_is_told(
    page: FlaskClient, superuser: sa.Connection
) -> None:
    beside = """
        INSERT INTO audit_event (tenant_id, id, at, actor_name, action, subject_type, subject_id,
                                 details)
        SELECT tenant_id, gen_random_uuid(), now(), 'Eve', action, subject_type, subject_id, '{}'
          FROM audit_event LIMIT 1
    """
    cut_at_a_stretch = min(ENDS, views.STRETCH)
    told = _told(page, superuser, "DELETE FROM log_head", *CUT, beside, at=cut_at_a_stretch)

    assert "un fait a été ajouté à côté d’elle" in told
    assert SOUND_BEFORE not in told


def test_a_link_that_begins_further_on_begins_at_the_beginning(
    page: FlaskClient, superuser: sa.Connection
) -> None:
    """Whoever changed the first deed might else hand out an address that leaves it out."""
    superuser.execute(sa.text("UPDATE audit_event SET actor_name = 'Eve'"))
    digest = superuser.scalar(
        sa.text("SELECT encode(digest, 'hex') FROM audit_link WHERE position = 8")
    )

    for end in ("", ":" + "0" * 64):
        told = page.get(f"/acme/journal/verification?from=8:{digest}{end}").text
        assert f"{BROKEN}1" in told.replace("\xa0", " ")

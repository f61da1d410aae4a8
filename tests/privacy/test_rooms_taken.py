"""What an auditor takes of her audits, and what a colleague takes of the files asked of her."""

from datetime import timedelta

from flask.testing import FlaskClient

from portal.collecting.models import FileRequest
from portal.engagements import queries, service
from portal.kit import clock
from tenants.access import Actor
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.conftest import sign_in
from tests.engagements import conftest as rooms
from tests.engagements.conftest import Room, as_auditor, engage
from tests.engagements.fleets import concluded
from tests.privacy.archives import taken
from tests.tracking.scene import CODE

room = rooms.room


def test_an_auditor_takes_her_rooms_and_what_she_did_and_said_there(
    client: FlaskClient, room: Room
) -> None:
    """Two rooms over one place: each deed once, whichever tells of it."""
    second = engage(room.owner, room.auditor, places=[room.place, room.other])
    for engagement_id, place in ((room.id, room.place), (second, room.other)):
        concluded(room.auditor, engagement_id, place)
        with as_auditor(room.auditor, engagement_id):
            service.ask(
                room.auditor, queries.engagement(engagement_id), establishment_id=place,
                code=CODE, words="Le dernier essai.", due_on=clock.today(), today=clock.today(),
            )  # fmt: skip
            db.session.commit()
    sign_in(client, room.auditor)

    files = taken(client)

    assert {it["id"] for it in files["rooms-acme.json"]} == {str(room.id), str(second)}
    for name, word in (("audit-findings", "Un seul essai."), ("audit-requests", "Le dernier")):
        found = files[f"{name}-acme.json"]
        assert {it["establishment_id"] for it in found} == {str(room.place), str(room.other)}
        assert all(it["words"].startswith(word) for it in found)
    deeds = [it["id"] for it in files["journal-acme.json"]]
    assert len(deeds) == len({*deeds}) == 4


def test_she_takes_nothing_of_a_room_that_is_another_s_or_over(
    client: FlaskClient, room: Room
) -> None:
    concluded(room.auditor, room.id, room.place)
    another = make.member(
        Role.AUDITOR, establishments=[room.place], ends_at=clock.now() + timedelta(60)
    )
    sign_in(client, another)
    hers = taken(client)
    service.revoke(room.owner, room.id, at=clock.now())
    db.session.commit()
    sign_in(client, room.auditor)

    for files in (hers, taken(client)):
        assert files["rooms-acme.json"] == []
        assert files["audit-findings-acme.json"] == []
        assert files["journal-acme.json"] == []


def test_a_director_who_is_audited_takes_nothing_that_her_auditor_said(
    client: FlaskClient, room: Room
) -> None:
    concluded(room.auditor, room.id, room.place)
    sign_in(client, room.director)

    files = taken(client)

    assert files["rooms-acme.json"] == files["audit-findings-acme.json"] == []
    assert "file-requests-acme.json" not in files


def _asked(owner: Actor, to: str | None) -> None:
    db.session.add(
        FileRequest(
            title="Attestation d’assurance",
            to_name="Ann",
            to_email=to,
            due_on=clock.today(),
            codes=[],
            digest=f"DIGEST {to}",
            asked_by=owner.user_id,
            asked_by_name=owner.name,
        )
    )


def test_a_file_asked_of_her_by_mail_is_hers_without_what_opens_it(
    client: FlaskClient, owner: Actor
) -> None:
    her = make.member(Role.MANAGER, email="ann@people.example")
    for to in ("Ann@People.example", "bob@people.example", None):
        _asked(owner, to)
    db.session.commit()
    sign_in(client, her)

    files = taken(client)

    assert [it["to_email"] for it in files["file-requests-acme.json"]] == ["Ann@People.example"]
    assert "DIGEST" not in str(files)

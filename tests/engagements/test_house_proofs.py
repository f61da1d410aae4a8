"""What an establishment deposited itself, in an auditor's room: not its provider's to open."""

import io
import uuid
import zipfile

import pytest
import sqlalchemy as sa

from portal.contracts.models import Bearer
from portal.evidence.models import Visibility
from portal.tracking.models import TrackedRequirement
from tenants.db import db
from tests.conftest import Visit
from tests.engagements.conftest import Room, as_auditor, engage
from tests.evidence import examined
from tests.space.depositing import proof
from tests.tracking.scene import CODE
from tests.vault import samples

NUMBER = b"nom;nir\nX;185057800608491\n"


def deposit(
    room: Room, visit: Visit, content: bytes = samples.PDF, name: str = "a.pdf"
) -> uuid.UUID:
    """By the director of the audited place, for what she bears there alone."""
    tracked = TrackedRequirement.__table__
    db.session.execute(
        tracked.update()
        .where(tracked.c.establishment_id == room.place, tracked.c.requirement_code == CODE)
        .values(bearer=Bearer.ESTABLISHMENT)
    )
    db.session.commit()
    here = f"/acme/etablissements/{room.place}/treize-questions/reponses/{CODE}/preuve"
    sent = visit(room.director).post(
        here,
        data={"file": (io.BytesIO(content), name), "title": "La charte"},
        content_type="multipart/form-data",
    )
    assert sent.status_code == 303
    examined.all_files()
    found = proof()
    assert found.visibility is Visibility.HOUSE
    evidence_id: uuid.UUID = found.id
    return evidence_id


def test_an_auditor_reads_it_and_its_provider_only_that_it_is_there(
    room: Room, visit: Visit
) -> None:
    url = f"{room.point}/preuves/{deposit(room, visit)}"

    pages = [visit(who).get(room.point).text for who in (room.auditor, room.owner, room.director)]
    taken = [
        visit(who).get(url, follow_redirects=True)
        for who in (room.auditor, room.owner, room.director)
    ]

    assert all("La charte" in page for page in pages)
    assert [it.status_code for it in taken] == [200, 404, 200]
    assert taken[0].data == taken[2].data == samples.PDF


@pytest.mark.parametrize("who", ["auditor", "owner", "director"])
def test_the_archive_holds_its_file_for_those_who_open_it(
    room: Room, visit: Visit, who: str
) -> None:
    evidence_id = deposit(room, visit)

    answer = visit(getattr(room, who)).post(f"{room.url}/export.zip", follow_redirects=True)

    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        names = archive.namelist()
    assert (f"evidence/{evidence_id}.pdf" in names) == (who != "owner")


def test_an_auditor_is_shown_none_that_waits_nor_of_another_question(
    room: Room, visit: Visit
) -> None:
    deposit(room, visit, NUMBER, "liste.csv")
    count = sa.text("SELECT count(*) FROM evidence WHERE establishment_id IS NOT NULL")
    with as_auditor(room.auditor, room.id):
        held = db.session.scalar(count)
    with_it = visit(room.director).post(
        f"/acme/etablissements/{room.place}/preuves/{proof().id}/confirmer", data={"sure": "1"}
    )
    examined.all_files()
    elsewhere = engage(room.owner, room.auditor, places=[room.place], questions=[1])
    another = engage(room.owner, room.auditor, places=[room.other])

    assert with_it.status_code == 303
    with as_auditor(room.auditor, room.id):
        assert (held, db.session.scalar(count)) == (0, 1)
    for other in (elsewhere, another):
        with as_auditor(room.auditor, other):
            assert db.session.scalar(count) == 0

"""Whoever keeps a proof to herself keeps it from every day; the room says that it may be so."""

import io
import zipfile
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.evidence import queries as evidence
from portal.evidence import service
from portal.evidence.facts import Facts
from portal.evidence.models import Evidence, Visibility
from portal.kit import clock
from tenants.db import db
from tests.conftest import Visit
from tests.engagements.conftest import Room, engage
from tests.engagements.test_as_told import aged, pages_of
from tests.tracking.scene import CODE

TODAY = clock.today()
SINCE = "une preuve a pu être retirée de la vue depuis"
TITLE = "Compte rendu d’essai"


@pytest.fixture
def earlier(room: Room) -> str:
    """The address of a room that is read as of yesterday, where all stood already."""
    aged()
    as_of = TODAY - timedelta(1)
    return f"/acme/audits/{engage(room.owner, room.auditor, places=[room.place], as_of=as_of)}"


def _hide(room: Room) -> None:
    """It may have been shown by mistake."""
    found = evidence.evidence(db.session.scalars(sa.select(Evidence.id)).one())
    said = Facts(found.title, Visibility.PROVIDER, valid_until=found.valid_until)
    service.edit(room.owner, found.id, said, version=found.version, at=clock.now(), today=TODAY)
    db.session.commit()


def _archive(room: Room, visit: Visit, url: str) -> str:
    taken = visit(room.auditor).post(f"{url}/export.zip", follow_redirects=True)
    with zipfile.ZipFile(io.BytesIO(taken.data)) as archive:
        return archive.read("index.html").decode()


def test_a_proof_hidden_since_is_hidden_on_an_earlier_day_and_the_room_says_that_it_may_be(
    room: Room, visit: Visit, earlier: str
) -> None:
    point = f"{earlier}/{room.place}/{CODE}"
    before = [*pages_of(room, visit, point), _archive(room, visit, earlier)]
    _hide(room)

    after = [*pages_of(room, visit, point), _archive(room, visit, earlier)]

    assert [TITLE in page for page in before] == [True] * 4
    assert [TITLE in page for page in after] == [False] * 4
    assert [SINCE in page for page in after] == [True] * 4


def test_of_the_present_day_nothing_is_said_of_what_was_shown_before(
    room: Room, visit: Visit
) -> None:
    for page in (*pages_of(room, visit, room.point), _archive(room, visit, room.url)):
        assert TITLE in page
        assert SINCE not in page

"""What an auditor read is in the report, though it was withdrawn or hidden before the end."""

import json
import uuid

import pytest
import sqlalchemy as sa

from portal.engagements import queries
from portal.evidence import queries as evidence
from portal.evidence import service
from portal.evidence.facts import Facts
from portal.evidence.linking import Aim
from portal.evidence.models import Visibility
from portal.kit import clock
from tenants.db import db
from tests import make
from tests.briefs.ordering import words
from tests.conftest import Visit
from tests.engagements.conftest import Room
from tests.engagements.test_endings import close
from tests.evidence import examined
from tests.evidence.test_deposit import deposit
from tests.tracking.scene import CODE
from tests.vault import samples

TODAY = clock.today()
GONE = "Preuves lues qui ne sont plus montrées"


def _deposited(room: Room, visit: Visit) -> uuid.UUID:
    deposit(visit(room.owner), samples.PDF, "pv.pdf", codes=[CODE], title="Procès-verbal")
    examined.all_files()
    found: uuid.UUID = db.session.scalars(
        sa.text("SELECT id FROM evidence WHERE title = 'Procès-verbal'")
    ).one()
    db.session.rollback()
    return found


def _gone(room: Room, found: uuid.UUID, how: str) -> None:
    if how == "withdrawn":
        service.withdraw(room.owner, found, at=clock.now(), today=TODAY)
    elif how == "unlinked":
        service.unlink(room.owner, found, Aim([CODE]), edition_id=make.EDITION, today=TODAY)
    else:
        said = Facts("Un tout autre titre", Visibility.PROVIDER, valid_until=None)
        version = evidence.evidence(found).version
        service.edit(room.owner, found, said, version=version, at=clock.now(), today=TODAY)
    db.session.commit()


@pytest.mark.parametrize("how", ["withdrawn", "unlinked", "hidden"])
def test_what_was_read_and_is_gone_is_told(room: Room, visit: Visit, how: str) -> None:
    found = _deposited(room, visit)
    address = f"{room.point}/preuves/{found}"
    taken = visit(room.auditor).get(address, follow_redirects=True)
    _gone(room, found, how)
    close(room, visit)

    (report,) = queries.reports(room.id)
    told = json.loads(report.snapshot)
    db.session.rollback()
    address = f"{room.url}/{room.place}/rapport.pdf"
    paper = words(visit(room.director).get(address, follow_redirects=True).data)

    assert taken.data == samples.PDF
    assert [it["title"] for it in told["taken"]] == ["Procès-verbal"]
    assert told["taken"][0]["read"] == TODAY.isoformat()
    assert GONE in paper
    assert "Procès-verbal" in paper
    assert "Un tout autre titre" not in paper


@pytest.mark.parametrize("read", [True, False])
def test_what_is_shown_or_was_never_read_is_not_told_twice(
    room: Room, visit: Visit, *, read: bool
) -> None:
    found = _deposited(room, visit)
    if read:
        visit(room.auditor).get(f"{room.point}/preuves/{found}", follow_redirects=True)
    else:
        _gone(room, found, "hidden")
    close(room, visit)

    (report,) = queries.reports(room.id)
    assert json.loads(report.snapshot)["taken"] == []

"""What was not found sound yet on the day that is audited: it proved nothing then."""

import pytest
import sqlalchemy as sa

from tenants.db import db
from tests.conftest import Visit
from tests.engagements.conftest import Room, engage
from tests.engagements.test_as_told import YESTERDAY, aged, pages_of
from tests.evidence import examined
from tests.evidence.test_deposit import deposit
from tests.tracking.scene import CODE
from tests.vault import samples


@pytest.mark.parametrize("waited", ["examined", "vouched for"])
def test_what_waited_that_day_proved_nothing_then(room: Room, visit: Visit, waited: str) -> None:
    """Deposited five days ago, it was found sound, or vouched for, only today."""
    browser = visit(room.owner)
    content = samples.PDF if waited == "examined" else b"nom;nir\nX;185057800608491\n"
    name = "pv.pdf" if waited == "examined" else "liste.csv"
    deposit(browser, content, name, codes=[CODE], title="Procès-verbal")
    aged()
    examined.all_files()
    found = db.session.scalar(sa.text("SELECT id FROM evidence WHERE title = 'Procès-verbal'"))
    db.session.rollback()
    browser.post(f"/acme/preuves/{found}/confirmer", data={"sure": "1"})
    before = engage(room.owner, room.auditor, places=[room.place], as_of=YESTERDAY)
    point = f"{room.place}/{CODE}"

    then = pages_of(room, visit, f"/acme/audits/{before}/{point}")

    assert ["Procès-verbal" in page for page in then] == [False] * 3
    assert ["Procès-verbal" in page for page in pages_of(room, visit, room.point)] == [True] * 3
    assert visit(room.auditor).get(
        f"/acme/audits/{before}/{point}/preuves/{found}"
    ).status_code == 404  # fmt: skip

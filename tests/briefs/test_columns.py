"""What an establishment may write of its briefs, knocked at by plain SQL in its own scope."""

import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from portal.briefs.models import Brief
from portal.kit import clock
from tenants.db import db
from tests.briefs.ordering import made, order
from tests.conftest import Visit
from tests.house.locks import Outcome
from tests.space.depositing import done
from tests.tracking.conftest import Pages

TABLE = Brief.__table__
AGAIN: Mapping[str, Any] = {"state": "requested", "trouble": None, "retry_at": None}
NEVER: Mapping[str, Any] = {
    "number": "SYN-2026-9999", "pdf_key": "x", "pdf_size": 1, "pdf_sha256": "x", "seal": "B-B",
    "issued_at": clock.now(), "snapshot": "{}", "snapshot_sha256": "x", "edition_id": "2000.1",
    "as_of": clock.today() - timedelta(9), "requested_by": uuid.UUID(int=3),
    "requested_by_name": "X", "created_at": clock.now(), "state": "failed", "trouble": "store",
    "retry_at": clock.now(),
}  # fmt: skip


def given_up(pages: Pages, visit: Visit) -> None:
    order(visit(pages.director), pages.place)
    db.session.execute(sa.update(TABLE).values(state="failed", trouble="store"))
    db.session.commit()


def changed(**values: Any) -> sa.Executable:
    return sa.update(TABLE).values(**values)


def test_that_it_is_tried_again_is_hers_to_say(pages: Pages, visit: Visit) -> None:
    given_up(pages, visit)

    assert done(pages.director, changed(**AGAIN)) is Outcome.DONE


@pytest.mark.parametrize("column", NEVER)
def test_nothing_else_is(pages: Pages, visit: Visit, column: str) -> None:
    given_up(pages, visit)

    values = {**AGAIN, column: NEVER[column]}
    assert done(pages.director, changed(**values)) is Outcome.REFUSED


def test_one_that_is_made_stays_as_it_is(pages: Pages, visit: Visit) -> None:
    order(visit(pages.director), pages.place)
    made()

    assert done(pages.director, changed(**AGAIN)) is Outcome.REFUSED

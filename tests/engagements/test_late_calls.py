"""What an auditor asked becomes a task by promised work: none of what is settled before it came."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from portal.actions.models import Action
from portal.engagements import queries
from portal.kit import clock
from tenants.db import db
from tests.conftest import Visit
from tests.engagements import promised
from tests.engagements.conftest import Room
from tests.engagements.fleets import closed, concluded


def _settled(how: str, room: Room, provider: FlaskClient) -> None:
    if how == "taken back":
        assert provider.post(f"{room.url}/terminer").status_code == 303
    elif how == "closed":
        concluded(room.auditor, room.id, room.place)
        closed(room.auditor, room.id)
    else:
        asked = queries.requests(room.id)[0].id
        said = {"words": "Au dossier."}
        assert provider.post(f"{room.url}/demandes/{asked}", data=said).status_code == 303


@pytest.mark.parametrize("how", ["taken back", "closed", "answered"])
def test_a_task_comes_for_what_is_still_asked_alone(room: Room, visit: Visit, how: str) -> None:
    due = (clock.today() + timedelta(7)).isoformat()
    visit(room.auditor).post(f"{room.point}/demander", data={"words": "Le rapport", "due_on": due})

    _settled(how, room, visit(room.owner))
    promised.closing()
    promised.done()

    made = db.session.scalars(sa.select(Action).where(Action.origin == "request")).all()
    db.session.rollback()
    assert made == []

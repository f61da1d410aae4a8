"""The list as a file says what the page says."""

import csv
import io
import uuid

from flask.testing import FlaskClient

from portal.attestations import succession
from portal.kit import clock
from tenants.access import Actor
from tenants.db import db
from tests.attestations import scene
from tests.attestations.conftest import HOME


def test_the_exported_list_says_what_became_of_each(
    desk: FlaskClient, owner: Actor, fleet: list[uuid.UUID]
) -> None:
    (first,) = scene.issued(owner, fleet[0])
    second, third = scene.issued(owner, fleet[0], fleet[1])
    succession.revoke(owner, third, reason="Erreur", at=clock.now())
    db.session.commit()
    numbers = [scene.one(each).number for each in (first, second, third)]
    db.session.rollback()

    said = desk.get(f"{HOME}.csv").get_data().decode("utf-8-sig")

    states = {
        row["Numéro"]: row["État"] for row in csv.DictReader(io.StringIO(said), delimiter=";")
    }
    assert [states[number] for number in numbers] == ["remplacée", "émise", "révoquée"]

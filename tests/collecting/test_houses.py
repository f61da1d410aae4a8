"""What an establishment collects for itself, and what each side does to the other's: nothing."""

import io
import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from portal.collecting import rounds
from portal.collecting.models import Collection, Collector, Pace
from portal.kit import clock
from portal.kit.errors import Refused
from tenants.access import Actor
from tenants.context import entered
from tenants.db import db
from tests import make
from tests.collecting.turns import CODE, FORM, HERE, only, proves, sets_up, states, the, works
from tests.evidence import examined
from tests.tracking import scene
from tests.vault import samples


def test_an_establishment_collects_its_own_and_its_turn_waits_for_the_job(
    hers: FlaskClient, owner: Actor, place: uuid.UUID, director: Actor
) -> None:
    form = {**FORM, "establishment": str(place), "first_on": clock.today().isoformat()}
    made = hers.post(f"{HERE}/nouvelle", data=form)
    row = only()
    before = states(row.id)
    worked = works(rounds.FOLLOW)
    page = hers.get(HERE).text

    assert made.status_code == 303, made.text
    assert (row.house, row.person_id) == (True, director.user_id)
    assert (before, worked, states(row.id)) == ([], 1, ["open"])
    assert "à collecter" in page
    proves(owner, establishment_ids=[place])
    assert states(row.id) == ["done"]


def test_what_an_establishment_deposits_ends_its_turn_and_is_nobody_else_s_to_replace(
    at_work: FlaskClient, hers: FlaskClient, owner: Actor, place: uuid.UUID
) -> None:
    form = {**FORM, "establishment": str(place), "first_on": clock.today().isoformat()}
    hers.post(f"{HERE}/nouvelle", data=form)
    works(rounds.FOLLOW)
    row = only()
    led = f"/acme/etablissements/{place}/treize-questions/reponses/{CODE}/preuve"
    page = hers.get(f"{HERE}/{row.id}").text
    given = hers.post(
        led,
        data={"file": (io.BytesIO(samples.PDF), "a.pdf"), "title": "Essai"},
        content_type="multipart/form-data",
    )
    given.request.environ["wsgi.input"].close()
    waiting = states(row.id)
    examined.all_files()

    assert led in page
    assert given.status_code == 303, given.text
    assert (waiting, states(row.id)) == (["open"], ["done"])
    # Years later the provider is led to a proof of its own, not to replacing this one.
    db.session.execute(sa.text("UPDATE evidence SET valid_until = :d"), {"d": clock.today()})
    db.session.commit()
    rounds.follow_all(at=clock.now(), today=clock.today())
    db.session.commit()
    assert states(row.id) == ["done", "open"]
    assert "/remplacer" not in at_work.get(HERE).text


def test_an_establishment_brings_nothing_that_its_provider_answers(
    owner: Actor, place: uuid.UUID
) -> None:
    theirs = make.offering(carries=[CODE])
    make.contract(place, theirs, starts_on=clock.today())
    scene.tell(place, today=clock.today())
    asked: dict[str, Any] = {"establishment_id": place, "collector": Collector.ESTABLISHMENT}

    assert scene.refused(Refused, lambda: sets_up(owner, **asked)).field == "collector"
    assert states(sets_up(owner, code="SAUV-01", **asked)) == ["open"]


def test_an_establishment_collects_neither_for_others_nor_what_its_provider_answers(
    hers: FlaskClient, owner: Actor, place: uuid.UUID
) -> None:
    theirs = make.offering(carries=[CODE])
    served = scene.client(theirs, name="Les Bouleaux", since=clock.today(), today=clock.today())
    make.contract(place, theirs, starts_on=clock.today())
    scene.tell(place, today=clock.today())
    elsewhere = hers.post(f"{HERE}/nouvelle", data={**FORM, "establishment": str(served)})
    provider_s = hers.post(f"{HERE}/nouvelle", data={**FORM, "establishment": str(place)})
    everywhere = hers.post(f"{HERE}/nouvelle", data=FORM)
    supplier = hers.post(
        f"{HERE}/nouvelle",
        data={
            **FORM, "code": "DIRI-01", "establishment": str(place), "collector": "supplier",
            "supplier": "Ouest",
        },
    )  # fmt: skip

    assert [one.status_code for one in (elsewhere, provider_s, everywhere, supplier)] == [
        404, 422, 422, 422,
    ]  # fmt: skip


def test_each_side_changes_its_own_alone_and_sees_the_other_s(
    at_work: FlaskClient, hers: FlaskClient, owner: Actor, place: uuid.UUID
) -> None:
    ours = sets_up(owner, establishment_id=place, first_in=5)
    fleet = sets_up(owner, code="SAUV-01", first_in=5)
    hers.post(f"{HERE}/nouvelle", data={**FORM, "code": "SAUV-02", "establishment": str(place)})
    db.session.rollback()
    its = db.session.scalars(sa.select(Collection.id).where(Collection.house)).one()
    db.session.rollback()

    assert hers.get(f"{HERE}/{ours}").status_code == 200
    assert hers.get(f"{HERE}/{fleet}").status_code == 404
    assert hers.post(f"{HERE}/{ours}/pause").status_code == 422
    assert hers.post(f"{HERE}/{fleet}/pause").status_code == 404
    assert at_work.get(f"{HERE}/{its}").status_code == 200
    assert at_work.post(f"{HERE}/{its}/pause").status_code == 422
    assert "Mettre en pause" not in at_work.get(f"{HERE}/{its}").text
    assert {the(ours).pace, the(its).pace} == {Pace.RUNNING}


def test_postgresql_lets_an_establishment_write_its_own_alone(
    owner: Actor, place: uuid.UUID, director: Actor
) -> None:
    ours = sets_up(owner, establishment_id=place)
    from_house = sa.text("UPDATE collection SET months = 9 WHERE id = :id RETURNING id")
    with entered(scene.listed(director)):
        touched = db.session.execute(from_house, {"id": ours}).all()
        db.session.rollback()
        db.session.add(
            Collection(
                title="x", edition_id=make.EDITION, requirement_code="SAUV-01",
                establishment_id=place, months=3, first_on=clock.today(), due_on=clock.today(),
                collector=Collector.ESTABLISHMENT, house=False, set_by=director.user_id,
                set_by_name="D",
            )
        )  # fmt: skip
        with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
            db.session.flush()
        db.session.rollback()

    assert touched == []

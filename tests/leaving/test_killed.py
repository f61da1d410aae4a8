"""A worker killed with SIGKILL in the midst of packing or examining: the next ends it, once."""

import io
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask

from portal import dispatcher
from portal.kit import clock
from portal.kit.outbox import OutboxState
from portal.leaving import queries, receiving, service
from portal.leaving.models import ArchiveState, PriorState
from tenants.context import tenant_scope
from tenants.db import db
from tests import live as alive
from tests import make
from tests.conftest import Browser, sign_in
from tests.evidence.test_deposit import stored
from tests.evidence.test_killed import settled
from tests.leaving import house as houses
from tests.leaving.house import opened
from tests.leaving.test_taking import deeds

live = alive.live


@pytest.mark.parametrize("when", ["midway", "written"])
def test_a_killed_packing_begins_again_and_ends_once(
    live: Flask, tmp_path: Path, when: str
) -> None:
    live.test_client_class = Browser
    owner, client = make.tenant("acme"), live.test_client()
    with tenant_scope(owner.tenant_id):
        house = houses.built(owner)
        sign_in(client, owner)
        asked = client.post(house.url)
        dispatcher.hand_over()
        alive.killed(live, "tests.leaving.stalling", when, flag=tmp_path / "begun")
        db.session.rollback()
        meanwhile = queries.archives(house.place)[0].state
        db.session.rollback()

        with time_machine.travel(clock.now() + dispatcher.HANDED + timedelta(seconds=1)):
            dispatcher.hand_over()
            alive.work(live)

        answer = client.post(f"{asked.headers['Location']}.zip", follow_redirects=True)
        assert meanwhile is ArchiveState.ASKED
        assert settled(service.PACK) == [(OutboxState.DONE, 2)]
        assert deeds() == ["record.asked", "record.packed", "record.fetched"]
        assert "record.json" in opened(answer.data)


def test_a_killed_examination_of_an_archive_begins_again_where_it_was_to_write(
    live: Flask, tmp_path: Path
) -> None:
    live.test_client_class = Browser
    owner, client = make.tenant("acme"), live.test_client()
    with tenant_scope(owner.tenant_id):
        house = houses.built(owner)
        sign_in(client, owner)
        asked = client.post(house.url).headers["Location"]
        dispatcher.hand_over()
        alive.work(live)
        archive = client.post(f"{asked}.zip", follow_redirects=True).data
        before = stored(live)
        answer = client.post(
            f"/acme/etablissements/{house.place}/dossiers-anterieurs/reprendre",
            data={"file": (io.BytesIO(archive), "dossier.zip")},
            content_type="multipart/form-data",
        )
        dispatcher.hand_over()
        alive.work(live)  # it holds together
        dispatcher.hand_over()
        alive.killed(live, "tests.leaving.stalling", "examining", flag=tmp_path / "begun")
        db.session.rollback()
        meanwhile = [it.state for it in queries.others(house.place)]

        with time_machine.travel(clock.now() + dispatcher.HANDED + timedelta(seconds=1)):
            dispatcher.hand_over()
            alive.work(live)

        db.session.rollback()
        (found,) = queries.others(house.place)
        taken = [it for it in found.plan if it["fate"] == "taken"]
        assert answer.status_code == 303
        assert meanwhile == [PriorState.EXAMINING]
        assert settled(receiving.EXAMINE) == [(OutboxState.DONE, 2)]
        assert found.state is PriorState.PREVIEWED
        assert taken
        assert stored(live) == before + 1 + len(taken)

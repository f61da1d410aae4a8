"""An examiner killed with SIGKILL in the midst of its work: the next one ends it, once."""

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from portal import dispatcher
from portal.evidence import pipeline
from portal.evidence.models import State
from portal.kit import clock
from portal.kit.outbox import Outbox, OutboxState
from tenants.context import tenant_scope
from tenants.db import db
from tests import live as alive
from tests import make
from tests.conftest import Browser, sign_in
from tests.evidence.test_deposit import SHELF, deposit, kept, stored
from tests.evidence.test_vault import events
from tests.vault import samples

live = alive.live


def settled(kind: str = pipeline.EXAMINE) -> list[tuple[OutboxState, int]]:
    rows = db.session.execute(
        sa.select(Outbox.state, Outbox.attempts).where(Outbox.kind == kind)
    ).all()
    db.session.rollback()
    return [(row[0], row[1]) for row in rows]


@pytest.mark.parametrize("when", ["examined", "written"])
def test_a_killed_examination_begins_again_and_ends_once(
    live: Flask, tmp_path: Path, when: str
) -> None:
    live.test_client_class = Browser
    owner, client = make.tenant("acme"), live.test_client()
    with tenant_scope(owner.tenant_id):
        sign_in(client, owner)
        assert deposit(client, samples.JPEG, "photo.jpg").status_code == 303
        dispatcher.hand_over()
        alive.killed(live, "tests.evidence.stalling", when, flag=tmp_path / "begun")
        meanwhile, left = kept().state, stored(live)

        with time_machine.travel(clock.now() + dispatcher.HANDED + timedelta(seconds=1)):
            handed = dispatcher.hand_over()
            alive.work(live)
            dispatcher.hand_over()
            alive.work(live)

        found = kept()
        answer = client.get(f"{SHELF}/{found.id}/fichier", follow_redirects=True)
        assert (meanwhile, left) == (State.QUARANTINE, 2 if when == "written" else 1)
        assert handed >= 1
        assert settled() == [(OutboxState.DONE, 2)]
        assert (found.state, events()) == (State.READY, ["evidence.added", "evidence.accepted"])
        assert (answer.status_code, len(answer.data)) == (200, found.file_size)
        assert stored(live) == 1

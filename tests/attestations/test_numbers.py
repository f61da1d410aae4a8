"""Visible numbers have no gap and no twin, whoever orders at once and whoever dies of it."""

import signal
import subprocess
import sys
import uuid
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from portal.attestations.models import Attestation
from portal.kit import clock
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tests import live as alive
from tests import make
from tests.attestations import scene

live = alive.live
ROOT = Path(__file__).parents[2]
ORDERS = 9
NOBODY = -1


def _ordering(
    live: Flask, owner: Actor, places: list[uuid.UUID], doomed: int
) -> subprocess.Popen[bytes]:
    told = (str(owner.tenant_id), str(owner.user_id), ",".join(map(str, places)))
    return subprocess.Popen(
        [sys.executable, "-m", "tests.attestations.ordering", *told, str(ORDERS), str(doomed)],
        cwd=ROOT,
        env=alive.environment(live),
    )


def test_numbers_have_no_gap_under_rivals_of_which_two_die(live: Flask) -> None:
    owner = make.tenant("acme")
    with tenant_scope(owner.tenant_id):
        places = scene.clients(make.offering(carries=[scene.CODE]), ["Un", "Deux", "Trois"])
        db.session.remove()
    rivals = [_ordering(live, owner, places, doomed) for doomed in (NOBODY, 4, NOBODY, 1)]

    ends = [rival.wait(120) for rival in rivals]

    with tenant_scope(owner.tenant_id):
        numbers = list(db.session.scalars(sa.select(Attestation.number)))
        (after,) = scene.order(owner, places[0])
        last = scene.one(after).number
        db.session.remove()
    assert ends == [0, -signal.SIGKILL, 0, -signal.SIGKILL]
    kept = sum(1 + turn % 3 for turn in range(ORDERS) if turn % 3 != 2)
    assert len(numbers) == 2 * kept + sum([1, 2, 1]) + 1  # the doomed kept 1, 2 and 1; and 1
    year = clock.today().year
    assert sorted(numbers) == [f"ATT-{year}-{n:04}" for n in range(1, len(numbers) + 1)]
    assert last == f"ATT-{year}-{len(numbers) + 1:04}"

"""Imports as the worker runs them."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.fleet import import_queries, importing
from portal.fleet.models import Establishment, ImportState
from portal.kit import clock, outbox, progress
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tests import live
from tests.fleet.importer.samples import METADATA, etalab_line, text
from tests.fleet.runs import taken_in

EXTRACT = text([METADATA, etalab_line()])


def perform(owner: Actor, kind: str) -> None:
    row = db.session.execute(select(outbox.Outbox).where(outbox.Outbox.kind == kind)).scalar_one()
    outbox_id = str(row.id)
    db.session.commit()
    db.session.remove()
    with tenant_scope(owner.tenant_id):
        live.performed(outbox_id, kind)


def test_the_worker_previews_then_applies(app: Flask, owner: Actor) -> None:
    run_id = taken_in(owner, EXTRACT)

    perform(owner, importing.PREVIEW)
    importing.confirm(owner, run_id=run_id, at=clock.now())
    perform(owner, importing.APPLY)

    assert import_queries.run(run_id).state is ImportState.APPLIED
    assert db.session.scalar(select(func.count()).select_from(Establishment)) == 1
    advance = progress.of(run_id)
    assert advance.done == advance.total == len(EXTRACT)
    assert advance.lines == 1


def test_an_import_killed_midway_is_done_whole_by_the_next_worker(
    app: Flask, owner: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [etalab_line(f"01{rank:07d}", f"EHPAD {rank}") for rank in range(1, 1101)]
    run_id = taken_in(owner, text([METADATA, *lines]))
    perform(owner, importing.PREVIEW)
    importing.confirm(owner, run_id=run_id, at=clock.now())
    died: list[int] = []

    def dying(_work: object, done: int, total: int = 0, _lines: int = 0) -> None:
        if done == total and not died:
            died.append(done)
            raise RuntimeError("the machine stopped")

    monkeypatch.setattr(progress, "report", dying)
    perform(owner, importing.APPLY)
    with tenant_scope(owner.tenant_id):
        between = db.session.scalar(select(func.count()).select_from(Establishment))
        state = import_queries.run(run_id).state

    perform(owner, importing.APPLY)

    assert died
    assert (between, state) == (0, ImportState.APPLYING)
    assert import_queries.run(run_id).state is ImportState.APPLIED
    assert db.session.scalar(select(func.count()).select_from(Establishment)) == 1100

"""Figures for a monitor: few, true, and for whoever has the token."""

import dataclasses
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal import dispatcher
from portal.config import Settings
from portal.fleet.importing import PREVIEW
from portal.kit import clock, outbox
from tenants.context import tenant_scope
from tenants.db import db
from tests import live as alive
from tests import make

live = alive.live
TOKEN = {"Authorization": "Bearer open sesame"}


@pytest.fixture
def client(live: Flask, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    settings: Settings = live.config["SETTINGS"]
    told = dataclasses.replace(settings, metrics_token="open sesame")
    monkeypatch.setitem(live.config, "SETTINGS", told)
    return live.test_client()


def _promise(slug: str, count: int) -> None:
    with tenant_scope(make.tenant(slug).tenant_id):
        items = [(str(number), {"secret": slug}) for number in range(count)]
        late = clock.now() - timedelta(minutes=3)
        outbox.promise_all("test.work", items, run_at=late, queue=outbox.Queue.BULK)
        db.session.commit()


def test_figures_add_up_all_tenants_and_name_none(client: FlaskClient) -> None:
    _promise("acme", 2)
    _promise("globex", 3)

    said = client.get("/metrics", headers=TOKEN).text

    assert 'treize_work_rows{kind="test.work",queue="bulk",state="due"} 5' in said
    oldest = next(
        float(line.split()[1])
        for line in said.splitlines()
        if line.startswith('treize_work_oldest_due_seconds{queue="bulk"}')
    )
    assert 180 <= oldest < 240
    assert 'treize_work_oldest_due_seconds{queue="critical"} 0' in said
    assert "treize_workers 0" in said
    assert "treize_dispatcher_up 0" in said
    assert not {"acme", "globex"} & {*said.replace('"', " ").split()}


def test_what_takes_long_is_counted_in_its_own_lane(client: FlaskClient, live: Flask) -> None:
    with tenant_scope(make.tenant("acme").tenant_id):
        for number in range(3):
            outbox.promise(PREVIEW, key=str(number), payload={}, run_at=clock.now())
        db.session.commit()
    with live.app_context():
        dispatcher.hand_over()

    said = client.get("/metrics", headers=TOKEN).text

    assert 'treize_queue_jobs{queue="long"} 3' in said
    assert 'treize_queue_jobs{queue="default"} 0' in said


def test_as_many_lines_however_many_tenants(client: FlaskClient) -> None:
    _promise("acme", 1)
    before = client.get("/metrics", headers=TOKEN).text.count("\n")
    for number in range(5):
        _promise(f"more-{number}", 1)

    assert client.get("/metrics", headers=TOKEN).text.count("\n") == before


@pytest.mark.parametrize("sent", [{}, {"Authorization": "Bearer open"}, {"Authorization": "é"}])
def test_figures_take_the_token(client: FlaskClient, sent: dict[str, str]) -> None:
    answer = client.get("/metrics", headers=sent)

    assert answer.status_code == 401
    assert "treize" not in answer.text


def test_without_a_token_set_there_are_no_figures(live: Flask) -> None:
    for sent in ({}, {"Authorization": "Bearer "}):
        assert live.test_client().get("/metrics", headers=sent).status_code == 404

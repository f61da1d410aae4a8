"""`flask vault`: what a terminal does with keys, and what it tells of files."""

import base64
import dataclasses
import os
import uuid
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient, FlaskCliRunner

from portal.audit import verification
from portal.kit import storage
from portal.vault import masters, queries
from portal.vault.masters import Master, Masters
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tests.evidence import examined
from tests.evidence.test_deposit import SHELF, deposit, kept
from tests.vault import samples


@pytest.fixture
def runner(app: Flask, at_work: FlaskClient, stranger: Actor) -> Iterator[FlaskCliRunner]:
    """Beside a portal whose provider has one file; another provider has none."""
    deposit(at_work, samples.PDF, "essai.pdf")
    examined.all_files()
    db.session.rollback()
    yield app.test_cli_runner()
    db.session.rollback()


def status(client: FlaskClient) -> int:
    return client.get(f"{SHELF}/{kept().id}/fichier", follow_redirects=True).status_code


@pytest.fixture
def new_master(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Master:
    """The operator puts a new master key in the place of the present one."""
    before: Masters = app.extensions["masters"]
    fresh = Master(os.urandom(32))
    monkeypatch.setitem(app.extensions, "masters", Masters(fresh, (before.present,)))
    return fresh


def test_a_new_master_key_is_a_master_key(runner: FlaskCliRunner, app: Flask) -> None:
    told = runner.invoke(args=["vault", "new-key"])
    other = runner.invoke(args=["vault", "new-key"])
    made = dataclasses.replace(app.config["SETTINGS"], master_key=told.output.strip())
    bare = Flask("bare")
    bare.config["SETTINGS"] = made
    masters.init_app(bare)

    assert told.output != other.output
    assert len(base64.urlsafe_b64decode(told.output)) == 32


def test_a_new_master_wraps_every_key_and_the_former_may_go(
    runner: FlaskCliRunner, at_work: FlaskClient, app: Flask, new_master: Master,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    before = runner.invoke(args=["vault", "keys"]).output
    first = runner.invoke(args=["vault", "rewrap"])
    again = runner.invoke(args=["vault", "rewrap", "acme"])
    monkeypatch.setitem(app.extensions, "masters", Masters(new_master))

    assert "wrapped by the former master" in before
    assert (first.exit_code, first.output) == (0, "acme: 1\nglobex: 0\n")
    assert again.output == "acme: 0\n"
    assert "former" not in runner.invoke(args=["vault", "keys"]).output
    assert status(at_work) == 200


def test_without_the_former_master_nothing_is_wrapped_anew_and_it_is_said(
    runner: FlaskCliRunner, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.extensions, "masters", Masters(Master(os.urandom(32))))

    told = runner.invoke(args=["vault", "rewrap"])
    files = runner.invoke(args=["vault", "files", "acme"])

    assert (told.exit_code, "is not here" in told.output) == (1, True)
    assert (files.exit_code, "1 locked" in files.output) == (1, True)


def test_a_rotated_key_seals_the_next_file_and_the_first_still_opens(
    runner: FlaskCliRunner, at_work: FlaskClient
) -> None:
    first = kept()
    told = runner.invoke(args=["vault", "rotate", "acme"])
    made = at_work.post(f"{SHELF}/nouvelle", data={"codes": ["SAUV-04"], "title": "T", "body": "n"})
    replaced = deposit(at_work, b"releve", "b.txt")
    examined.all_files()
    report = runner.invoke(args=["vault", "files", "acme", "--read"])
    old = at_work.get(f"{SHELF}/{first.id}/fichier", follow_redirects=True)

    assert (told.exit_code, made.status_code, replaced.status_code) == (0, 303, 303)
    assert (old.status_code, old.data) == (200, samples.PDF)
    assert report.output.splitlines()[0] == "acme: 2 whole"
    assert sum(line.endswith(": 1") for line in report.output.splitlines()) == 2
    listed = runner.invoke(args=["vault", "keys", "acme"]).output
    assert (listed.count("serves"), listed.count("only opens")) == (1, 1)


@pytest.mark.parametrize("confirm", ["", "globex", "ACME", "oui"])
def test_a_key_is_not_destroyed_without_its_name(
    runner: FlaskCliRunner, at_work: FlaskClient, confirm: str
) -> None:
    told = runner.invoke(args=["vault", "destroy", "acme", "--confirm", confirm])

    assert (told.exit_code, "Nothing was destroyed" in told.output) == (1, True)
    assert status(at_work) == 200


def test_a_destroyed_key_leaves_the_file_unreadable_and_the_chain_whole(
    runner: FlaskCliRunner, at_work: FlaskClient, owner: Actor
) -> None:
    told = runner.invoke(args=["vault", "destroy", "acme"], input="acme\n")
    report = runner.invoke(args=["vault", "files", "acme", "--read"])
    chain = runner.invoke(args=["audit", "verify", "acme"])

    assert (told.exit_code, "1 keys, 1 files" in told.output) == (0, True)
    assert status(at_work) == 410
    assert (report.exit_code, report.output.splitlines()[0]) == (0, "acme: 1 destroyed")
    assert (chain.exit_code, verification.verify().finding) == (0, None)
    db.session.rollback()
    with tenant_scope(owner.tenant_id):
        assert [one.wrapped for one in queries.all_keys()] == [b""]
        db.session.rollback()


def test_a_file_that_is_gone_or_was_changed_is_told(runner: FlaskCliRunner, app: Flask) -> None:
    store: storage.Storage = app.extensions["storage"]
    key = kept().file_key or ""
    content = bytearray(store.read(key))
    store.delete(key)
    missing = runner.invoke(args=["vault", "files"])
    content[-1] ^= 1
    store.put(key, bytes(content), limit=10**6)
    shallow = runner.invoke(args=["vault", "files"])
    altered = runner.invoke(args=["vault", "files", "--read"])

    assert (missing.exit_code, f"missing: {kept().id}" in missing.output) == (1, True)
    assert (shallow.exit_code, "1 whole" in shallow.output) == (0, True)
    assert (altered.exit_code, f"altered: {kept().id}" in altered.output) == (1, True)


@pytest.mark.parametrize("command", ["keys", "rewrap", "rotate", "destroy", "files"])
def test_nobody_s_keys_are_touched(runner: FlaskCliRunner, command: str) -> None:
    told = runner.invoke(args=["vault", command, f"personne-{uuid.UUID(int=7)}"])

    assert (told.exit_code, "There is no provider" in told.output) == (2, True)

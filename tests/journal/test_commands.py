"""`flask audit`: what a terminal is told of the journals."""

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskCliRunner

from portal.audit import service as audit
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db


@pytest.fixture
def runner(app: Flask, owner: Actor, stranger: Actor) -> FlaskCliRunner:
    for actor in (owner, stranger):
        db.session.rollback()
        with tenant_scope(actor.tenant_id):
            for _ in range(3):
                audit.record(actor, "tenant.opened", subject="tenant", subject_id=actor.tenant_id)
            db.session.commit()
    return app.test_cli_runner()


def test_every_chain_is_followed_and_told(runner: FlaskCliRunner) -> None:
    told = runner.invoke(args=["audit", "verify"])

    assert told.exit_code == 0
    assert [line.split(":")[0] for line in told.output.splitlines()] == ["acme", "globex"]
    assert "whole, 3:" in told.output


def test_a_head_kept_elsewhere_is_held_against_the_chain(runner: FlaskCliRunner) -> None:
    kept = runner.invoke(args=["audit", "head", "acme"]).output.strip()

    same = runner.invoke(args=["audit", "verify", "acme", "--against", kept])
    other = runner.invoke(args=["audit", "verify", "acme", "--against", f"3:{'0' * 64}"])
    longer = runner.invoke(args=["audit", "verify", "acme", "--against", f"9:{'0' * 64}"])

    assert same.exit_code == 0
    assert (other.exit_code, other.output) == (1, "acme: rewritten at 3\n")
    assert (longer.exit_code, longer.output) == (1, "acme: truncated at 4\n")


def test_a_broken_chain_is_told_with_its_place(runner: FlaskCliRunner, owner: Actor) -> None:
    with tenant_scope(owner.tenant_id):
        # The one lie that the app's own role may tell.
        db.session.execute(sa.text("UPDATE audit_event SET actor_name = 'Somebody else'"))
        db.session.commit()

    told = runner.invoke(args=["audit", "verify", "acme"])

    assert (told.exit_code, told.output) == (1, "acme: edited at 1\n")


@pytest.mark.parametrize(
    "args",
    [["verify", "nobody"], ["head", "nobody"], ["verify", "--against", f"1:{'0' * 64}"],
     ["verify", "acme", "--against", "1:xyz"]],
)  # fmt: skip
def test_nonsense_is_refused(runner: FlaskCliRunner, args: list[str]) -> None:
    assert runner.invoke(args=["audit", *args]).exit_code == 2

"""An empty installation gets its first provider and people from a terminal."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from portal.accounts import service as accounts
from portal.kit import clock
from tenants import queries as tenancy
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.roles import Role
from tests import make


@pytest.fixture
def terminal(app: Flask, isolated: None) -> FlaskCliRunner:
    return app.test_cli_runner()


def test_an_opened_provider_has_an_owner_who_can_sign_in(terminal: FlaskCliRunner) -> None:
    done = terminal.invoke(args=["provider", "open", "neuf", "Neuf", "--email", "moi@neuf.example"])

    assert done.exit_code == 0, done.output
    password = re.search(r"moi@neuf\.example {2}(\S+)", done.output)
    assert password
    assert accounts.authenticate("moi@neuf.example", password[1]) is not None
    assert done.output.rstrip().endswith("/neuf/")


@pytest.mark.parametrize("slug", ["guide", "Majuscule", "a b", "-", ""])
def test_an_address_that_cannot_be_is_refused(terminal: FlaskCliRunner, slug: str) -> None:
    done = terminal.invoke(args=["provider", "open", slug, "X", "--email", "moi@neuf.example"])

    assert done.exit_code == 1
    assert tenancy.user_by_email("moi@neuf.example") is None


def test_a_director_is_admitted_to_the_establishments_named(
    owner: Actor, terminal: FlaskCliRunner
) -> None:
    make.establishment(finess="299800017")

    done = terminal.invoke(
        args=["provider", "admit", "acme", "dir@ect.example", "--role", "director",
              "--finess", "299800017"]
    )  # fmt: skip

    assert done.exit_code == 0, done.output
    with tenant_scope(owner.tenant_id):
        roles = {person.email: m.role for m, person in tenancy.members(clock.now())}
    assert roles["dir@ect.example"] is Role.DIRECTOR


@pytest.mark.parametrize("finess", [[], ["--finess", "290000000"]])
def test_an_outsider_without_a_known_establishment_is_refused(
    owner: Actor, terminal: FlaskCliRunner, finess: list[str]
) -> None:
    done = terminal.invoke(
        args=["provider", "admit", "acme", "dir@ect.example", "--role", "director", *finess]
    )

    assert done.exit_code == 1

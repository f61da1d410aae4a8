"""An empty installation gets its first provider and people from a terminal."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskCliRunner

from portal.accounts import service as accounts
from portal.audit.models import AuditEvent, AuditLink
from portal.audit.service import SYSTEM
from portal.kit import clock
from tenants import queries as tenancy
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
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


def test_an_opened_provider_has_the_first_deeds_of_its_journal(terminal: FlaskCliRunner) -> None:
    """Signed by the portal: whoever has the terminal is nobody that it knows."""
    terminal.invoke(
        args=["provider", "open", "neuf", "Neuf", "--email", "moi@neuf.example",
              "--person", "Moi", "--siren", "732 829 320"]
    )  # fmt: skip

    opened, admitted = _deeds("neuf")
    assert (opened.actor_name, opened.actor_id, opened.action) == (SYSTEM, None, "tenant.opened")
    assert opened.details == {"name": "Neuf", "siren": "732829320"}
    assert (admitted.actor_name, admitted.action) == (SYSTEM, "member.admitted")
    assert admitted.details == {"to": "Moi", "role": "owner", "establishments": [], "until": None}


@pytest.mark.parametrize("siren", ["123", "12345678X", "732829321"])
def test_a_siren_that_is_none_is_refused_in_words(terminal: FlaskCliRunner, siren: str) -> None:
    done = terminal.invoke(
        args=["provider", "open", "neuf", "Neuf", "--email", "moi@neuf.example", "--siren", siren]
    )

    assert done.exit_code == 1
    assert "SIREN" in done.output
    assert tenancy.tenant_by_slug("neuf") is None
    assert tenancy.user_by_email("moi@neuf.example") is None


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


def test_who_is_admitted_is_in_the_journal(owner: Actor, terminal: FlaskCliRunner) -> None:
    place = make.establishment(finess="299800017")

    terminal.invoke(args=_admitting("director", person="Ann"))

    (deed,) = [it for it in _deeds("acme") if it.action == "member.admitted"]
    with tenant_scope(owner.tenant_id):
        rows = {person.email: m.id for m, person in tenancy.members(clock.now())}
    assert (deed.actor_name, deed.actor_id) == (SYSTEM, None)
    assert (deed.subject_type, deed.subject_id) == ("member", rows["ann@people.example"])
    assert deed.details == {
        "to": "Ann", "role": "director", "establishments": [str(place)], "until": None
    }  # fmt: skip


@pytest.mark.parametrize(
    ("more", "days"), [((), 30), (("--until", "180"), 180), (("--until", "1"), 1)]
)
def test_an_auditor_is_admitted_until_a_day(
    owner: Actor, terminal: FlaskCliRunner, more: tuple[str, ...], days: int
) -> None:
    make.establishment(finess="299800017")
    last = clock.today() + timedelta(days=days)
    said = ["--until", last.isoformat()] if more else []

    done = terminal.invoke(args=[*_admitting("auditor"), *said])

    assert done.exit_code == 0, done.output
    with tenant_scope(owner.tenant_id):
        ends = {person.email: m.ends_at for m, person in tenancy.members(clock.now())}
    ends_at = ends["ann@people.example"]
    assert ends_at
    assert clock.last_day(ends_at) == last
    assert last.isoformat() in done.output


@pytest.mark.parametrize("days", [181, 99_999, -1])
def test_an_audit_without_a_likely_end_is_refused(
    owner: Actor, terminal: FlaskCliRunner, days: int
) -> None:
    make.establishment(finess="299800017")
    last = clock.today() + timedelta(days=days)

    done = terminal.invoke(args=[*_admitting("auditor"), "--until", last.isoformat()])

    assert done.exit_code == 1, done.output
    assert tenancy.user_by_email("ann@people.example") is None


@pytest.mark.parametrize("finess", [[], ["--finess", "290000000"]])
def test_an_outsider_without_a_known_establishment_is_refused(
    owner: Actor, terminal: FlaskCliRunner, finess: list[str]
) -> None:
    done = terminal.invoke(
        args=["provider", "admit", "acme", "dir@ect.example", "--role", "director", *finess]
    )

    assert done.exit_code == 1


def _admitting(role: str, person: str = "") -> list[str]:
    return ["provider", "admit", "acme", "ann@people.example", "--role", role,
            "--person", person, "--finess", "299800017"]  # fmt: skip


@pytest.mark.parametrize("option", ["--person", "--name"])
def test_the_owner_may_be_named(terminal: FlaskCliRunner, option: str) -> None:
    terminal.invoke(
        args=["provider", "open", "neuf", "Neuf", "--email", "moi@neuf.example", option, "Moi"]
    )

    known = tenancy.user_by_email("moi@neuf.example")
    assert known is not None
    assert known.name == "Moi"


def _deeds(slug: str) -> list[AuditEvent]:
    """In the order in which they are chained."""
    db.session.rollback()
    tenant = tenancy.tenant_by_slug(slug)
    assert tenant
    tenant_id = tenant.id
    db.session.rollback()
    with tenant_scope(tenant_id):
        linked = sa.select(AuditEvent).join(AuditLink, AuditLink.event_id == AuditEvent.id)
        return list(db.session.scalars(linked.order_by(AuditLink.position)))

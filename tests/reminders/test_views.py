"""The mailbox and the page of what is to come, for each kind of reader."""

import dataclasses
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient

from portal.evidence.models import Visibility
from portal.kit import clock
from tenants.access import Actor
from tenants.roles import Role
from tests import make
from tests.conftest import sign_in
from tests.reminders import scene


@pytest.fixture
def director(owner: Actor) -> Actor:
    """Of one of two establishments for which something lapses in ten days; both were told."""
    today = clock.today()
    offering = make.offering(carries=[scene.CODE, "SAUV-03"])
    here = scene.client(offering, "EHPAD Ici", today=today)
    scene.client(offering, "EHPAD Ailleurs", today=today)
    scene.declare(owner, offering, reviewed_on=today)
    scene.declare(owner, offering, code="SAUV-03", reviewed_on=today)
    until = today + timedelta(days=10)
    scene.prove(owner, until=until, establishment_id=here, title="Essai de restauration")
    scene.prove(
        owner,
        until=until,
        offering_id=offering,
        title="Note interne",
        visibility=Visibility.PROVIDER,
        code="SAUV-03",
    )
    found = make.member(Role.DIRECTOR, establishments=[here])
    scene.remind_on_any_day(owner)
    scene.plan(today)
    return found


def _page(client: FlaskClient, actor: Actor, path: str) -> BeautifulSoup:
    sign_in(client, actor)
    answer = client.get(f"/acme{path}")
    assert answer.status_code == 200
    return BeautifulSoup(answer.text, "html5lib")


def test_the_provider_reads_every_message(
    client: FlaskClient, owner: Actor, director: Actor
) -> None:
    page = _page(client, owner, "/courrier")

    addresses = {small.get_text() for small in page.select("td small")}
    assert len(page.select("tbody tr")) == 2
    assert "owner@acme.example" in addresses


def test_a_director_reads_her_own_messages_alone(client: FlaskClient, director: Actor) -> None:
    page = _page(client, director, "/courrier")

    assert len(page.select("tbody tr")) == 1


def test_a_message_of_somebody_else_is_not_there(
    client: FlaskClient, owner: Actor, director: Actor
) -> None:
    address = scene.mails(owner)[0].id
    sign_in(client, director)

    answers = [client.get(f"/acme/courrier/{address}{form}").status_code for form in ("", "/html")]

    assert answers == [404, 404]


def test_a_message_is_shown_as_text_and_leads_to_its_html(
    client: FlaskClient, director: Actor
) -> None:
    mail = scene.mails(director)[0]
    page = _page(client, director, f"/courrier/{mail.id}")

    (text,) = page.select("pre")
    assert "Essai de restauration" in text.get_text()
    assert page.select(f'a[href="/acme/courrier/{mail.id}/html"]')


def test_the_html_form_can_do_nothing(client: FlaskClient, director: Actor) -> None:
    mail = scene.mails(director)[0]
    sign_in(client, director)

    answer = client.get(f"/acme/courrier/{mail.id}/html")

    policy = answer.headers["Content-Security-Policy"]
    assert answer.text == mail.html
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'")
    assert "script-src" not in policy
    assert "sandbox" in policy
    assert answer.headers["Cross-Origin-Opener-Policy"] == "unsafe-none"


@pytest.mark.parametrize(
    ("environment", "smtp_url", "status"),
    [
        ("production", "smtp://relay.example", 404),
        ("production", None, 200),
        ("development", "smtp://relay.example", 200),
    ],
)
def test_the_mailbox_is_closed_where_mail_leaves(
    client: FlaskClient, app: Flask, director: Actor, monkeypatch: pytest.MonkeyPatch,
    environment: str, smtp_url: str | None, status: int,
) -> None:  # fmt: skip
    settings = dataclasses.replace(
        app.config["SETTINGS"], environment=environment, smtp_url=smtp_url
    )
    monkeypatch.setitem(app.config, "SETTINGS", settings)
    mail = scene.mails(director)[0]
    sign_in(client, director)

    places = ("/courrier", f"/courrier/{mail.id}", f"/courrier/{mail.id}/html")

    assert {client.get(f"/acme{place}").status_code for place in places} == {status}


def test_billing_does_not_read_mail(client: FlaskClient, owner: Actor, director: Actor) -> None:
    sign_in(client, make.member(Role.BILLING))

    assert client.get("/acme/courrier").status_code == 403


def test_the_provider_sees_who_will_be_told_what(
    client: FlaskClient, owner: Actor, director: Actor
) -> None:
    page = _page(client, owner, "/rappels")

    rows = [" ".join(row.get_text(" ", strip=True).split()) for row in page.select("tbody tr")]
    hers, ours = ([row for row in rows if who.name in row] for who in (director, owner))
    assert ["Essai" in row and "interne" not in row for row in hers] == [True]
    assert ["Essai" in row and "interne" in row for row in ours] == [True]


def test_a_director_sees_what_she_will_be_told(client: FlaskClient, director: Actor) -> None:
    page = _page(client, director, "/rappels")

    assert "Essai de restauration" in page.get_text()
    assert "Note interne" not in page.get_text()
    assert "Ailleurs" not in page.get_text()


def test_a_quiet_week_is_said(client: FlaskClient, owner: Actor) -> None:
    assert "Aucun message" in _page(client, owner, "/rappels").get_text()

"""What an operator is told of work that waits: numbers; and what she may do: try again."""

import re
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from portal.audit.models import AuditEvent
from portal.kit import clock, outbox
from portal.kit.outbox import Outbox, OutboxState
from portal.operations import queries
from portal.reminders.models import Mail, MailState
from tenants.access import Actor
from tenants.context import NO_SCOPE, NO_TENANT, Scope, entered, tenant_scope
from tenants.db import db
from tests import live as alive
from tests import make
from tests.conftest import sign_in

live = alive.live
KIND, OTHER = "reminders.send", "reminders.plan"


def _promise(
    actor: Actor, kind: str, state: OutboxState, count: int, *, late: int = 0, away: int = 0
) -> None:
    with tenant_scope(actor.tenant_id):
        db.session.add_all(
            Outbox(
                kind=kind,
                queue=outbox.Queue.DEFAULT,
                dedup_key=str(uuid.uuid4()),
                payload={"secret": "what is promised"},
                run_at=clock.now() - timedelta(minutes=late),
                state=state,
                away_since=clock.now() - timedelta(minutes=away) if away else None,
                attempts=8,
                last_error="what went wrong",
            )
            for _ in range(count)
        )
        db.session.commit()


@pytest.fixture
def acme(live: Flask) -> Actor:
    owner = make.tenant("acme")
    db.session.commit()
    return owner


@pytest.fixture
def client(live: Flask, acme: Actor) -> FlaskClient:
    """The owner of Acme, who operates the portal as well."""
    db.session.remove()
    email = "owner@acme.example"
    assert live.test_cli_runner().invoke(args=["operator", "grant", email]).exit_code == 0
    client = live.test_client()
    sign_in(client, acme)
    return client


def _backlog(scope: Scope) -> list[tuple[str | None, str, str, int]]:
    with entered(scope):
        rows = queries.backlog(clock.now())
        db.session.rollback()
    return [(row.slug, row.kind, row.state, row.number) for row in rows]


def test_an_operator_sees_what_waits_by_tenant_and_kind(acme: Actor, client: FlaskClient) -> None:
    globex = make.tenant("globex")
    _promise(acme, KIND, OutboxState.READY, 3, late=10)
    _promise(acme, KIND, OutboxState.READY, 1, late=-10)
    _promise(acme, KIND, OutboxState.DONE, 9)
    _promise(globex, OTHER, OutboxState.DEAD, 2)
    _promise(globex, OTHER, OutboxState.LEASED, 1)

    assert _backlog(Scope(user_id=acme.user_id)) == [
        ("globex", OTHER, "dead", 2),
        ("acme", KIND, "due", 3),
        ("globex", OTHER, "leased", 1),
        ("acme", KIND, "later", 1),
    ]


def test_what_waits_for_a_server_is_told_apart_and_since_when(
    acme: Actor, client: FlaskClient
) -> None:
    _promise(acme, KIND, OutboxState.READY, 2, late=-30, away=125)
    _promise(acme, KIND, OutboxState.READY, 1, late=-30)
    _promise(acme, OTHER, OutboxState.READY, 1, late=5, away=600)

    page = client.get("/exploitation/travaux").text

    assert _backlog(Scope(user_id=acme.user_id)) == [
        ("acme", KIND, "away", 2),
        ("acme", OTHER, "due", 1),
        ("acme", KIND, "later", 1),
    ]
    assert "Un serveur dont ces travaux ont besoin est injoignable" in page
    assert re.search(r"depuis 2\sheures", page)
    assert re.search(r"le plus ancien attend depuis 5\sminutes", page)
    assert {(row.state, row.number) for row in queries.figures(clock.now())} == {
        ("away", 2), ("due", 1), ("later", 1),
    }  # fmt: skip


def test_nobody_else_is_told_anything(acme: Actor, client: FlaskClient) -> None:
    globex = make.tenant("globex")
    _promise(globex, KIND, OutboxState.DEAD, 1)
    inside = Scope(tenant_id=globex.tenant_id, user_id=globex.user_id)

    assert [_backlog(scope) for scope in (NO_SCOPE, Scope(user_id=globex.user_id), inside)] == [
        [], [], [],
    ]  # fmt: skip


def test_the_page_says_how_long_work_has_waited_and_nothing_of_it(
    acme: Actor, client: FlaskClient
) -> None:
    _promise(acme, KIND, OutboxState.READY, 1, late=95)
    _promise(acme, OTHER, OutboxState.DEAD, 2)

    page = client.get("/exploitation/travaux").text

    assert re.search(r"le plus ancien attend depuis 2\sheures", page)
    assert page.count('name="kind"') == 1
    assert "secret" not in page
    assert "went wrong" not in page


def test_dead_work_gets_all_its_tries_again_and_the_tenant_s_journal_says_so(
    acme: Actor, client: FlaskClient
) -> None:
    globex = make.tenant("globex")
    _promise(globex, KIND, OutboxState.DEAD, 2)
    _promise(globex, OTHER, OutboxState.DEAD, 1)
    _promise(globex, KIND, OutboxState.DONE, 1)

    answer = client.post(
        "/exploitation/travaux/relancer", data={"tenant": globex.tenant_id, "kind": KIND}
    )

    assert answer.status_code == 303
    with tenant_scope(globex.tenant_id):
        db.session.rollback()
        o = Outbox
        rows = db.session.execute(
            sa.select(o.kind, o.state, o.attempts, sa.func.count()).group_by(
                o.kind, o.state, o.attempts
            )
        )
        assert {tuple(row) for row in rows} == {
            (KIND, OutboxState.READY, 0, 2),
            (KIND, OutboxState.DONE, 8, 1),
            (OTHER, OutboxState.DEAD, 8, 1),
        }
        noted = db.session.scalars(
            sa.select(AuditEvent).where(AuditEvent.action == "work.retried")
        ).one()
        assert noted.details == {"kind": KIND, "count": 2, "by": "Owner of acme"}
        db.session.rollback()


def test_what_persons_are_owed_is_shown_and_retried_although_it_is_no_tenant_s(
    acme: Actor, client: FlaskClient
) -> None:
    _promise(replace(acme, tenant_id=NO_TENANT), "kit.carry", OutboxState.DEAD, 2)
    told = _backlog(Scope(user_id=acme.user_id))
    page = client.get("/exploitation/travaux").text
    asked = {"tenant": str(NO_TENANT), "kind": "kit.carry"}
    answers = [
        client.post("/exploitation/travaux/relancer", data=asked).status_code for _ in range(2)
    ]

    assert told == [(None, "kit.carry", "dead", 2)]
    assert "Comptes des personnes" in page
    assert "envoi d’un message à une personne sur son compte" in page
    assert answers == [303, 404]
    assert _backlog(Scope(user_id=acme.user_id)) == [(None, "kit.carry", "due", 2)]


def test_who_is_no_operator_finds_no_such_page(live: Flask, acme: Actor) -> None:
    _promise(acme, KIND, OutboxState.DEAD, 1)
    client = live.test_client()
    sign_in(client, acme)

    asked = {"tenant": acme.tenant_id, "kind": KIND}
    assert client.get("/exploitation/travaux").status_code == 404
    assert client.post("/exploitation/travaux/relancer", data=asked).status_code == 404
    with tenant_scope(acme.tenant_id):
        assert alive.promised(KIND).state is OutboxState.DEAD
        db.session.rollback()


@pytest.mark.parametrize("tenant", ["nonsense", str(uuid.UUID(int=7)), ""])
def test_nothing_is_retried_where_nothing_is(client: FlaskClient, tenant: str) -> None:
    asked = {"tenant": tenant, "kind": KIND}

    assert client.post("/exploitation/travaux/relancer", data=asked).status_code == 404


def test_retrying_asks_again_who_one_is(acme: Actor, client: FlaskClient) -> None:
    with entered(Scope(user_id=acme.user_id)):
        db.session.execute(sa.text("UPDATE sign_in SET confirmed_at = now() - interval '1 hour'"))
        db.session.commit()

    asked = {"tenant": acme.tenant_id, "kind": KIND}
    answer = client.post("/exploitation/travaux/relancer", data=asked)

    assert answer.headers["Location"].startswith("/confirmer")


def test_mail_that_may_or_may_not_have_left_is_counted_for_operators_alone(
    client: FlaskClient, acme: Actor
) -> None:
    with tenant_scope(acme.tenant_id):
        db.session.add(
            Mail(
                id=uuid.uuid4(), user_id=acme.user_id, to_address="secret@acme.example",
                to_name="Olga", subject="Une échéance", text="", html="",
                message_id="<1@x>", state=MailState.UNKNOWN,
            )
        )  # fmt: skip
        db.session.commit()
    db.session.remove()

    page = client.get("/exploitation/travaux").text
    with entered(Scope(user_id=uuid.uuid4())):
        others = queries.unsure_mail()
        figures = {row.state: row.number for row in queries.mail_figures()}
        db.session.rollback()

    assert "Messages dont la remise est incertaine" in page
    assert "secret@acme.example" not in page
    assert others == []
    assert figures == {"unknown": 1}

"""What a space runs under: an operator grants it, its journal and its owner are told."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import IntegrityError, ProgrammingError

from portal.audit.models import AuditEvent
from portal.fleet.models import Establishment, Stage
from portal.kit import clock
from portal.people import plans
from tenants.access import Actor
from tenants.context import Reach, Scope, entered, tenant_scope
from tenants.db import db
from tenants.models import Tenant
from tenants.plans import Plan
from tenants.roles import Role
from tests import live as alive
from tests import make
from tests.conftest import sign_in

live = alive.live
BANNER = "La formule de cet espace a pris fin"


@pytest.fixture
def acme(live: Flask) -> Actor:
    owner = make.tenant("acme")
    with tenant_scope(owner.tenant_id):
        make.establishment()
        make.establishment()
        make.establishment(stage=Stage.PROSPECT)
        gone = db.session.get_one(Establishment, (owner.tenant_id, make.establishment()))
        gone.archived_at = clock.now()
        db.session.commit()
    db.session.remove()
    return owner


@pytest.fixture
def globex(live: Flask) -> Actor:
    """Its owner operates the portal and is nobody in Acme."""
    owner = make.tenant("globex")
    db.session.remove()
    words = ["operator", "grant", "owner@globex.example"]
    assert live.test_cli_runner().invoke(args=words).exit_code == 0
    return owner


@pytest.fixture
def operator(live: Flask, acme: Actor, globex: Actor) -> FlaskClient:
    client = live.test_client()
    sign_in(client, globex)
    return client


def _held(actor: Actor) -> tuple[Plan, date, date | None]:
    db.session.rollback()
    tenant = db.session.get_one(Tenant, actor.tenant_id, populate_existing=True)
    held = tenant.plan, tenant.plan_since, tenant.plan_until
    db.session.rollback()
    return held


def _noted(actor: Actor) -> list[AuditEvent]:
    with tenant_scope(actor.tenant_id):
        db.session.rollback()
        asked = sa.select(AuditEvent).where(AuditEvent.action == "tenant.plan_granted")
        found = list(db.session.scalars(asked))
        db.session.expunge_all()
        db.session.rollback()
    return found


def _grant(operator: FlaskClient, plan: str, until: date | str = "") -> int:
    data = {"plan": plan, "until": str(until)}
    return operator.post("/exploitation/espaces/acme", data=data).status_code


def test_a_new_space_may_try_for_thirty_days(acme: Actor) -> None:
    today = clock.today()

    assert _held(acme) == (Plan.TRIAL, today, today + timedelta(days=30))


def test_an_operator_puts_a_space_under_a_plan_and_its_journal_says_so(
    acme: Actor, operator: FlaskClient, live: Flask
) -> None:
    trial_until = clock.today() + timedelta(days=30)
    assert _grant(operator, "standard") == 303

    assert _held(acme) == (Plan.STANDARD, clock.today(), None)
    [event] = _noted(acme)
    assert (event.actor_id, event.actor_name) == (None, "Treize")
    assert event.details == {
        "by": "Owner of globex",
        "before": {"plan": "trial", "until": trial_until.isoformat()},
        "plan": "standard",
        "until": None,
    }
    client = live.test_client()
    sign_in(client, acme)
    said = "a mis l’espace sous la formule « standard », sur demande (Owner of globex"
    assert said in client.get("/acme/journal").text.replace("\N{NO-BREAK SPACE}", " ")


def test_a_longer_trial_is_the_same_trial(
    acme: Actor, globex: Actor, operator: FlaskClient
) -> None:
    began = clock.today()
    later = began + timedelta(days=90)
    with time_machine.travel(clock.now() + timedelta(days=5)):
        sign_in(operator, globex)
        assert _grant(operator, "trial", later) == 303

    assert _held(acme) == (Plan.TRIAL, began, later)


def test_what_changes_nothing_is_not_noted(acme: Actor, operator: FlaskClient) -> None:
    assert _grant(operator, "courtesy") == 303
    assert _grant(operator, "courtesy") == 303

    assert len(_noted(acme)) == 1


@pytest.mark.parametrize(
    ("plan", "until"), [("trial", ""), ("standard", "2020-01-01"), ("golden", ""), ("trial", "x")]
)
def test_a_plan_that_cannot_be_is_refused(
    acme: Actor, operator: FlaskClient, plan: str, until: str
) -> None:
    before = _held(acme)

    assert _grant(operator, plan, until) == 422
    assert _held(acme) == before
    assert _noted(acme) == []


def test_the_operator_s_list_says_each_space_s_plan(acme: Actor, operator: FlaskClient) -> None:
    _grant(operator, "courtesy")

    page = operator.get("/exploitation").text
    rows = {
        slug: page.partition(f"/{slug}/")[2].partition("</tr>")[0] for slug in ("acme", "globex")
    }

    assert "à titre gracieux" in rows["acme"]
    assert "jusqu’au" not in rows["acme"]
    assert "essai" in rows["globex"]
    assert "jusqu’au" in rows["globex"]


def test_for_others_there_is_no_such_page(acme: Actor, operator: FlaskClient, live: Flask) -> None:
    client = live.test_client()
    sign_in(client, acme)

    assert client.get("/exploitation/espaces/acme").status_code == 404
    assert _grant(client, "standard") == 404
    assert operator.get("/exploitation/espaces/nobody").status_code == 404
    assert (
        operator.post("/exploitation/espaces/nobody", data={"plan": "standard"}).status_code == 404
    )
    assert _held(acme)[0] is Plan.TRIAL


def test_granting_takes_two_factors(acme: Actor, globex: Actor, operator: FlaskClient) -> None:
    sign_in(operator, globex, strong=False)

    answer = operator.post("/exploitation/espaces/acme", data={"plan": "standard"})

    assert answer.headers["Location"].startswith("/double-verification")
    assert _held(acme)[0] is Plan.TRIAL


def test_postgresql_lets_nobody_but_an_operator_change_a_plan(acme: Actor) -> None:
    call = sa.select(sa.func.grant_plan(acme.tenant_id, "standard", clock.today(), None))
    scope = Scope(tenant_id=acme.tenant_id, reach=Reach.TENANT, user_id=acme.user_id)
    for deed in (
        call,
        sa.update(Tenant).where(Tenant.id == acme.tenant_id).values(plan=Plan.STANDARD),
        sa.update(Tenant).where(Tenant.id == acme.tenant_id).values(plan_until=None),
        sa.insert(Tenant).values(
            id=acme.user_id, slug="own", name="Own", edition_id=make.EDITION, plan=Plan.COURTESY
        ),
    ):
        with entered(scope):
            with pytest.raises(ProgrammingError, match=r"only operators|permission denied"):
                db.session.execute(deed)
            db.session.rollback()

    assert _held(acme)[0] is Plan.TRIAL


def test_postgresql_keeps_no_trial_without_an_end(acme: Actor, globex: Actor) -> None:
    with entered(Scope(user_id=globex.user_id)):
        with pytest.raises(IntegrityError, match="ck_tenant_trial_ends"):
            db.session.execute(
                sa.select(sa.func.grant_plan(acme.tenant_id, "trial", clock.today(), None))
            )
        db.session.rollback()


def test_a_plan_is_reckoned_by_clients_alone_as_operators_are_told(
    acme: Actor, globex: Actor
) -> None:
    with tenant_scope(acme.tenant_id):
        billed = plans.billed_establishments()
        db.session.rollback()
    with entered(Scope(user_id=globex.user_id)):
        census = sa.text("SELECT establishments FROM tenant_census(now()) WHERE tenant_id = :id")
        told = db.session.scalar(census, {"id": acme.tenant_id})
        db.session.rollback()

    assert billed == told == 2


def test_the_owner_reads_her_plan_in_her_settings(acme: Actor, live: Flask) -> None:
    client = live.test_client()
    sign_in(client, acme)

    page = client.get("/acme/reglages").text
    section = page.partition('id="formule"')[2].partition("</section>")[0]

    assert "essai" in section
    assert section.partition("Établissements sous contrat")[2].split("<dd>")[1].split()[0] == "2"
    assert "a pris fin" not in section


def test_an_ended_trial_shuts_nothing_and_tells_owners_alone(acme: Actor, live: Flask) -> None:
    with tenant_scope(acme.tenant_id):
        colleague = make.member(Role.MANAGER)
    said = {}
    last = clock.now() + timedelta(days=30)
    for day, who in ((0, acme), (1, acme), (1, colleague)):
        with time_machine.travel(last + timedelta(days=day)):
            client = live.test_client()
            sign_in(client, who)
            answer = client.get("/acme/parc")
            said[day, who.role] = (answer.status_code, BANNER in answer.text)

    assert said == {
        (0, Role.OWNER): (200, False),
        (1, Role.OWNER): (200, True),
        (1, Role.MANAGER): (200, False),
    }

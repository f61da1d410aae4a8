"""How a tenant reminds and what a person wants: who is told, from when, and on which days."""

from base64 import urlsafe_b64encode
from datetime import date, timedelta

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient

from portal.audit.models import AuditEvent
from portal.reminders import declining, forms, later, queries, rules, service
from portal.reminders.declining import Refusal
from portal.reminders.kinds import DEFAULTS, Kind, KindRules, Rung
from portal.reminders.workdays import Calendar, Zone
from tenants.access import Actor
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.conftest import sign_in
from tests.reminders import scene

#: A Friday; the Monday after is a day like any other.
FRIDAY = date(2026, 11, 27)


def _proofs(actor: Actor, **gaps: int | None) -> None:
    """Proofs on any day, at thirty days, seven and none, with these gaps; zero for the others."""
    rules.set_rule(actor, calendar=Calendar.NONE, weekly_on=None)
    told = {rung: gaps.get(rung, 0) for rung in Rung}
    rules.set_kind_rules(actor, {Kind.PROOF: KindRules((30, 7, 0), told)})
    db.session.commit()


def _lapsing(owner: Actor, until: date) -> None:
    offering = make.offering(carries=[scene.CODE])
    scene.client(offering)
    scene.declare(owner, offering)
    scene.prove(owner, until=until, offering_id=offering)


def _told(owner: Actor, days: list[date]) -> list[int]:
    return [scene.plan(day) for day in days]


def test_what_lapses_on_a_weekend_is_told_on_the_friday_and_not_again(owner: Actor) -> None:
    saturday = FRIDAY + timedelta(days=1)
    _lapsing(owner, saturday)
    scene.plan(FRIDAY - timedelta(days=4))

    told = _told(owner, [FRIDAY + timedelta(days=after) for after in range(5)])

    assert told == [1, 0, 0, 0, 0]
    assert scene.stages(owner)[-1] == 0


def test_where_no_day_is_quiet_it_is_told_on_the_day(owner: Actor) -> None:
    scene.remind_on_any_day(owner)
    _lapsing(owner, FRIDAY + timedelta(days=1))
    scene.plan(FRIDAY - timedelta(days=4))

    assert _told(owner, [FRIDAY, FRIDAY + timedelta(days=1)]) == [0, 1]


def test_each_role_is_told_from_its_own_day_on(owner: Actor) -> None:
    technician, manager = make.member(Role.TECHNICIAN), make.member(Role.MANAGER)
    _proofs(owner, manager=23, owner=30)
    due = FRIDAY + timedelta(days=30)
    _lapsing(owner, due)

    for left in (30, 7, 0):
        scene.plan(due - timedelta(days=left))

    assert [scene.stages(actor) for actor in (technician, manager, owner)] == [
        [30, 7, 0], [7, 0], [0],
    ]  # fmt: skip


def test_a_role_that_is_never_told_is_not(owner: Actor) -> None:
    _proofs(owner, owner=None)
    _lapsing(owner, FRIDAY)

    assert scene.plan(FRIDAY) == 0


def test_a_person_is_told_of_the_kinds_she_wants(owner: Actor) -> None:
    service.choose(owner.user_id, wanted=[Kind.REVIEW], offered=[*Kind])
    db.session.commit()
    _lapsing(owner, FRIDAY)
    before = scene.plan(FRIDAY)
    service.choose(owner.user_id, wanted=[Kind.PROOF], offered=[*Kind])
    db.session.commit()

    assert (before, scene.plan(FRIDAY)) == (0, 1)


def test_one_click_stops_a_kind_without_signing_in(app: Flask, owner: Actor) -> None:
    refusal = Refusal(owner.tenant_id, owner.user_id, frozenset({Kind.PROOF}))
    link = declining.address(refusal).removeprefix(app.config["SETTINGS"].public_url)
    client = app.test_client()
    asked = client.get(link)
    before = queries.declined()

    answers = [
        client.post(link, data={"List-Unsubscribe": "One-Click"}).status_code for _ in range(2)
    ]

    assert asked.status_code == 200
    assert before == {}
    assert answers == [200, 200]
    db.session.rollback()
    assert queries.declined() == {owner.user_id: {Kind.PROOF}}


@pytest.mark.parametrize("altered", [True, False], ids=["altered", "shortened"])
def test_a_link_that_we_did_not_write_stops_nothing(
    app: Flask, owner: Actor, altered: bool
) -> None:
    refusal = Refusal(owner.tenant_id, owner.user_id, frozenset({Kind.PROOF}))
    token = declining.written(refusal)
    said, _, seal = token.rpartition(".")
    # The first letter: of the last one two bits count for nothing, so another may say the same.
    other = "B" if seal[0] == "A" else "A"
    forged = f"{said}.{other}{seal[1:]}" if altered else token[:-1]

    assert app.test_client().post(f"/rappels/desabonner/{forged}").status_code == 404
    assert queries.declined() == {}


@pytest.mark.parametrize("way", ["get", "post"])
@pytest.mark.parametrize("link", ["desabonner", "plus-tard"])
def test_a_link_of_a_kind_that_is_no_more_says_so(
    app: Flask, owner: Actor, way: str, link: str
) -> None:
    """It was signed years ago, before that kind was taken out."""
    tenant, person = owner.tenant_id, owner.user_id
    ids = urlsafe_b64encode(tenant.bytes + person.bytes * 2).decode()
    tokens = {
        "desabonner": declining._signer().dumps([tenant.hex, person.hex, "gone"]),
        "plus-tard": later._signer().sign(f"{ids}gone").decode(),
    }

    answer = getattr(app.test_client(), way)(f"/rappels/{link}/{tokens[link]}")

    assert answer.status_code == 410
    assert "Ce lien ne vaut plus" in answer.text
    assert queries.declined() == {}


def test_of_several_kinds_those_that_are_left_are_stopped(app: Flask, owner: Actor) -> None:
    kinds = [owner.tenant_id.hex, owner.user_id.hex, "gone", "proof"]
    token = declining._signer().dumps(kinds)

    assert app.test_client().post(f"/rappels/desabonner/{token}").status_code == 200
    db.session.rollback()
    assert queries.declined() == {owner.user_id: {Kind.PROOF}}


def test_a_mail_reader_s_own_request_carries_no_token_of_ours(app: Flask, owner: Actor) -> None:
    refusal = Refusal(owner.tenant_id, owner.user_id, frozenset({Kind.PROOF}))
    link = f"/rappels/desabonner/{declining.written(refusal)}"
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        answer = app.test_client().post(link, data={"List-Unsubscribe": "One-Click"})
    finally:
        app.config["WTF_CSRF_ENABLED"] = False

    assert answer.status_code == 200


def test_an_owner_sets_the_rules_and_the_journal_says_so(client: FlaskClient, owner: Actor) -> None:
    sign_in(client, owner)
    data = {
        **forms.typed(DEFAULTS),
        "calendar": "alsace_moselle",
        "weekly_on": "3",
        "proof_before": "45; 10 0",
        "proof_after": "5",
        "proof_manager": "12",
        "proof_owner": "",
    }

    assert client.post("/acme/rappels/reglages", data=data).status_code == 303

    rule, proofs = queries.rule(), queries.kind_rules()[Kind.PROOF]
    assert (rule.calendar, rule.weekly_on) == (Calendar.ALSACE_MOSELLE, 3)
    assert proofs.steps == (45, 10, 0, -5)
    assert [*proofs.gaps.values()] == [0, 12, None, 0]
    assert queries.kind_rules()[Kind.ACTION] == DEFAULTS[Kind.ACTION]
    told = db.session.scalars(db.select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert [*told][-2:] == ["reminder.rule_changed", "reminder.kind_rule_changed"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"calendar": "moon"},
        {"proof_before": "soon"},
        {"proof_before": "91"},
        {"contest_after": "61"},
        {"proof_before": "1,2,3,4", "proof_after": "1,2,3"},
        {"review_technician": "121"},
        {"review_technician": "-1"},
        {"action_manager": "30", "action_owner": "2"},
        {"weekly_on": "6"},
    ],
    ids=str,
)
def test_an_answer_that_is_none_is_refused(
    client: FlaskClient, owner: Actor, wrong: dict[str, str]
) -> None:
    sign_in(client, owner)

    data = {**forms.typed(DEFAULTS), "calendar": "none", **wrong}
    answer = client.post("/acme/rappels/reglages", data=data)

    assert answer.status_code == 422
    typed = [said for name, said in wrong.items() if name not in {"calendar", "weekly_on"}]
    assert all(f'value="{said}"' in answer.text for said in typed)
    assert queries.rule().calendar is Calendar.FRANCE
    assert queries.kind_rules() == {**DEFAULTS}


def test_what_is_wrong_is_told_by_its_line_and_its_column(
    client: FlaskClient, owner: Actor
) -> None:
    sign_in(client, owner)
    wrong = {"calendar": "none", "proof_before": "bientôt", "review_technician": "-1"}

    answer = client.post("/acme/rappels/reglages", data={**forms.typed(DEFAULTS), **wrong})

    told = BeautifulSoup(answer.data, "html5lib").select(".summary a")
    assert {str(link["href"]): link.text.split("\N{NO-BREAK SPACE}: ")[:2] for link in told} == {
        "#proof_before": ["Les preuves qui arrivent à échéance", "jours avant"],
        "#review_technician": ["Les revues à faire", "équipe technique"],
    }


def test_a_director_chooses_for_herself_and_sees_no_rules(
    client: FlaskClient, owner: Actor
) -> None:
    director = make.member(Role.DIRECTOR, establishments=[make.establishment()])
    sign_in(client, director)
    page = client.get("/acme/rappels/reglages").text
    client.post("/acme/rappels/les-miens", data={"kinds": ["review"], "clock": "Indian/Reunion"})

    assert "Règles de l’espace" not in page
    db.session.rollback()
    # The week is the provider’s: it was not there to tick.
    assert queries.declined() == {director.user_id: {*Kind} - {Kind.REVIEW, Kind.WEEKLY}}
    assert queries.clocks() == {director.user_id: Zone.REUNION}


def test_what_was_not_there_to_tick_is_not_declined(client: FlaskClient, owner: Actor) -> None:
    """A technician takes no archive; once she may, she is told that hers is ready."""
    technician = make.member(Role.TECHNICIAN)
    db.session.rollback()
    sign_in(client, technician)

    page = client.get("/acme/rappels/reglages").text
    client.post("/acme/rappels/les-miens", data={"kinds": ["proof", "review"]})

    declined = queries.declined()[technician.user_id]
    assert 'value="archive"' not in page
    assert declined == {Kind.ACTION, Kind.CONTEST, Kind.COLLECTION, Kind.WEEKLY}

"""Who will receive what: what the preview says is what a mail server gets, day by day."""

from datetime import date, datetime, time, timedelta
from email.message import EmailMessage

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from portal.contests.models import Side
from portal.kit import clock, outbox
from portal.reminders import forecast, forms, jobs, letter, planning, queries, rules, service
from portal.reminders.forecast import Outlook, Proposal
from portal.reminders.kinds import DEFAULTS, Kind, KindRules, Rung
from portal.reminders.workdays import Calendar
from tenants import queries as tenancy
from tenants.access import Actor
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.conftest import sign_in
from tests.counting import counted
from tests.reminders import scene
from tests.smtp import Inbox, post_office

office = post_office
DAY = timedelta(days=1)
#: A Monday before a Friday that is a holiday: Christmas.
MONDAY = date(2028, 12, 18)


@pytest.fixture
def busy(owner: Actor) -> Actor:
    """Proofs, reviews, actions and a week to tell, for six people of both sides."""
    rules.set_rule(owner, calendar=Calendar.FRANCE, weekly_on=2)
    offering = make.offering(carries=[scene.CODE, "SAUV-03"])
    here = scene.client(offering, "EHPAD Ici", today=MONDAY)
    there = scene.client(offering, "EHPAD Ailleurs", today=MONDAY)
    scene.declare(owner, offering, reviewed_on=MONDAY - 355 * DAY)
    scene.declare(owner, offering, code="SAUV-03", reviewed_on=MONDAY)
    technician, _manager = make.member(Role.TECHNICIAN), make.member(Role.MANAGER)
    for place in (here, there):
        make.member(Role.DIRECTOR, establishments=[place])
        scene.prove(owner, until=MONDAY + 9 * DAY, establishment_id=place, title=f"De {place}")
    make.member(Role.MEMBER, establishments=[here, there])
    scene.prove(owner, until=MONDAY + 6 * DAY, offering_id=offering, code="SAUV-03")
    scene.action(here, MONDAY + 3 * DAY, holder=technician)
    scene.action(there, MONDAY - 7 * DAY, holder=technician)
    scene.action(there, MONDAY + 8 * DAY, side=Side.ESTABLISHMENT)
    return owner


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), clock.PARIS)


def _outlook(days: int = 7) -> Outlook:
    people = queries.recipients(clock.now())
    return Outlook(people, people, make.EDITION, MONDAY, days)


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def _send(day: date) -> None:
    """One day: what is written, and what leaves, at noon."""
    planning.plan(day, at=_noon(day), keeps_hours=False)
    db.session.commit()
    waiting = db.select(outbox.Outbox.id).where(
        outbox.Outbox.kind == service.SEND, outbox.Outbox.state == outbox.OutboxState.READY
    )
    for one in db.session.scalars(waiting.order_by(outbox.Outbox.run_at)).all():
        held = outbox.lease(one, at=_noon(day) + DAY)
        assert held is not None
        db.session.commit()
        jobs.send.run(held)
        outbox.settle(held)
        db.session.commit()


def test_the_preview_says_what_the_server_gets_and_in_its_order(
    busy: Actor, office: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    (days,) = forecast.ahead(_outlook(), [forecast.present()])
    tenant = tenancy.tenant(busy.tenant_id)
    promised = [
        (day.day, digest.person.email, letter.of(digest, tenant=tenant, today=day.day))
        for day in days
        for digest in day.digests
    ]
    db.session.rollback()
    got = []

    for day in (MONDAY + after * DAY for after in range(7)):
        monkeypatch.setattr(clock, "now", lambda day=day: _noon(day))
        office.taken.clear()
        _send(day)
        got += [(day, one) for one in map(Inbox.parsed, office.taken)]

    assert len(promised) > 12
    assert len({day for day, *_ in promised}) == 5
    assert [(day, email) for day, email, _letter in promised] == [
        (day, message["To"].addresses[0].addr_spec) for day, message in got
    ]
    for (_day, _email, told), (_, message) in zip(promised, got, strict=True):
        text, html = (_body(message, kind) for kind in ("plain", "html"))
        assert (told.subject, told.text) == (
            message["Subject"],
            text.replace("\r\n", "\n").rstrip("\n"),
        )
        assert told.html.split() == html.split()


def test_looking_ahead_writes_nothing(busy: Actor) -> None:
    forecast.ahead(_outlook(), [forecast.present()])
    db.session.commit()

    assert scene.mails(busy) == []
    assert queries.told(MONDAY - 99 * DAY, today=MONDAY) == {}


def test_rules_that_are_only_proposed_show_what_they_would_do(busy: Actor) -> None:
    silent = dict.fromkeys(Rung)
    none = {kind: KindRules((30,), silent) for kind in DEFAULTS}

    now, then = forecast.ahead(
        _outlook(), [forecast.present(), Proposal(none, Calendar.FRANCE, None)]
    )

    def told(days: list[forecast.Day]) -> int:
        return sum(len(day.digests) for day in days)

    assert told(now) > 0
    # Whoever holds an action is told of it whatever the rungs are told.
    assert told(then) == 0 or all(
        item.kind is Kind.ACTION for day in then for digest in day.digests for item in digest.items
    )


def _week_page(client: FlaskClient, actor: Actor, query: str = "") -> BeautifulSoup:
    sign_in(client, actor)
    answer = client.get(f"/acme/rappels{query}")
    assert answer.status_code == 200
    return BeautifulSoup(answer.text, "html5lib")


@pytest.fixture
def soon(owner: Actor) -> Actor:
    """Something lapses in ten days at each of two places, one of which has a director."""
    today = clock.today()
    scene.remind_on_any_day(owner)
    offering = make.offering(carries=[scene.CODE])
    places = [scene.client(offering, name, today=today) for name in ("EHPAD Ici", "EHPAD Là")]
    scene.declare(owner, offering, reviewed_on=today)
    for place in places:
        scene.prove(owner, until=today + 10 * DAY, establishment_id=place, title=f"Essai {place}")
    return make.member(Role.DIRECTOR, establishments=places[:1])


def test_the_page_says_day_by_day_who_is_told_what(
    client: FlaskClient, owner: Actor, soon: Actor
) -> None:
    page = _week_page(client, owner)

    said = page.select_one("main")
    assert said is not None
    assert len(page.select("main table")) == 2
    assert {owner.name, soon.name} <= {
        th.get_text(" ", strip=True).split("  ")[0].rpartition(" ")[0]
        for th in page.select("tbody th")
    }


def test_a_director_sees_her_own_messages_alone(
    client: FlaskClient, owner: Actor, soon: Actor
) -> None:
    text = _week_page(client, soon).get_text()

    assert soon.name in text
    assert owner.name not in text


def test_a_month_may_be_asked_for(client: FlaskClient, owner: Actor, soon: Actor) -> None:
    week, month = (_week_page(client, owner, query) for query in ("", "?jours=30"))

    assert len(month.select("main table")) > len(week.select("main table"))
    assert month.select_one('.tabs a[aria-current="page"]').get_text() == "Trente jours"  # type: ignore[union-attr]  # it is there


def test_many_people_are_shown_a_page_at_a_time(
    client: FlaskClient, owner: Actor, soon: Actor
) -> None:
    with counted() as few:
        _week_page(client, owner)
    place = make.establishment()
    for _ in range(60):
        make.member(Role.DIRECTOR, establishments=[place])

    with counted() as many:
        page = _week_page(client, owner)

    assert "Page 1 sur 3" in page.get_text()
    # One reading for the team, one for each of at most twenty-five others.
    assert len(many) < len(few) + 25 * 7


def test_the_effect_of_rules_is_shown_and_nothing_is_kept(
    client: FlaskClient, owner: Actor, soon: Actor
) -> None:
    sign_in(client, owner)
    silent = {f"proof_{rung}": "" for rung in Rung}
    data = {**forms.typed(DEFAULTS), **silent, "calendar": "none", "weekly_on": "", "try": "1"}

    page = BeautifulSoup(client.post("/acme/rappels/reglages", data=data).text, "html5lib")

    (row,) = [tr for tr in page.select("table tr") if owner.name in tr.get_text()]
    before, after = (int(td.get_text()) for td in row.select("td"))
    assert before > 0
    assert after == 0
    db.session.rollback()
    assert queries.kind_rules() == {**DEFAULTS}
    assert page.select_one("#proof_owner")["value"] == ""  # type: ignore[index]  # it is there

"""Orders: for whom, under which numbers, once; and trying again."""

import threading
import uuid
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.app import create_app
from portal.attestations import codes, making, queries, retrying, service
from portal.attestations.models import Attestation, AttestationBatch, AttestationState, Counter
from portal.attestations.snapshot import Period
from portal.audit.models import AuditEvent
from portal.fleet.models import Stage
from portal.kit import clock
from portal.kit.errors import NotFound, Refused
from portal.kit.outbox import Outbox, Queue
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tenants.roles import Role
from tenants.scoping import new_id
from tests import conftest, make
from tests.attestations import scene
from tests.attestations.scene import CODE
from tests.counting import counted


def test_numbers_follow_one_another_by_name(owner: Actor) -> None:
    offering = make.offering(carries=[CODE])
    here, there = scene.clients(offering, ["Zèbre", "Abeille"])
    year = clock.today().year

    first, second = scene.order(owner, here, there)
    (third,) = scene.order(owner, here)

    assert [scene.one(each).number for each in (first, second, third)] == [
        f"ATT-{year}-0001", f"ATT-{year}-0002", f"ATT-{year}-0003"
    ]  # fmt: skip
    assert scene.one(first).establishment_id == there


def test_an_order_undone_gives_its_numbers_back(owner: Actor) -> None:
    place = scene.client(make.offering(carries=[CODE]))
    service.order(
        owner, batch_id=new_id(), establishment_ids=[place], period=scene.period(),
        as_of=clock.today(), at=clock.now(),
    )  # fmt: skip
    db.session.rollback()

    (attestation_id,) = scene.order(owner, place)

    assert scene.one(attestation_id).number.endswith("-0001")


def test_each_provider_counts_for_itself(owner: Actor, stranger: Actor) -> None:
    scene.order(owner, scene.client(make.offering(carries=[CODE])))

    db.session.remove()
    with tenant_scope(stranger.tenant_id):
        (theirs,) = scene.order(stranger, scene.client(make.offering(carries=[CODE])))
        number = scene.one(theirs).number
        db.session.remove()

    assert number.endswith("-0001")


def test_the_same_order_sent_twice_is_one_order(owner: Actor) -> None:
    place, batch_id = scene.client(make.offering(carries=[CODE])), new_id()

    for _ in range(2):
        service.order(
            owner,
            batch_id=batch_id,
            establishment_ids=[place],
            period=scene.period(),
            as_of=clock.today(),
            at=clock.now(),
        )

    assert db.session.scalar(select(func.count()).select_from(Attestation)) == 1
    assert db.session.scalar(select(Counter.value)) == 1


def test_what_cannot_be_attested_is_left_out(owner: Actor, stranger: Actor) -> None:
    place = scene.client(make.offering(carries=[CODE]))
    prospect = make.establishment("Prospect", stage=Stage.PROSPECT)

    found = scene.order(owner, place, prospect, uuid.uuid4())

    assert [scene.one(each).establishment_id for each in found] == [place]
    obstacles = {c.name: c.obstacle for c in queries.candidates([place, prospect])}
    assert obstacles == {"EHPAD Les Ajoncs": None, "Prospect": "prospect"}


def test_an_order_for_nobody_is_refused_and_takes_no_number(owner: Actor) -> None:
    prospect = make.establishment(stage=Stage.PROSPECT)

    with pytest.raises(Refused):
        scene.order(owner, prospect)

    assert db.session.scalar(select(func.count()).select_from(AttestationBatch)) == 0
    assert db.session.scalar(select(Counter.value)) is None


@pytest.mark.parametrize(
    ("since", "until"), [(0, -1), (-1, 1), (-15_000, 0)], ids=["reversed", "future", "ancient"]
)
def test_an_impossible_period_is_refused(owner: Actor, since: int, until: int) -> None:
    today = date(2026, 11, 23)
    period = Period(since=today + timedelta(days=since), until=today + timedelta(days=until))

    with pytest.raises(Refused):
        service.check_period(period, today)


def test_an_order_is_journalled_once_and_promises_each_document(owner: Actor) -> None:
    places = scene.clients(make.offering(carries=[CODE]), [f"EHPAD {n}" for n in range(3)])

    ids = scene.order(owner, *places)

    events = db.session.scalars(
        select(AuditEvent).where(AuditEvent.action == "attestation.ordered")
    ).all()
    assert [(event.actor_name, event.details["count"]) for event in events] == [(owner.name, 3)]
    promised = db.session.scalars(select(Outbox).where(Outbox.kind == service.COMPILE)).all()
    assert {row.payload["attestation_id"] for row in promised} == {str(each) for each in ids}
    assert {row.queue for row in promised} == {Queue.BULK}


def test_a_single_one_does_not_wait_behind_the_fleets(owner: Actor) -> None:
    scene.order(owner, scene.client(make.offering(carries=[CODE])))

    assert (
        db.session.scalar(select(Outbox.queue).where(Outbox.kind == service.COMPILE))
        is Queue.DEFAULT
    )


def test_an_order_of_fifty_takes_as_many_statements_as_an_order_of_one(owner: Actor) -> None:
    places = scene.clients(make.offering(carries=[CODE]), [f"EHPAD {n:02}" for n in range(50)])
    db.session.commit()
    scene.order(owner, places[0])  # the first deed of all begins the journal's chain
    with counted() as for_one:
        scene.order(owner, places[0])

    with counted() as for_fifty:
        scene.order(owner, *places)

    assert len(for_fifty) == len(for_one) <= 14


def test_codes_are_eighty_random_bits_in_plain_letters() -> None:
    found = {codes.new_code() for _ in range(50)}

    assert len(found) == 50
    assert all(
        len(code) == 16 and set(code) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") for code in found
    )


def test_a_director_sees_her_own_attestations_only(owner: Actor) -> None:
    here, there = scene.clients(make.offering(carries=[CODE]), ["Ici", "Là"])
    mine, theirs = scene.order(owner, here, there)
    director = make.member(Role.DIRECTOR, establishments=[here])
    db.session.remove()

    with scene.as_member(director):
        seen = [row.id for row in queries.lines(queries.ListFilter(), limit=10)]
        with pytest.raises(NotFound):
            queries.attestation(theirs)

    assert seen == [mine]


def test_a_second_try_asks_again_for_what_failed_only(owner: Actor) -> None:
    here, there = scene.clients(make.offering(carries=[CODE]), ["Ici", "Là"])
    failed, waiting = scene.order(owner, here, there)
    scene.given_up(failed)

    again = retrying.retry(owner, [failed, waiting], at=clock.now())

    assert again == 1
    assert scene.one(failed).state is AttestationState.REQUESTED
    promised = select(func.count()).where(Outbox.kind == service.COMPILE)
    assert db.session.scalar(promised) == 3


def test_one_that_waits_for_nothing_any_more_may_be_asked_for_again(owner: Actor) -> None:
    (stuck,) = scene.order(owner, scene.client(make.offering(carries=[CODE])))

    again = retrying.retry(owner, [stuck], at=clock.now() + making.STUCK + timedelta(minutes=1))

    assert again == 1


@pytest.fixture
def own_database(app: Flask, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Committed rows that two connections may fight over."""
    name = f"{app.config['SQLALCHEMY_DATABASE_URI'].rpartition('/')[2].partition('?')[0]}_orders"
    conftest.new_database(name)
    other = create_app(conftest.settings(name, f"file://{tmp_path_factory.mktemp('orders')}"))
    yield other
    with other.app_context():
        db.engine.dispose()
    other.extensions["valkey"].close()


def test_two_orders_at_once_leave_no_gap_and_share_no_number(own_database: Flask) -> None:
    with own_database.app_context():
        owner = make.tenant("acme")
        with tenant_scope(owner.tenant_id):
            places = scene.clients(make.offering(carries=[CODE]), [f"EHPAD {n}" for n in range(8)])
            db.session.remove()
    start = threading.Barrier(3)
    failures: list[BaseException] = []

    def orders() -> None:
        try:
            with own_database.app_context(), tenant_scope(owner.tenant_id):
                start.wait(10)
                for _ in range(3):
                    scene.order(owner, *places)
        except BaseException as error:  # noqa: BLE001 - told to the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=orders) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert failures == []
    with own_database.app_context(), tenant_scope(owner.tenant_id):
        numbers = list(db.session.scalars(select(Attestation.number).order_by(Attestation.number)))
        by_batch = db.session.execute(
            select(func.min(Attestation.number), func.max(Attestation.number)).group_by(
                Attestation.batch_id
            )
        ).all()
        db.session.remove()
    year = clock.today().year
    assert numbers == [f"ATT-{year}-{n:04}" for n in range(1, 73)]
    assert all(int(last[-4:]) - int(first[-4:]) == 7 for first, last in by_batch)

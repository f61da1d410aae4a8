"""What the demo shows: a believable provider, and the same one each time it is built."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Final

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.engagements import service
from portal.kit import clock
from portal.local import logins
from portal.local.demo import build
from tenants.db import db
from tests.fleet.importer.samples import luhn_completed
from tests.local import demos
from tests.servers import servers

TODAY: Final = clock.today()
_ID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"file://{tmp_path_factory.mktemp('storage')}"


@pytest.fixture(scope="module")
def demo(storage: str) -> Iterator[Flask]:
    with demos.built("shown", storage, TODAY) as app:
        yield app


@pytest.fixture(scope="module")
def superuser(demo: Flask) -> Iterator[sa.Connection]:
    with _reading(demo) as connection:
        yield connection


@contextmanager
def _reading(app: Flask) -> Iterator[sa.Connection]:
    """Beside every lock: what is there, whoever may see it."""
    database = sa.make_url(app.config["SQLALCHEMY_DATABASE_URI"]).database
    assert database
    engine = sa.create_engine(servers.admin_url(database))
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def _found(connection: sa.Connection, sql: str, **values: Any) -> list[Any]:
    """What a statement finds; ``{home}`` keeps it to the demo's own provider."""
    asked = sa.text(
        sql.format(home="tenant_id = (SELECT id FROM tenant WHERE slug = :demo)", **values)
    )
    return list(connection.execute(asked, {"demo": build.SLUG, **values}).scalars())


def test_it_has_about_120_establishments_of_several_bodies_and_regions(
    superuser: sa.Connection,
) -> None:
    def several(column: str) -> list[Any]:
        return _found(superuser, "SELECT {column} FROM establishment WHERE {home}", column=column)

    assert 110 <= len(several("name")) <= 130
    assert len(set(several("managing_body_id"))) >= 5
    assert len(set(several("region"))) >= 4
    assert len(set(several("category_code"))) >= 8


def test_its_numbers_are_its_own_and_their_check_digits_right(superuser: sa.Connection) -> None:
    """Corsica's alone have no known rule."""
    numbers = _found(
        superuser,
        "SELECT finess FROM establishment WHERE {home}"
        " UNION ALL SELECT finess FROM managing_body WHERE {home}",
    )
    checked = [number for number in numbers if number.isdigit()]

    assert len(numbers) == len(set(numbers))
    assert {number[:2] for number in numbers if number not in checked} == {"2A"}
    assert [number for number in checked if luhn_completed(number[:-1]) != number] == []
    assert all(re.fullmatch(r"(?:\d\d|2A)\d{7}", number) for number in numbers)


def test_one_establishment_has_two_providers(superuser: sa.Connection) -> None:
    shared = _found(
        superuser,
        "SELECT finess FROM establishment GROUP BY finess HAVING count(DISTINCT tenant_id) = 2",
    )
    seats = _found(
        superuser,
        "SELECT t.slug FROM membership m JOIN tenant t ON t.id = m.tenant_id"
        " JOIN user_account u ON u.id = m.user_id WHERE u.email = :email",
        email=logins.SHARED_DIRECTOR.email,
    )

    assert len(shared) == 1
    assert sorted(seats) == sorted([build.SLUG, build.NEIGHBOUR])


def test_an_auditor_is_in_a_room_that_is_open_and_her_access_ends(
    superuser: sa.Connection,
) -> None:
    ends = _found(
        superuser,
        "SELECT ends_at FROM membership WHERE role = 'auditor' AND {home}",
    )
    rooms = _found(superuser, "SELECT id::text FROM engagement WHERE {home}")
    closing = _found(
        superuser,
        "SELECT payload ->> 'engagement' FROM outbox WHERE kind = :close AND {home}",
        close=service.CLOSE,
    )

    assert [timedelta(0) < end - clock.now() <= build.AUDIT_DAYS for end in ends] == [True]
    assert len(set(rooms) - set(closing)) == 1
    assert len(closing) == 1  # last year's, which the worker closes


def test_offerings_are_declared_and_proofs_are_about_to_lapse(superuser: sa.Connection) -> None:
    """One is past, and one lapses on each day on which a reminder leaves."""
    said = _found(superuser, "SELECT DISTINCT status FROM statement WHERE {home}")
    days = {
        (until - TODAY).days
        for until in _found(
            superuser,
            "SELECT valid_until FROM evidence WHERE replaced_by IS NULL AND {home}",
        )
    }

    assert {"implemented", "partial", "planned", "alternative"} <= set(said)
    assert {30, 7} <= days
    assert min(days) < 0
    assert len([each for each in days if 0 <= each <= 30]) >= 3


def test_points_are_contested_and_exceptions_made(superuser: sa.Connection) -> None:
    verdicts = Counter(_found(superuser, "SELECT verdict FROM tracked_requirement WHERE {home}"))
    own = _found(
        superuser,
        "SELECT requirement_code FROM tracked_requirement WHERE origin = 'own' AND {home}",
    )
    threads = _found(superuser, "SELECT count(*) FROM contest WHERE {home}")

    assert verdicts["contested"] >= 5
    assert verdicts["recognised"] > 1_000
    assert len(own) >= 5
    assert threads[0] >= verdicts["contested"]


#: Drawn by lot, salted, or full of hours.
_EACH_TIME: Final = frozenset(
    {"engagement_draw.seed", "user_account.password_hash", "audit_event.details"}
)


def test_two_builds_of_one_day_are_equal(demo: Flask, storage: str) -> None:
    with _reading(demo) as connection:
        first = _portrait(connection)
    with demos.built("again", storage, TODAY) as other, _reading(other) as connection:
        again = _portrait(connection)

    assert sum(map(len, first.values())) > 1_000
    assert {name for name in first if first[name] != again[name]} == set()


def _portrait(connection: sa.Connection) -> dict[str, Counter[tuple[str, ...]]]:
    """Every row of every table, but for its ids and its hours."""
    return {
        table.name: Counter(
            tuple(map(_plain, row)) for row in connection.execute(sa.select(*_columns(table)))
        )
        for table in db.metadata.sorted_tables
        if _columns(table)
    }


def _columns(table: sa.Table) -> list[sa.Column[Any]]:
    apart = (sa.Uuid, sa.DateTime, sa.LargeBinary)
    told = [column for column in table.columns if not isinstance(column.type, apart)]
    return [column for column in told if str(column) not in _EACH_TIME]


def _plain(value: object) -> str:
    return _ID.sub("id", str(value))

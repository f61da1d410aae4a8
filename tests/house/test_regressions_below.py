"""What is counted and kept for many (R10), what hangs on one row (R14), PostgreSQL (R20)."""

import ast
import io
import re
import uuid
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.kit import clock
from portal.tracking import kept
from tenants import selfcheck
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.attestations import scene as issued
from tests.conftest import sign_in
from tests.house import tree
from tests.tracking import scene

BOARD = ("parc", "parc?sort=name", "parc/a-faire", "parc.csv", "exigences.csv")
NAMES = {"acme": ("Les Aulnes", "Les Bouleaux"), "globex": ("Le Chêne", "Le Frêne")}
#: Every row that the mark of a fleet is made of (portal/tracking/kept.py).
MARKED = ("establishment", "managing_body", "offering", "evidence")


@pytest.fixture
def twins(owner: Actor, stranger: Actor) -> dict[str, list[uuid.UUID]]:
    """Two fleets that have the same mark: as many rows, written by one and the same transaction."""
    places, today = {}, clock.today()
    for actor, slug in ((owner, "acme"), (stranger, "globex")):
        with tenant_scope(actor.tenant_id):
            offering = make.offering(f"{slug}-offre", carries=[scene.CODE])
            places[slug] = [
                scene.client(offering, name=name, since=today, today=today) for name in NAMES[slug]
            ]
            if slug == "acme":
                scene.declare(actor, offering, today=today)
            db.session.remove()
    with tenant_scope(owner.tenant_id):
        for actor in (owner, stranger):
            told = sa.func.set_config("app.tenant_id", str(actor.tenant_id), True)
            db.session.execute(sa.select(told))
            for table in MARKED:
                columns = sa.table(table, sa.column("created_at"))
                db.session.execute(sa.update(columns).values(created_at=columns.c.created_at))
            db.session.execute(sa.text("UPDATE scorecard SET updated_at = '2026-01-01'"))
        db.session.commit()
    db.session.remove()
    return places


def _mark(actor: Actor) -> str:
    with tenant_scope(actor.tenant_id):
        found = kept.mark()
    db.session.remove()
    return found


def test_r10_nobody_is_shown_what_was_kept_for_another_tenant(
    app: Flask, owner: Actor, stranger: Actor, twins: dict[str, list[uuid.UUID]]
) -> None:
    """Whoever comes first, and although nothing but the reader tells the two fleets apart."""
    assert _mark(owner) == _mark(stranger)
    for actors in ((owner, stranger, owner), (stranger, owner, stranger)):
        for actor in actors:
            client = app.test_client()
            sign_in(client, actor)
            slug = "acme" if actor is owner else "globex"
            (other,) = NAMES.keys() - {slug}
            for page in BOARD:
                answer = client.get(f"/{slug}/{page}")
                assert answer.status_code == 200
                assert not any(name in answer.text for name in NAMES[other]), (slug, page)
            assert all(name in client.get(f"/{slug}/parc").text for name in NAMES[slug])


def test_r10_totals_are_of_the_reader_s_own_fleet(
    app: Flask, owner: Actor, stranger: Actor, twins: dict[str, list[uuid.UUID]]
) -> None:
    """Acme declares, Globex does not: the figures of one never stand over the other's board."""
    totals = {}
    for actor in (owner, stranger):
        with tenant_scope(actor.tenant_id):
            totals[actor.tenant_id] = kept.fleet_totals(kept.mark()).declared
        db.session.remove()

    assert totals[owner.tenant_id] > totals[stranger.tenant_id] == 0


def test_r10_a_listed_reader_is_shown_nothing_kept_for_the_whole_tenant(
    app: Flask, owner: Actor, twins: dict[str, list[uuid.UUID]]
) -> None:
    with tenant_scope(owner.tenant_id):
        director = make.member(Role.DIRECTOR, establishments=twins["acme"][:1])
    db.session.remove()
    mine, neighbour = NAMES["acme"]
    told = []
    for actor in (owner, director):
        client = app.test_client()
        sign_in(client, actor)
        told.append("".join(client.get(f"/acme/{page}").text for page in BOARD[:4]))

    assert neighbour in told[0]
    assert mine in told[1]
    assert neighbour not in told[1]


def test_r10_an_access_that_is_withdrawn_is_not_kept(
    app: Flask, owner: Actor, twins: dict[str, list[uuid.UUID]]
) -> None:
    with tenant_scope(owner.tenant_id):
        director = make.member(Role.DIRECTOR, establishments=twins["acme"])
    db.session.remove()
    client = app.test_client()
    sign_in(client, director)
    assert NAMES["acme"][1] in client.get("/acme/parc").text

    with tenant_scope(owner.tenant_id):
        table = sa.text("DELETE FROM membership_establishment WHERE establishment_id = :gone")
        db.session.execute(table, {"gone": twins["acme"][1]})
        db.session.commit()
    db.session.remove()

    assert NAMES["acme"][1] not in client.get("/acme/parc").text


def test_r14_an_order_gives_whoever_is_listed_her_own_documents_alone(
    app: Flask, owner: Actor
) -> None:
    """The order is of two establishments; hers is one of them, and an order is named by its id."""
    with tenant_scope(owner.tenant_id):
        places = issued.clients(
            make.offering(carries=[issued.CODE]), ["Les Aulnes", "Les Bouleaux"]
        )
        documents = issued.made(owner, *places)
        order = str(issued.one(documents[0]).batch_id)
        director = issued.director_of(places[0])
    db.session.remove()
    sign_in(whole := app.test_client(), owner)
    sign_in(hers := app.test_client(), director)

    given = [
        _documents(
            client.post("/acme/attestations/zip", data={"batch": order}, follow_redirects=True).data
        )
        for client in (whole, hers)
    ]

    assert [len(names) for names in given] == [2, 1]
    assert "Les Aulnes" in given[1][0]
    assert hers.get(f"/acme/attestations/lots/{order}").status_code == 404


def _documents(archive: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return [name for name in opened.namelist() if name.endswith(".pdf")]


_UPSERT = re.compile(
    r"ON\s+CONFLICT\s*(?:\(([^)]*)\))?(?:(?!ON\s+CONFLICT).)*?DO\s+(UPDATE|NOTHING)",
    re.IGNORECASE | re.DOTALL,
)
_FIRST = "tenant_id"


def _unsafe(source: str) -> Iterator[str]:
    """Each « insert or update » that would find its row without the tenant, or none by name.

    PostgreSQL below the floor reads past row-level security there (CVE-2026-120154); with the
    tenant first, what it finds is the tenant's own.
    """
    for call_name, call in tree.calls(ast.parse(source)):
        if call_name == "on_conflict_do_update":
            given = {word.arg: word.value for word in call.keywords}
            columns = given.get("index_elements")
            first = columns.elts[0] if isinstance(columns, ast.List) and columns.elts else None
            if tree.text(first) != _FIRST:
                yield ast.unparse(call)
    for node in ast.walk(ast.parse(source)):
        for arbiter, then in _UPSERT.findall(tree.text(node) or ""):
            if then.upper() == "UPDATE" and arbiter.split(",")[0].strip() != _FIRST:
                yield str(tree.text(node))


@pytest.mark.parametrize(
    "path", tree.python_files("portal", "tenants", "migrations"), ids=tree.name
)
def test_r20_what_is_inserted_or_updated_is_found_by_its_tenant_first(path: Path) -> None:
    assert list(_unsafe(path.read_text("utf-8"))) == []


@pytest.mark.parametrize(
    "source",
    [
        'text("INSERT INTO t VALUES (1) ON CONFLICT (id) DO UPDATE SET a = 1")',
        'text("insert into t select 1 on conflict on constraint pk do update set a = 1")',
        'text("INSERT INTO t VALUES (1) ON CONFLICT (id, tenant_id) DO UPDATE SET a = 1")',
        'text("… ON CONFLICT (tenant_id) DO NOTHING; … ON CONFLICT (id) DO UPDATE SET a = 1")',
        'insert(T).on_conflict_do_update(index_elements=["id", "tenant_id"], set_={})',
        'insert(T).on_conflict_do_update(constraint="pk", set_={})',
        "insert(T).on_conflict_do_update(index_elements=KEYS, set_={})",
    ],
)
def test_r20_the_rule_finds_what_it_forbids(source: str) -> None:
    assert len(list(_unsafe(source))) == 1


@pytest.mark.parametrize("major", selfcheck.FLOOR)
def test_r20_nobody_is_served_below_the_floor(app: Flask, major: int) -> None:
    floor = selfcheck.FLOOR[major]

    assert selfcheck.below_floor(floor - 1)
    assert not selfcheck.below_floor(floor)


def test_r20_production_refuses_what_development_warns_of(
    isolated: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the true version of the PostgreSQL that answers, against a floor above it."""
    connection = db.session.connection()
    version = connection.scalar(sa.text("SELECT current_setting('server_version_num')::int"))
    assert version is not None
    monkeypatch.setattr(selfcheck, "FLOOR", {**selfcheck.FLOOR, version // 10_000: version + 1})

    selfcheck.verify(connection, production=False)
    with pytest.raises(selfcheck.UnsafeDatabaseError):
        selfcheck.verify(connection, production=True)

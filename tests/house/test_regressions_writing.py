"""Ids that travel in what is sent, and what they may not do: R5, R7, R8, R9, R15, R17."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.datastructures import MultiDict

from portal.config import MissingSettingError
from portal.kit import clock
from portal.tracking import scores
from portal.tracking.effective import Area
from tenants.context import tenant_scope
from tenants.db import AnyRow, Base, db
from tenants.roles import Role
from tests import make
from tests.house import canaries, faces, routes
from tests.house.rows import Lane
from tests.house.visitors import World
from tests.tracking import scene

INSIDE = [route for route in routes.known() if route.inside]
ACTS = [route for route in INSIDE if "POST" in route.methods and "_id>" in route.rule]
TODAY = clock.today().isoformat()
TOMORROW = (clock.today() + timedelta(days=1)).isoformat()
Fields = tuple[tuple[str, str], ...]
#: Where an id is sent beside the address: method, address, the field and its table, the rest.
#: ``{table}`` stands for the id of the visitor's own row.
SENT: tuple[tuple[str, str, str, str, Fields], ...] = (
    ("POST", "etablissements/{establishment}/contrats", "offerings", "offering",
     (("starts_on", TODAY),)),
    ("POST", "contrats/en-nombre", "ids", "establishment",
     (("step", "preview"), ("starts_on", TODAY))),
    ("POST", "contrats/en-nombre", "offerings", "offering",
     (("step", "apply"), ("ids", "{establishment}"), ("starts_on", TODAY))),
    ("POST", "preuves/{evidence}/lier", "establishments", "establishment",
     (("codes", "PARC-03"), ("level", "establishment"))),
    ("POST", "preuves/{evidence}/lier", "offering", "offering",
     (("codes", "PARC-03"), ("level", "offering"))),
    ("POST", "preuves/{evidence}/delier", "establishments", "establishment",
     (("codes", "PARC-01"), ("level", "establishment"))),
    ("POST", "preuves/nouvelle", "establishments", "establishment",
     (("title", "Essai"), ("body", "Vu."), ("codes", "PARC-01"), ("level", "establishment"),
      ("valid_until", TOMORROW))),
    ("POST", "preuves/nouvelle", "offering", "offering",
     (("title", "Essai"), ("body", "Vu."), ("codes", "PARC-01"), ("level", "offering"),
      ("valid_until", TOMORROW))),
    ("POST", "attestations/commander", "ids", "establishment", ()),
    ("POST", "attestations", "ids", "establishment",
     (("batch", str(uuid.UUID(int=5))), ("since", TODAY), ("until", TODAY))),
    ("POST", "attestations/zip", "ids", "attestation", ()),
    ("POST", "attestations/zip", "batch", "attestation_batch", ()),
    ("POST", "attestations/relancer", "ids", "attestation", ()),
    ("POST", "equipe/inviter", "establishments", "establishment",
     (("email", "ann@people.example"), ("role", "member"))),
    ("POST", "equipe/etablissements", "establishments", "establishment", ()),
    ("GET", "parc", "body", "managing_body", ()),
    ("GET", "parc.csv", "offering", "offering", ()),
    ("GET", "preuves", "establishment", "establishment", ()),
    ("GET", "preuves", "offering", "offering", ()),
    ("GET", "preuves/etablissements", "establishments", "establishment", ()),
    ("GET", "attestations", "establishment", "establishment", ()),
    ("GET", "attestations/commander", "ids", "establishment", ()),
    ("GET", "journal", "establishment", "establishment", ()),
    ("GET", "journal.json", "establishment", "establishment", ()),
)  # fmt: skip
sent = pytest.mark.parametrize("place", SENT, ids=[f"{s[0]}-{s[1]}-{s[2]}" for s in SENT])


def _send(
    world: World, who: str, place: tuple[str, str, str, str, Fields], other: str
) -> faces.Face:
    method, address, field, _, rest = place
    own = {table: str(row["id"]) for table, row in world.inside.rows.items() if "id" in row}
    fields = [(field, other), *((name, value.format(**own)) for name, value in rest)]
    address = f"/acme/{address.format(**own)}"
    return faces.asked(world.client(who), address, method, other, fields=fields)


def _rows(lane: Lane) -> dict[str, list[AnyRow]]:
    """Everything of the lane's tenant, but what a visit leaves by itself."""
    db.session.remove()
    with tenant_scope(lane.tenant_id):
        found = scene.whole(without={"sign_in"})
    db.session.remove()
    return {table: list(rows) for table, rows in found.items()}


def _id(lane: Lane, table: str) -> str:
    return str(lane.rows[table]["id"])


@sent
def test_r5_an_id_in_a_body_or_a_query_is_of_the_address_s_tenant(
    built: tuple[World, sa.Connection], place: tuple[str, str, str, str, Fields]
) -> None:
    world, connection = built
    told = []
    for other in (_id(world.foreign, place[3]), str(uuid.UUID(int=1))):
        with connection.begin_nested() as undone:
            face = _send(world, "owner", place, other)
            counts = {table: len(rows) for table, rows in _rows(world.inside).items()}
            told.append((face, counts))
            undone.rollback()

    assert told[0] == told[1]


def test_r5_an_id_of_one_s_own_is_taken(built: tuple[World, sa.Connection]) -> None:
    """Or nothing above could fail: most of them answer otherwise to an id that they know."""
    world, connection = built
    deaf = []
    for place in SENT:
        faces_of = []
        for other in (_id(world.outside, place[3]), str(uuid.UUID(int=1))):
            with connection.begin_nested() as undone:
                faces_of.append((_send(world, "owner", place, other), len(_changed(world))))
                undone.rollback()
        if faces_of[0] == faces_of[1]:
            deaf.append(place[:3])

    assert len(deaf) <= 5, deaf


def _changed(world: World) -> list[AnyRow]:
    return [row for rows in _rows(world.inside).values() for row in rows]


def test_r8_an_id_that_was_written_reads_nothing_back(world: World) -> None:
    """All of them at once, then every page."""
    for place in SENT:
        _send(world, "owner", place, _id(world.foreign, place[3]))
    client = world.client("owner")

    for route in INSIDE:
        if "GET" in route.methods:
            answer = client.get(world.address(route.rule, world.inside))
            assert canaries.shown(answer) & canaries.of(world.foreign) == set(), route.endpoint


@pytest.mark.parametrize("key", ["actor_id", "user_id", "verdict_by", "by", "as", "role"])
def test_r7_a_view_is_signed_by_who_is_signed_in(world: World, key: str) -> None:
    """Whomever the form says that it comes from."""
    director, other = world.people["director"], world.people["owner"]
    tracked = Base.metadata.tables["tracked_requirement"]
    place = world.inside.establishment_id
    with tenant_scope(world.inside.tenant_id):
        scores.count(Area(make.EDITION, [place]), clock.today())  # the card is made up
        db.session.commit()
        version = scene.written(place, "PARC-01")
    db.session.remove()
    data = {"verdict": "contested", "reason": "Non.", "version": version, key: str(other.user_id)}

    answer = world.client("director").post(
        f"/acme/etablissements/{place}/exigences/PARC-01/avis", data=data
    )

    assert answer.status_code == 303
    with tenant_scope(world.inside.tenant_id):
        row = db.session.execute(
            sa.select(tracked).where(tracked.c.establishment_id == place)
        ).one()
    db.session.remove()
    assert (row.verdict, row.verdict_by_name) == ("contested", director.name)


@pytest.mark.parametrize("who", ["owner", "member", "auditor", "director elsewhere", "stranger"])
def test_r7_nobody_else_gives_the_establishment_s_view(world: World, who: str) -> None:
    before = _rows(world.inside)
    address = f"/acme/etablissements/{world.inside.establishment_id}/exigences/PARC-01/avis"

    answer = world.client(who).post(address, data={"verdict": "recognised", "version": 1})

    assert answer.status_code in {403, 404}
    assert _rows(world.inside) == before


@pytest.mark.parametrize("slug", ["acme", "globex"])
def test_r15_no_act_reaches_what_one_cannot_see(world: World, slug: str) -> None:
    """Every form that names a row, with all that any of them asks for; not a row moves."""
    before = _rows(world.foreign)
    full = MultiDict(
        [(name, value) for place in SENT for name, value in place[4] if "{" not in value]
        + [("version", "1"), ("status", "implemented"), ("reviewed_on", TODAY), ("name", "Autre")]
        + [("offerings", _id(world.foreign, "offering"))]
    )
    client = world.client("owner")

    told = {
        client.post(world.address(route.rule, world.foreign, slug=slug), data=full).status_code
        for route in ACTS
    }

    assert told <= {403, 404, 422}  # 403: no provider judges
    assert _rows(world.foreign) == before


def _memberships(world: World) -> set[tuple[uuid.UUID, uuid.UUID, str]]:
    """Who is where, in which role, of both tenants."""
    rows = [row for lane in (world.inside, world.foreign) for row in _rows(lane)["membership"]]
    return {(row.tenant_id, row.user_id, row.role) for row in rows}


@pytest.mark.parametrize("path", ["inviter", "{membership}", "invitations/{invitation}/renvoyer"])
def test_r9_a_manager_makes_no_owner_on_any_path(world: World, path: str) -> None:
    own = {table: str(row["id"]) for table, row in world.inside.rows.items() if "id" in row}
    invitations = Base.metadata.tables["invitation"]
    with tenant_scope(world.inside.tenant_id):
        db.session.execute(sa.update(invitations).values(role=Role.OWNER))
        db.session.commit()
    db.session.remove()
    before = _memberships(world)

    data = {"role": "owner", "email": "ann@people.example"}
    answer = world.client("manager").post(f"/acme/equipe/{path.format(**own)}", data=data)

    assert answer.status_code == 403
    assert _memberships(world) == before


@pytest.mark.parametrize("address", ["/mon-compte", "/acme/quitter", "/langue", "/acme/reglages"])
def test_r9_no_other_form_takes_a_role(world: World, address: str) -> None:
    before = _memberships(world)
    data = {"name": "Moi", "role": "owner", "whole_tenant": "1", "operator": "1", "locale": "fr"}

    client = world.client("manager")
    client.post(address, data={**data, "email": "ann@people.example"})

    assert _memberships(world) <= before
    assert client.get("/exploitation").status_code == 404


def test_r9_the_command_that_grants_asks_for_the_owner_of_the_database(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The application's own role names no operator, whatever is typed."""
    bare = replace(app.config["SETTINGS"], owner_database_url=None)
    monkeypatch.setitem(app.config, "SETTINGS", bare)

    done = app.test_cli_runner().invoke(args=["operator", "grant", "owner@acme.example"])

    assert isinstance(done.exception, MissingSettingError)
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        db.session.execute(sa.text("INSERT INTO operator (user_id) SELECT id FROM user_account"))
    db.session.rollback()


@pytest.mark.parametrize("path", ["", "/retirer"])
@pytest.mark.parametrize("slug", ["acme", "globex"])
def test_r17_managing_people_moves_nobody_of_another_tenant(
    world: World, path: str, slug: str
) -> None:
    before, theirs = _memberships(world), world.foreign.rows["membership"]
    data = {"role": "manager", "tenant_id": str(world.inside.tenant_id), "slug": "acme"}

    address = f"/{slug}/equipe/{theirs['id']}{path}"
    answer = world.client("owner").post(address, data=data)

    assert answer.status_code == 404
    assert _memberships(world) == before


def test_r17_a_form_names_nobody_by_id(world: World) -> None:
    """Whoever is changed is whom the address names, whomever the form names."""
    member, theirs = world.people["member"], world.foreign.rows["membership"]
    memberships = Base.metadata.tables["membership"]
    with tenant_scope(world.inside.tenant_id):
        asked = sa.select(memberships.c.id).where(memberships.c.user_id == member.user_id)
        membership_id = db.session.scalar(asked)
    before = _memberships(world)

    data = {
        "role": "technician",
        "user_id": str(theirs["user_id"]),
        "membership_id": str(theirs["id"]),
        "tenant_id": str(world.foreign.tenant_id),
    }
    answer = world.client("owner").post(f"/acme/equipe/{membership_id}", data=data)

    assert answer.status_code == 303
    assert _memberships(world) == before - {(member.tenant_id, member.user_id, "member")} | {
        (member.tenant_id, member.user_id, "technician")
    }

"""What others' portals let through, tried here by name, R1 to R20: whoever reads.

R1 other renderers, R2 files, R6 scope of the object, R14 children, R18 histories, R19 journal and
back-office; what is shown of proofs that are the provider's own (R12, R13) is in
``test_regressions_private.py``, whoever writes in ``test_regressions_writing.py``, whoever comes in
in ``test_regressions_entry.py``, what is kept and PostgreSQL (R10, R20) in
``test_regressions_below.py``.  R4 (a narrow API token that lists wider ones) does not apply: the
portal has no API tokens.
"""

import io
import itertools
import re
import uuid

import pytest
import sqlalchemy as sa

from portal.kit import clock
from tenants import service as tenants
from tenants.context import tenant_scope
from tenants.db import Base, db
from tenants.roles import GRANTS, PROVIDER_ROLES, Permission, Role
from tests import make
from tests.attestations import scene
from tests.evidence import examined
from tests.house import canaries, faces, routes, tree
from tests.house.routes import Route
from tests.house.visitors import World

INSIDE = [route for route in routes.known() if route.inside]
PAGES = [route for route in INSIDE if "GET" in route.methods]
#: The same rows in another dress than the page's: a file, the frame of a message, a fragment.
ALTERNATE = [
    route
    for route in PAGES
    if re.search(r"\.(\w+|<any\(.*>)$|/(fichier|html|avancement|verification)$", route.rule)
]
NAMED = [route for route in INSIDE if "_id>" in route.rule]
CHILDREN = [route for route in NAMED if re.search(r"_id>.+", route.rule)]
PAST = [route for route in INSIDE if re.search(r":act_id|run_id|historique|retablir", route.rule)]
LISTED = sorted(set(Role) - PROVIDER_ROLES)
#: To whom which rows are another's: another tenant's, or another establishment's.
HIDDEN = {"owner": "foreign", "director": "outside", "auditor": "outside"}
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
EVIDENCE = Base.metadata.tables["evidence"]

by = pytest.mark.parametrize("who", HIDDEN)


def of(chosen: list[Route]) -> pytest.MarkDecorator:
    ids = [f"{route.endpoint}-{route.methods[0]}" for route in chosen]
    return pytest.mark.parametrize("route", chosen, ids=ids)


def _is_nothing(world: World, who: str, route: Route) -> bool:
    """Whether the id of a row that is not hers is answered as an id of nothing, by 403 or 404."""
    client, method = world.client(who), route.methods[0]
    theirs, nothings = (
        faces.of_ids(world, client, route.rule, method, lane)
        for lane in (getattr(world, HIDDEN[who]), None)
    )
    return theirs == nothings and (theirs.status in {403, 404, 422})


@of(ALTERNATE)
@by
def test_r1_no_other_renderer_tells_what_its_page_hides(
    world: World, route: Route, who: str
) -> None:
    address = world.address(route.rule, world.inside)
    answer = world.client(who).get(address, headers={"HX-Request": "true"})

    hidden = canaries.of(getattr(world, HIDDEN[who]), but=[world.inside])
    assert canaries.shown(answer) & hidden == set()
    assert "_id>" not in route.rule or _is_nothing(world, who, route)


def test_r1_other_renderers_show_what_is_one_s_own(world: World) -> None:
    """Or nothing above could fail."""
    client = world.client("owner")
    own = canaries.of(world.inside)
    telling = {
        route.endpoint
        for route in ALTERNATE
        if canaries.shown(client.get(world.address(route.rule, world.inside))) & own
    }

    assert telling >= {
        "attestations.csv",
        "contracts.responsibility_csv",
        "evidence.shelf_csv",
        "journal.csv",
        "journal.json",
        "reminders.message_html",
    }


@pytest.fixture
def files(world: World) -> list[str]:
    """A proof that is a file, and an attestation with its data, all of Globex."""
    world.client("stranger").post(
        "/globex/preuves/nouvelle",
        data={"codes": ["SAUV-04"], "file": (io.BytesIO(b"relev\xc3\xa9"), "dns.txt")},
        content_type="multipart/form-data",
    )
    with tenant_scope(world.foreign.tenant_id):
        examined.all_files()
        proof_id = db.session.scalar(
            sa.select(EVIDENCE.c.id).where(EVIDENCE.c.file_name == "dns.txt")
        )
        place = scene.client(make.offering(carries=[scene.CODE]))
        (document_id,) = scene.made(world.people["stranger"], place)
    db.session.remove()
    documents = [f"attestations/{document_id}.{kind}" for kind in ("pdf", "json")]
    return [f"preuves/{proof_id}/fichier", *documents]


def test_r2_a_file_is_not_had_by_its_id(world: World, files: list[str]) -> None:
    theirs, nothing = world.client("stranger"), str(uuid.UUID(int=1))
    for file, who in itertools.product(files, ("owner", "technician", "auditor", "revoked")):
        client, (known,) = world.client(who), UUID.findall(file)
        for slug in ("acme", "globex"):
            address = f"/{slug}/{file}"
            face = faces.asked(client, address, "GET", known)
            # An auditor has no such page in any space: her own says so, whatever the id.
            shut = who == "auditor" and slug == "acme"
            assert face.status == (403 if shut else 404)
            assert face == faces.asked(client, UUID.sub(nothing, address), "GET", nothing)

    own = [theirs.get(f"/globex/{file}", follow_redirects=True) for file in files]
    assert [answer.status_code for answer in own] == [200, 200, 200]


@of(NAMED)
def test_r6_the_address_s_tenant_decides_and_never_the_object_s(world: World, route: Route) -> None:
    """To somebody who may do everything in both, what is of one is nothing in the other."""
    with tenant_scope(world.foreign.tenant_id):
        tenants.admit(world.people["owner"].user_id, role=Role.OWNER)
        db.session.commit()
    db.session.remove()
    client, method = world.client("owner"), route.methods[0]

    for slug, lane in (("acme", world.foreign), ("globex", world.inside)):
        face = faces.of_ids(world, client, route.rule, method, lane, slug)
        assert face == faces.of_ids(world, client, route.rule, method, None, slug)


def test_r6_an_id_is_something_at_home(built: tuple[World, sa.Connection]) -> None:
    """Or nothing above could fail: of what an owner may ask for, most of it."""
    world, connection = built
    hers = {permission.value for permission in GRANTS[Role.OWNER]}
    asked = [route for route in NAMED if route.demands in hers]
    told = []
    for route in asked:
        with connection.begin_nested() as undone:
            client, method = world.client("owner"), route.methods[0]
            own = faces.of_ids(world, client, route.rule, method, world.inside)
            if own != faces.of_ids(world, client, route.rule, method, None):
                told.append(route.endpoint)
            db.session.remove()
            undone.rollback()

    assert len(told) >= 0.85 * len(asked), sorted({r.endpoint for r in asked} - set(told))


@of(CHILDREN)
@by
def test_r14_what_hangs_on_a_row_asks_for_the_row_first(
    world: World, route: Route, who: str
) -> None:
    assert _is_nothing(world, who, route)


@of(PAST)
@by
def test_r18_the_past_of_a_row_is_as_hidden_as_the_row(
    world: World, route: Route, who: str
) -> None:
    assert _is_nothing(world, who, route)


@pytest.mark.parametrize(
    "kind", ["statement.declared", "contracts.signed", "offering.edited", "evidence.linked"]
)
def test_r18_an_act_is_undone_by_the_room_that_did_it(world: World, kind: str) -> None:
    """Whoever may undo in all six finds it in one."""
    acts = Base.metadata.tables["bulk_act"]
    with tenant_scope(world.inside.tenant_id):
        db.session.execute(sa.update(acts).values(kind=kind, undone_at=clock.now()))
        db.session.commit()
    db.session.remove()
    client = world.client("owner")
    rooms = [route for route in INSIDE if "<uuid:act_id>" in route.rule]

    told = [client.post(world.address(room.rule, world.inside)).status_code for room in rooms]

    assert sorted(told) == [404, 404, 404, 404, 404, 409]


@pytest.mark.parametrize("role", list(Role))
def test_r19_the_journal_is_read_as_far_as_one_sees(world: World, role: Role) -> None:
    client = world.client(role)
    reads = Permission.JOURNAL_READ in GRANTS[role]
    hidden = canaries.of(world.foreign)
    if role in LISTED:
        hidden |= canaries.of(world.outside, but=[world.inside])

    for page in ("journal", "journal.csv", "journal.json"):
        for asks in ({}, {"establishment": str(world.outside.establishment_id)}):
            answer = client.get(f"/acme/{page}", query_string=asks)
            typed = set(asks.values())
            assert (answer.status_code == 200) is reads
            assert (canaries.shown(answer) - typed) & hidden == set()


@pytest.mark.parametrize("who", [*Role, "stranger", "late", "revoked"])
def test_r19_who_does_not_operate_the_portal_finds_no_back_office(world: World, who: str) -> None:
    for page in ("/exploitation", "/exploitation/travaux"):
        answer = world.client(who).get(page)

        assert answer.status_code == 404
        assert canaries.shown(answer) == set()


def test_every_class_has_a_test_of_its_name() -> None:
    named = set()
    for path in tree.python_files("tests"):
        named |= set(re.findall(r"^def test_r(\d+)_", path.read_text("utf-8"), re.MULTILINE))

    assert {int(number) for number in named} == set(range(1, 21)) - {4}

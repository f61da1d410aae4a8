"""A proof that is the provider's own stays its own: no page, file, filter or sort tells of it.

R12 (what exports hold) and R13 (parameters that choose what is shown).
"""

import io
import zipfile
from collections.abc import Mapping
from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from portal.kit import clock
from tenants.roles import PROVIDER_ROLES, Role
from tests.house import canaries, faces, routes
from tests.house.visitors import World

PAGES = [route for route in routes.known() if "GET" in route.methods]
LISTED = sorted(set(Role) - PROVIDER_ROLES)
TITLE = "Motprive 7731"


def _deposit(world: World) -> None:
    """For the provider's own eyes, although it proves something where the listed are at home."""
    answer = world.client("owner").post(
        "/acme/preuves/nouvelle",
        data={
            "title": TITLE,
            "body": f"{TITLE}, en toutes lettres",
            "codes": ["PARC-01"],
            "level": "establishment",
            "establishments": [str(world.inside.establishment_id)],
            "visibility": "provider",
            "valid_until": (clock.today() + timedelta(days=20)).isoformat(),
        },
    )
    assert answer.status_code == 303


def _read(answer: TestResponse) -> str:
    if answer.mimetype != "application/zip":
        return str(answer.data, errors="replace")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        return "".join(archive.read(name).decode(errors="replace") for name in archive.namelist())


def _telling(world: World, role: Role) -> set[str]:
    client = world.client(role)
    return {
        route.endpoint
        for route in PAGES
        if TITLE in _read(client.get(world.address(route.rule, world.inside)))
    }


@pytest.mark.parametrize("role", LISTED)
def test_r12_no_page_or_file_holds_a_proof_that_is_the_provider_s_own(
    world: World, role: Role
) -> None:
    _deposit(world)

    assert _telling(world, role) == set()


def test_r12_the_provider_s_people_read_it_where_it_is(world: World) -> None:
    """Or nothing above could fail."""
    _deposit(world)

    assert _telling(world, Role.TECHNICIAN) >= {"evidence.shelf", "evidence.shelf_csv"}


@pytest.mark.parametrize(
    ("page", "asks"),
    [
        ("preuves", {"q": "Motprive"}),
        ("preuves", {"q": "lettres", "state": "soon", "code": "PARC-01"}),
        ("preuves", {"visibility": "provider"}),
        ("preuves/export.csv", {"q": "Motprive", "kind": "note"}),
        ("recherche", {"q": "Motprive"}),
        ("journal.json", {"kind": "evidence"}),
        ("journal.csv", {"requirement": "PARC-01"}),
        ("parc.csv", {"sort": "next_lapse", "question": "2"}),
    ],
)
@pytest.mark.parametrize("role", [Role.DIRECTOR, Role.AUDITOR])
def test_r13_no_filter_tells_what_it_matched_in_the_dark(
    world: World, role: Role, page: str, asks: Mapping[str, str]
) -> None:
    client = world.client(role)
    before = faces.asked(client, f"/acme/{page}", "GET", fields=asks.items())

    _deposit(world)

    assert faces.asked(client, f"/acme/{page}", "GET", fields=asks.items()) == before


def test_r13_a_filter_tells_the_provider_s_people(world: World) -> None:
    """Or nothing above could fail."""
    client, asks = world.client(Role.TECHNICIAN), {"q": "Motprive"}
    before = faces.asked(client, "/acme/preuves", "GET", fields=asks.items())

    _deposit(world)

    assert faces.asked(client, "/acme/preuves", "GET", fields=asks.items()) != before


#: What an address might ask for that no page offers, or that a page offers to others.
CHOOSING: Mapping[str, str] = {
    "fields": "*",
    "columns": "actor_salt,password_hash",
    "include": "members",
    "expand": "tenant",
    "sort": "search",
    "question": "99",
    "state": "gone",
    "visibility": "provider",
    "reach": "tenant",
    "role": "owner",
    "all": "1",
    "as": "owner",
}


@pytest.mark.parametrize("who", ["owner", *LISTED])
def test_r13_no_parameter_widens_what_a_page_shows(world: World, who: str) -> None:
    """Ids of what is not hers besides: of the other tenant, and of the other establishment."""
    hidden = world.foreign if who == "owner" else world.outside
    typed = {
        "tenant_id": str(hidden.tenant_id),
        "membership_id": str(hidden.rows["membership"]["id"]),
        "establishment": str(hidden.establishment_id),
        "establishment_id": str(hidden.establishment_id),
        "offering": str(hidden.rows["offering"]["id"]),
        "body": str(hidden.rows["managing_body"]["id"]),
        "person": str(hidden.user_id),
    }
    client, marks = world.client(who), canaries.of(hidden, but=[world.inside])

    for route in PAGES:
        address = world.address(route.rule, world.inside)
        for asks in (CHOOSING, typed):
            answer = client.get(address, query_string=dict(asks))
            assert (canaries.shown(answer) - set(typed.values())) & marks == set(), address
            assert answer.status_code != 500, address

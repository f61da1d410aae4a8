"""No page, file or fragment shows a row that is not the visitor's: every address, every reader."""

import pytest

from tenants.roles import PROVIDER_ROLES, Role
from tests.house import canaries, routes
from tests.house.visitors import World

PAGES = [route for route in routes.known() if "GET" in route.methods]
every_page = pytest.mark.parametrize("route", PAGES, ids=[route.endpoint for route in PAGES])
LISTED = sorted(set(Role) - PROVIDER_ROLES)


@every_page
@pytest.mark.parametrize("role", list(Role))
def test_no_page_shows_another_tenant_s_row(world: World, route: routes.Route, role: Role) -> None:
    answer = world.client(role).get(world.address(route.rule, world.inside))

    assert canaries.shown(answer) & canaries.of(world.foreign) == set()


@every_page
@pytest.mark.parametrize("role", LISTED)
def test_no_page_shows_a_list_what_it_does_not_hold(
    world: World, route: routes.Route, role: Role
) -> None:
    answer = world.client(role).get(world.address(route.rule, world.inside))

    assert canaries.shown(answer) & canaries.of(world.outside, but=[world.inside]) == set()


def test_a_page_shows_marks_when_there_is_something_to_show(world: World) -> None:
    """Or nothing above could fail."""
    shown = {
        route.endpoint
        for route in PAGES
        if canaries.shown(world.client("owner").get(world.address(route.rule, world.inside)))
        & canaries.of(world.outside, but=[world.inside])
    }

    assert len(shown) >= 15

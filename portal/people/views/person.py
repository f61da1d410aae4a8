"""A page of a person, outside any tenant: her providers side by side."""

import uuid

from flask import current_app, g, render_template
from flask.typing import ResponseReturnValue

from portal.guide import loader
from portal.kit import clock
from portal.kit.pages import PER_PAGE, Page, page_number
from portal.people import sides
from portal.people.sides import Hat, Side
from tenants import queries as tenancy
from tenants import service as tenants
from tenants.access import signed_in
from tenants.db import db
from tenants.roles import Role

_OF_ESTABLISHMENTS = frozenset({Role.DIRECTOR, Role.MEMBER})


@signed_in
def providers() -> ResponseReturnValue:
    """Her establishments, question by question, as each of her providers tells them."""
    person, strong = _person()
    hats = _hats(person, strong=strong)
    return render_template(
        "people/providers.html",
        hats=hats,
        page=_page(sides.side_by_side(hats), page_number()),
        questions=loader.current().questions,
    )


def _page(found: list[Side], asked: int) -> Page[Side]:
    """What stands side by side is known once all is read; past the end, the last page."""
    number = min(asked, max(1, -(-len(found) // PER_PAGE)))
    return Page(found[(number - 1) * PER_PAGE : number * PER_PAGE], number, len(found))


def _person() -> tuple[uuid.UUID, bool]:
    """Read before anything rolls back: what belongs to her own scope is not read in another."""
    for row in (g.user, g.sign_in):
        db.session.expunge(row)
    return g.user.id, g.sign_in.strong


def _hats(user_id: uuid.UUID, *, strong: bool) -> list[Hat]:
    always: bool = current_app.extensions["second_factor_always"]
    return [
        Hat(
            membership.id,
            tenant.id,
            user_id,
            tenant.slug,
            tenant.name,
            shut=not strong and tenants.demands_two_factors(tenant, membership.role, always=always),
        )
        for membership, tenant in tenancy.hats(user_id, clock.now())
        if membership.role in _OF_ESTABLISHMENTS
    ]

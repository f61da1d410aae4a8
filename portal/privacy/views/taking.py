"""« Mes données »: everything about oneself as one archive."""

import uuid
from dataclasses import replace
from datetime import datetime

from flask import Response, current_app, g
from flask.typing import ResponseReturnValue

from portal.kit import archive, clock
from portal.privacy import taking
from portal.privacy.taking import Addresses, Rows
from tenants import queries as tenancy
from tenants import service as tenants
from tenants.access import confirmed, signed_in
from tenants.context import Reach, Scope, entered
from tenants.db import db


@signed_in
@confirmed
def data() -> ResponseReturnValue:
    """Her own rows, then what each tenant that this sign-in opens shows her of herself."""
    for row in (g.user, g.sign_in):
        db.session.expunge(row)
    user_id, email, at = g.user.id, g.user.email, clock.now()
    files, written_to = taking.hers(user_id), taking.addresses(user_id, email)
    scopes = _scopes(at=at)
    db.session.rollback()  # one transaction serves one scope
    for slug, scope in scopes.items():
        there = _inside(scope, user_id, written_to)
        files |= {f"{name}-{slug}": rows for name, rows in there.items()}
    named = ((f"{name}.json", taking.written(rows)) for name, rows in files.items())
    packed = b"".join(archive.zipped(named, at=at.astimezone(clock.PARIS)))
    name = f"treize-{at.astimezone(clock.PARIS):%Y-%m-%d}.zip"
    return Response(
        packed,
        mimetype="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _inside(scope: Scope, user_id: uuid.UUID, written_to: Addresses) -> dict[str, Rows]:
    """What one tenant shows her of herself; what she did in a room, each read as it opens it."""
    with entered(scope):
        there = taking.inside(user_id, written_to)
        db.session.rollback()
    for room in there["rooms"]:
        with entered(replace(scope, engagement_id=room["id"])):
            for name, rows in taking.in_room(user_id).items():
                there[name] = taking.joined(there[name], rows)
            db.session.rollback()
    return there


def _scopes(*, at: datetime) -> dict[str, Scope]:
    always: bool = current_app.extensions["second_factor_always"]
    scopes = {}
    for membership, tenant in tenancy.hats(g.user.id, at):
        demanded = tenants.demands_two_factors(tenant, membership.role, always=always)
        if taking.opens(membership, tenant, strong=g.sign_in.strong, demanded=demanded):
            scopes[tenant.slug] = Scope(
                tenant_id=tenant.id,
                reach=Reach.TENANT if membership.whole_tenant else Reach.LISTED,
                membership_id=membership.id,
                user_id=g.user.id,
            )
    return scopes

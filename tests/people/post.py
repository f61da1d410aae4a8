"""Inviting by real requests, and the mails as the mailbox keeps them."""

import re
import uuid
from collections.abc import Sequence

from flask.testing import FlaskClient

from portal.kit import clock, outbox
from portal.people import jobs
from portal.people.models import Invitation
from portal.reminders.models import Mail
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tenants.models import Membership, UserAccount
from tenants.roles import Role

_LINK = re.compile(r"/invitation/[\w=-]+")


def deliver(owner: Actor) -> Sequence[Mail]:
    """Do what was promised to be written; returns what lies in the mailbox, oldest first."""
    db.session.rollback()
    with tenant_scope(owner.tenant_id):
        waiting = db.session.scalars(
            db.select(outbox.Outbox.id).where(
                outbox.Outbox.kind == jobs.invite.kind,
                outbox.Outbox.state == outbox.OutboxState.READY,
            )
        ).all()
        for outbox_id in waiting:
            held = outbox.lease(outbox_id, at=clock.now())
            assert held is not None
            jobs.invite.run(held)
            outbox.settle(held)
            db.session.commit()
        return db.session.scalars(db.select(Mail).order_by(Mail.id)).all()


def link_to(mails: Sequence[Mail]) -> str:
    """The path of the last message's link."""
    found = _LINK.search(mails[-1].text)
    assert found
    return found.group()


NEW = {"name": "Ann Example", "password": "six chevaux lents dans la brume"}


def invite(
    client: FlaskClient, role: str, email: str = "ann@people.example", **more: object
) -> int:
    data = {"email": email, "role": role, **more}
    return client.post("/acme/equipe/inviter", data=data).status_code


def memberships(email: str) -> list[tuple[uuid.UUID, Role, bool]]:
    rows = db.session.execute(
        db.select(Membership.tenant_id, Membership.role, Membership.whole_tenant)
        .join(UserAccount, UserAccount.id == Membership.user_id)
        .where(UserAccount.email == email, Membership.revoked_at.is_(None))
    )
    return [(row[0], row[1], row[2]) for row in rows]


def row() -> Invitation:
    db.session.rollback()
    db.session.expire_all()
    found: Invitation = db.session.execute(db.select(Invitation)).scalar_one()
    return found


def membership_id(actor: Actor) -> uuid.UUID:
    db.session.rollback()
    found: uuid.UUID = db.session.execute(
        db.select(Membership.id).where(Membership.user_id == actor.user_id)
    ).scalar_one()
    return found

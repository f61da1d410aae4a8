"""Invitations' mails as the mailbox keeps them."""

import re
from collections.abc import Sequence

from portal.kit import clock, outbox
from portal.people import jobs
from portal.reminders.models import Mail
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db

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
            held = outbox.lease(outbox_id, at=clock.now(), seconds=60)
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

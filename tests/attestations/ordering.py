"""Orders one after the other, in a process of its own: python -m tests.attestations.ordering.

Arguments: tenant, owner, establishments (with commas between), how many orders, which of them dies.
Each third order is undone instead of kept.  The one that dies has taken its numbers and written
its rows, and nothing is committed.
"""

import os
import signal
import sys
import uuid

from portal.app import create_app
from portal.attestations import service
from portal.kit import clock
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tenants.roles import Role
from tenants.scoping import new_id
from tests.attestations import scene


def main(tenant: str, owner: str, places: str, orders: str, doomed: str) -> None:
    actor = Actor(uuid.UUID(owner), uuid.UUID(tenant), Role.OWNER, "Essai")
    wanted = [uuid.UUID(each) for each in places.split(",")]
    with create_app().app_context(), tenant_scope(actor.tenant_id):
        for turn in range(int(orders)):
            service.order(
                actor,
                batch_id=new_id(),
                establishment_ids=wanted[: 1 + turn % len(wanted)],
                period=scene.period(),
                as_of=clock.today(),
                at=clock.now(),
            )
            if turn == int(doomed):
                os.kill(os.getpid(), signal.SIGKILL)
            if turn % 3 == 2:
                db.session.rollback()
            else:
                db.session.commit()
        db.session.remove()


if __name__ == "__main__":
    main(*sys.argv[1:])

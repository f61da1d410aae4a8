"""One proof takes the place of another: what the provider's and an establishment's have in common.

Whose they are, and what the next one serves, the caller has looked at, with the old one locked.
"""

import uuid

from portal.evidence import course, queries
from portal.evidence import line as versions
from portal.evidence.models import Evidence
from portal.kit.errors import Conflict
from tenants.access import Actor
from tenants.db import db


def check_free(old: Evidence) -> None:
    """Raises ``Conflict`` on one that another has replaced, or is only proposed."""
    if old.proposed or versions.is_replaced(old):
        raise Conflict("This proof has been replaced already.")


def take_place(actor: Actor, *, old: Evidence, new: Evidence) -> None:
    """Put ``new``, on the record already, after ``old``, which is free."""
    _make_room(old.replaced_by, new)
    old.replaced_by = new.id
    old.version += 1
    db.session.flush()
    course.note(actor, "evidence.replaced", old, by=str(new.id), title=new.title)


def _make_room(failed_id: uuid.UUID | None, new: Evidence) -> None:
    """Keep a successor that was refused or withdrawn in the line: it gives way to the next."""
    if failed_id is not None:
        queries.evidence(failed_id, lock=True).replaced_by = new.id
        # Before the old one points elsewhere: an establishment hands over one at a time.
        db.session.flush()

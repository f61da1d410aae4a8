"""What becomes of an address whose messages come back.

Refused for good: reminders are no more sent there.  Refused for now: counted, five times within
thirty days is for good.  Complained of: its reader is told no more of what that message told.
Codes and links that somebody asks for about her own account still leave: she waits for them.
"""

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from portal.audit import service as audit
from portal.kit import numbering, transactions
from portal.kit.errors import NotFound
from portal.kit.mail import same
from portal.kit.numbering import Number
from portal.kit.returned import Fault, Returned, came_back, detailed
from portal.reminders import queries, service
from portal.reminders.kinds import Kind
from portal.reminders.models import Mail, MailReturn, MailSuppression
from tenants.access import Actor
from tenants.context import NO_SCOPE, current_tenant_id, entered, tenant_scope
from tenants.db import db
from tenants.scoping import find, new_id

SOFT_MOST: Final = 5
SOFT_WITHIN: Final = timedelta(days=30)


def take(told: Iterable[Returned], *, at: datetime) -> int:
    """Note what came back, each in its tenant's scope and transaction; how many were ours.

    Begins and ends outside the caller's transaction.  Told twice, it is noted once.
    """
    noted = 0
    for returned in told:
        if (ours := numbering.read(returned.message_id)) is None:
            continue
        db.session.rollback()
        with tenant_scope(ours.tenant_id), transactions.settled():
            noted += _told(ours, returned) if ours.kind else note(ours.of_id, returned, at=at)
    with entered(NO_SCOPE):
        db.session.rollback()
    return noted


def _told(number: Number, returned: Returned) -> bool:
    """A request's message, or an invitation's: whoever wrote it knows what to do about it."""
    return any(news for _, news in came_back.send(None, number=number, returned=returned))


def note(mail_id: uuid.UUID, returned: Returned, *, at: datetime) -> bool:
    """Whether it was news.  The address must be the one that the message went to."""
    mail = find(Mail, mail_id)
    if mail is None or not same(mail.to_address, returned.address):
        return False
    returned = replace(returned, address=mail.to_address.lower())
    fresh = db.session.execute(
        insert(MailReturn)
        .values(tenant_id=current_tenant_id(), id=new_id(), mail_id=mail_id,
                address=returned.address, kind=returned.fault, detail=returned.detail)
        .on_conflict_do_nothing()
        .returning(MailReturn.id)
    ).all()  # fmt: skip
    if not fresh:
        return False
    if returned.fault is Fault.COMPLAINT:
        service.decline(mail.user_id, queries.kinds_in(mail_id))
    elif returned.fault is Fault.HARD or _refused_too_often(returned.address, at):
        _suppress(returned)
    return True


def learn(returned: Returned, *, user_id: uuid.UUID, kinds: Collection[Kind]) -> bool:
    """The same of a message about these kinds that is kept nowhere; refused for now, it is not.

    Its number and the address are the caller's to believe.
    """
    if returned.fault is Fault.COMPLAINT:
        service.decline(user_id, kinds)
    return returned.fault is Fault.COMPLAINT or (
        returned.fault is Fault.HARD and _suppress(returned)
    )


def refused(mail_id: uuid.UUID, said: str) -> None:
    """The server has nobody at the address of a message: it is dropped, and no other goes there.

    What it told counts as told, as when a message comes back.
    """
    mail = queries.mail(mail_id)
    address = mail.to_address.lower()
    _suppress(Returned(Fault.HARD, mail.message_id, address, detailed(said)))
    db.session.delete(mail)
    db.session.flush()


def _refused_too_often(address: str, at: datetime) -> bool:
    r = MailReturn
    times = select(func.count()).where(
        r.address == address, r.kind == Fault.SOFT, r.created_at > at - SOFT_WITHIN
    )
    return (db.session.scalar(times) or 0) >= SOFT_MOST


def _suppress(returned: Returned) -> bool:
    """Whether it was not already."""
    added = db.session.execute(
        insert(MailSuppression)
        .values(tenant_id=current_tenant_id(), id=new_id(), address=returned.address,
                reason=returned.fault, detail=returned.detail)
        .on_conflict_do_nothing()
        .returning(MailSuppression.id)
    ).all()  # fmt: skip
    for (suppression_id,) in added:
        audit.record(
            None, "mail.address_suppressed", subject="mail", subject_id=suppression_id,
            address=returned.address, reason=returned.fault.value,
        )  # fmt: skip
    return bool(added)


def lift(actor: Actor, suppression_id: uuid.UUID) -> str:
    """Write to the address again, as if nothing had come back; which it is.

    Raises :class:`NotFound`.
    """
    if (row := find(MailSuppression, suppression_id)) is None:
        raise NotFound
    address = row.address
    db.session.delete(row)
    db.session.execute(
        delete(MailReturn)
        .where(MailReturn.tenant_id == actor.tenant_id, MailReturn.address == address)
        .execution_options(synchronize_session=False)
    )
    db.session.flush()
    audit.record(
        actor, "mail.address_restored", subject="mail", subject_id=suppression_id, address=address
    )
    return address


def suppressions() -> Sequence[MailSuppression]:
    """The latest first."""
    s = MailSuppression
    return db.session.scalars(select(s).order_by(s.created_at.desc(), s.id)).all()


def recent(limit: int) -> Sequence[MailReturn]:
    """What came back of late."""
    r = MailReturn
    return db.session.scalars(select(r).order_by(r.created_at.desc(), r.id).limit(limit)).all()

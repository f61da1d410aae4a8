"""Promised work of requests and collections: writing mails, letting turns follow.

The link is made as the mail is written, and is in the mail alone.  A worker that dies with the
message in hand has the same one written again: the same link, under the same number.
"""

import uuid
from email.message import EmailMessage

from flask import current_app

from portal.collecting import letter, queries, rounds, service
from portal.collecting.listeners import BEGIN
from portal.collecting.models import RequestState
from portal.collecting.service import Told
from portal.kit import clock, days, mail, outbox
from tenants import queries as tenancy
from tenants.db import db


@outbox.job(service.SEND, seconds=90)
def send(held: outbox.Lease) -> None:
    made = service.new_link(uuid.UUID(held.payload["request_id"]), clock.today())
    if made is None:
        return
    row, written = made
    request_id, turn = row.id, row.resent
    # Asked for again meanwhile, it has a promise of its own.
    if held.payload.get("turn", turn) != turn:
        return
    message = letter.compose(row, written, tenancy.tenant(row.tenant_id), at=clock.now())
    if said := _leave(message):
        service.undelivered(request_id, turn=turn, said=said)


def _leave(message: EmailMessage) -> str | None:
    """Once what it says is kept; one that may have left is not sent again.

    What the server said of the address, if it has nobody there: trying again changes nothing.
    """
    db.session.commit()
    post: mail.Post = current_app.extensions["post"]
    try:
        post.send(message)
    except mail.AddressRefused as refusal:
        current_app.logger.warning("%s: %s", message["Message-ID"], refusal)
        return str(refusal)
    except mail.OutcomeUnknown:
        current_app.logger.warning("%s may or may not have left", message["Message-ID"])
    return None


@outbox.job(service.REFUSED, seconds=90)
def tell_refusal(held: outbox.Lease) -> None:
    """Tell one person that a file was refused; nobody when another was asked for meanwhile.

    A worker that dies with the message in hand writes it again: told twice is better than never.
    """
    row = queries.request(uuid.UUID(held.payload["request_id"]))
    if row.state is not RequestState.REFUSED:
        return
    tenant, at = tenancy.tenant(row.tenant_id), clock.now()
    if held.payload["whom"] == Told.GIVER:
        _leave(letter.refusal(row, tenant, at=at))
    elif (asker := queries.asker(row, at)) is not None:
        _leave(letter.refused_by(row, tenant, asker, held.payload["by"], at=at))


@outbox.job(BEGIN, seconds=300)
def begin_day(held: outbox.Lease) -> None:
    """Open what is due as of the present day; twice finds nothing left to open."""
    rounds.follow_all(at=clock.now(), today=days.begun(held.payload))


@outbox.job(rounds.FOLLOW)
def follow(held: outbox.Lease) -> None:
    """Let some collections follow what proves; twice is as once."""
    those = [uuid.UUID(one) for one in held.payload["those"]]
    rounds.follow(those, at=clock.now(), today=clock.today())

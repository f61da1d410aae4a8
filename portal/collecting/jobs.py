"""Promised work of requests: writing the mail that asks.

The link is made as the mail is written, and is in the mail alone.  A worker that dies with the
message in hand writes another, whose link takes the place of the first.
"""

import uuid

from flask import current_app

from portal.collecting import letter, service
from portal.kit import clock, mail, outbox
from tenants import queries as tenancy
from tenants.db import db


@outbox.job(service.SEND, seconds=90)
def send(held: outbox.Lease) -> None:
    made = service.new_link(uuid.UUID(held.payload["request_id"]), clock.today())
    if made is None:
        return
    row, written = made
    message = letter.compose(row, written, tenancy.tenant(row.tenant_id), at=clock.now())
    db.session.commit()
    post: mail.Post = current_app.extensions["post"]
    try:
        post.send(message)
    except mail.OutcomeUnknown:
        current_app.logger.warning("request %s may or may not have left", row.id)

"""Promised work of people: writing an invitation's mail.

The link is made as the mail is written, and is in the mail alone.  A worker that dies with the
message in hand has the same one written again: the same link, under the same number.
"""

import uuid
from email.message import EmailMessage

from flask import current_app
from sqlalchemy import select

from portal.config import Settings
from portal.kit import clock, mail, outbox
from portal.people import delivery, letter, service
from portal.people.models import Invitation
from portal.reminders.models import Mail, MailState
from tenants import queries as tenancy
from tenants.db import db
from tenants.scoping import new_id


@outbox.job(service.SEND, seconds=90)
def invite(held: outbox.Lease) -> None:
    made = service.new_token(uuid.UUID(held.payload["invitation_id"]), at=clock.now())
    if made is None:
        return
    row, written = made
    invitation_id, turn = row.id, row.resent
    # Sent again meanwhile, it has a promise of its own.
    if held.payload.get("turn", turn) != turn:
        return
    message = letter.compose(row, written, tenancy.tenant(row.tenant_id), at=clock.now())
    settings: Settings = current_app.config["SETTINGS"]
    if settings.smtp_url is None and settings.development:
        _keep(row, message)
    db.session.commit()
    post: mail.Post = current_app.extensions["post"]
    try:
        post.send(message)
    except mail.AddressRefused as refusal:
        delivery.undelivered(invitation_id, turn=turn, said=str(refusal))
        return
    except mail.OutcomeUnknown:
        current_app.logger.warning("invitation %s may or may not have left", invitation_id)
    delivery.handed_over(invitation_id, turn=turn, at=clock.now())


def _keep(row: Invitation, message: EmailMessage) -> None:
    """The message for the mailbox page, where none leaves; elsewhere no link is ever kept."""
    number = str(message["Message-ID"])
    if db.session.scalar(select(Mail.id).where(Mail.message_id == number)) is None:
        db.session.add(_kept(row, message))


def _kept(row: Invitation, message: EmailMessage) -> Mail:
    text, html = (message.get_body((kind,)) for kind in ("plain", "html"))
    return Mail(
        id=new_id(),
        user_id=row.invited_by,
        to_address=row.email,
        to_name="",
        subject=str(message["Subject"]),
        text=text.get_content() if text else "",
        html=html.get_content() if html else "",
        message_id=str(message["Message-ID"]),
        state=MailState.SENT,
        sent_at=clock.now(),
    )

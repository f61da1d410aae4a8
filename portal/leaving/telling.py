"""The message to whoever asked for an archive: it is ready, or could not be made.

In her language, unless she wants none, or messages to her come back.
"""

import uuid
from dataclasses import replace
from datetime import datetime
from email.message import EmailMessage
from typing import Final

from flask import current_app
from flask_babel import force_locale

from portal.config import Settings
from portal.fleet import queries as fleet
from portal.kit import mail, numbering
from portal.kit.i18n import format_date, gettext
from portal.kit.numbering import Number
from portal.kit.postman import Addressee, Note, composed
from portal.kit.returned import Fault, Returned, detailed
from portal.leaving import queries
from portal.leaving.models import ArchiveState, RecordArchive
from portal.reminders import declining, returns
from portal.reminders import queries as reminders
from portal.reminders.declining import Refusal
from portal.reminders.kinds import Kind
from tenants import queries as tenancy
from tenants.db import db
from tenants.models import Tenant, UserAccount
from tenants.scoping import find

#: What the message is called in its number.
TELLS: Final = "archive"
KINDS: Final = frozenset({Kind.ARCHIVE})


def tell(archive_id: uuid.UUID, *, of: datetime, at: datetime) -> None:
    """Write to her, if she is still to be written to; nothing when it is gone already.

    ``of``: when it became what she is told; the same archive may be made anew, and told anew.
    """
    found = queries.archive(archive_id)
    if found.state not in {ArchiveState.READY, ArchiveState.FAILED}:
        return
    person = _reader(found, at)
    if person is None:
        return
    message = _composed(found, person, tenancy.tenant(found.tenant_id), of)
    user_id, address = person.id, person.email.lower()
    db.session.rollback()
    post: mail.Post = current_app.extensions["post"]
    try:
        post.send(message)
    except mail.AddressRefused as refusal:
        number = str(message["Message-ID"])
        told = Returned(Fault.HARD, number, address, detailed(str(refusal)))
        returns.learn(told, user_id=user_id, kinds=KINDS)
    except mail.OutcomeUnknown:
        current_app.logger.warning("%s may or may not have left", message["Message-ID"])


def on_return(_sender: object, *, number: Number, returned: Returned) -> bool:
    """A message that came back, from the address of whoever asked: as one of her reminders."""
    if number.kind != TELLS:
        return False
    found = find(RecordArchive, number.of_id)
    person = found and tenancy.user(found.asked_by)
    if person is None or not mail.same(person.email, returned.address):
        return False
    here = replace(returned, address=person.email.lower())
    return returns.learn(here, user_id=person.id, kinds=KINDS)


def _reader(found: RecordArchive, at: datetime) -> UserAccount | None:
    """Who asked, while she may enter, wants such messages and can be reached by one."""
    person = tenancy.user(found.asked_by)
    if person is None or not tenancy.may_enter(person.id, found.tenant_id, at):
        return None
    unwanted = Kind.ARCHIVE in reminders.declined().get(person.id, set())
    return None if unwanted or reminders.is_suppressed(person.email) else person


def _composed(
    found: RecordArchive, person: UserAccount, tenant: Tenant, of: datetime
) -> EmailMessage:
    refusal = Refusal(tenant.id, person.id, KINDS)
    to = Addressee(person.email, person.name, person.locale)
    with force_locale(to.locale):
        note = _note(found, tenant, declining.address(refusal))
        number = numbering.written(found.id, kind=TELLS, turn=int(of.timestamp()))
        message = composed(to, note, at=of, message_id=number)
    for name, value in declining.headers(refusal).items():
        message[name] = value
    return message


def _note(found: RecordArchive, tenant: Tenant, unsubscribe: str) -> Note:
    settings: Settings = current_app.config["SETTINGS"]
    place = found.establishment_id and fleet.establishment(found.establishment_id).name
    whose = place or tenant.name
    page = f"{settings.public_url}/{tenant.slug}/archives/{found.id}"
    if found.state is ArchiveState.READY and found.kept_until is not None:
        return Note(
            subject=gettext("The archive of %(name)s is ready", name=whose),
            paragraphs=[
                gettext(
                    "The archive that you asked for can be downloaded until %(day)s.",
                    day=format_date(found.kept_until, "long"),
                ),
                gettext(
                    "It is not in this message: it holds the whole record. Keep it as one keeps a"
                    " confidential file."
                ),
                _stop(unsubscribe),
            ],
            link=(gettext("Download the archive"), page),
        )
    return Note(
        subject=gettext("The archive of %(name)s could not be made", name=whose),
        paragraphs=[
            gettext(
                "Nothing is lost: ask for it again. If that goes on, tell whoever runs the portal."
            ),
            _stop(unsubscribe),
        ],
        link=(gettext("See the archive"), page),
    )


def _stop(address: str) -> str:
    return str(gettext("To be told no more of such archives: %(address)s", address=address))

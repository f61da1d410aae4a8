"""The message to whoever asked for an archive: it is ready, or could not be made.

In her language, unless she wants none, or messages to her come back.
"""

import uuid
from datetime import datetime
from email.message import EmailMessage

from flask import current_app
from flask_babel import force_locale

from portal.config import Settings
from portal.fleet import queries as fleet
from portal.kit import mail
from portal.kit.i18n import format_date, gettext
from portal.kit.postman import Addressee, Note, composed
from portal.leaving import queries
from portal.leaving.models import ArchiveState, RecordArchive
from portal.reminders import declining
from portal.reminders import queries as reminders
from portal.reminders.declining import Refusal
from portal.reminders.kinds import Kind
from tenants import queries as tenancy
from tenants.db import db
from tenants.models import Tenant, UserAccount


def tell(archive_id: uuid.UUID, *, at: datetime) -> None:
    """Write to her, if she is still to be written to; nothing when it is gone already."""
    found = queries.archive(archive_id)
    if found.state not in {ArchiveState.READY, ArchiveState.FAILED}:
        return
    person = _reader(found, at)
    if person is None:
        return
    message = _composed(found, person, tenancy.tenant(found.tenant_id), at)
    db.session.rollback()
    post: mail.Post = current_app.extensions["post"]
    try:
        post.send(message)
    except mail.OutcomeUnknown:
        current_app.logger.warning("%s may or may not have left", message["Message-ID"])


def _reader(found: RecordArchive, at: datetime) -> UserAccount | None:
    """Who asked, while she may enter, wants such messages and can be reached by one."""
    person = tenancy.user(found.asked_by)
    if person is None or not tenancy.may_enter(person.id, found.tenant_id, at):
        return None
    unwanted = Kind.ARCHIVE in reminders.declined().get(person.id, set())
    return None if unwanted or reminders.is_suppressed(person.email) else person


def _composed(
    found: RecordArchive, person: UserAccount, tenant: Tenant, at: datetime
) -> EmailMessage:
    refusal = Refusal(tenant.id, person.id, frozenset({Kind.ARCHIVE}))
    to = Addressee(person.email, person.name, person.locale)
    with force_locale(to.locale):
        message = composed(to, _note(found, tenant, declining.address(refusal)), at=at)
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

"""The mails of requests: the one that asks for a file, and those that tell of a refusal.

To people outside in the tenant's language, as text and as HTML.
"""

from datetime import datetime
from email.message import EmailMessage
from typing import Final

from flask import current_app
from flask_babel import force_locale

from portal.collecting.models import FileRequest
from portal.config import Settings
from portal.kit import numbering
from portal.kit.i18n import format_date, gettext
from portal.kit.postman import Addressee, Note, composed
from tenants.models import Tenant, UserAccount

#: What the messages are called in their numbers.
ASKS: Final = "asks"
REFUSES: Final = "refuses"
REFUSED_BY: Final = "refusedby"


def link(written: str) -> str:
    """Where the file is deposited."""
    settings: Settings = current_app.config["SETTINGS"]
    return f"{settings.public_url}/depot/{written}"


def compose(row: FileRequest, written: str, tenant: Tenant, *, at: datetime) -> EmailMessage:
    """Raises ``ValueError`` on an address that mail cannot carry."""
    to = Addressee(row.to_email or "", row.to_name, tenant.locale)
    with force_locale(to.locale):
        return composed(to, _note(row, tenant, link(written)), at=at, message_id=_number(row, ASKS))


def refusal(row: FileRequest, tenant: Tenant, *, at: datetime) -> EmailMessage:
    """To whoever gave a file that is refused.  Raises ``ValueError`` as :func:`compose`."""
    to = Addressee(row.to_email or "", row.to_name, tenant.locale)
    with force_locale(to.locale):
        return composed(to, _refused(row, tenant), at=at, message_id=_number(row, REFUSES))


def refused_by(
    row: FileRequest, tenant: Tenant, asker: UserAccount, by: str, *, at: datetime
) -> EmailMessage:
    """To whoever asked for it, when a colleague refuses what came."""
    to = Addressee(asker.email, asker.name, asker.locale)
    with force_locale(to.locale):
        number = _number(row, REFUSED_BY)
        return composed(to, _refused_by(row, tenant, by), at=at, message_id=number)


def _number(row: FileRequest, kind: str) -> str:
    return numbering.written(row.id, kind=kind, turn=row.resent)


def _note(row: FileRequest, tenant: Tenant, address: str) -> Note:
    asked = gettext(
        "%(person)s, of %(tenant)s, asks you for one file: %(title)s.",
        person=row.asked_by_name,
        tenant=tenant.name,
        title=row.title,
    )
    return Note(
        subject=gettext("%(tenant)s asks you for a file", tenant=tenant.name),
        paragraphs=[
            asked,
            *(part for part in row.message.splitlines() if part.strip()),
            gettext(
                "The link takes one file, until %(day)s. You need no account.",
                day=format_date(row.due_on, "long"),
            ),
            gettext("If you did not expect it, ignore this message: nothing happens."),
        ],
        link=(gettext("Deposit the file"), address),
    )


def _refused(row: FileRequest, tenant: Tenant) -> Note:
    return Note(
        subject=gettext("%(tenant)s could not accept your file", tenant=tenant.name),
        paragraphs=[
            gettext(
                "The file you deposited for “%(title)s” was read by %(tenant)s and not accepted.",
                title=row.title,
                tenant=tenant.name,
            ),
            gettext("The reason given:"),
            *(part for part in row.reason.splitlines() if part.strip()),
            gettext("If another file is needed, another link will reach you."),
        ],
    )


def _refused_by(row: FileRequest, tenant: Tenant, by: str) -> Note:
    settings: Settings = current_app.config["SETTINGS"]
    return Note(
        subject=gettext("The file you asked for was refused: %(title)s", title=row.title),
        paragraphs=[
            gettext(
                "%(person)s refused what %(giver)s had deposited for “%(title)s”.",
                person=by,
                giver=row.to_name,
                title=row.title,
            ),
            gettext("The reason given:"),
            *(part for part in row.reason.splitlines() if part.strip()),
        ],
        link=(
            gettext("Ask again"),
            f"{settings.public_url}/{tenant.slug}/demandes/{row.id}",
        ),
    )

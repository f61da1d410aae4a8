"""The mail that asks for a file: in the tenant's language, as text and as HTML."""

from datetime import datetime
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

from flask import current_app, render_template
from flask_babel import force_locale

from portal.collecting.models import FileRequest
from portal.config import Settings
from portal.kit import mail
from portal.kit.i18n import format_date, gettext
from portal.kit.postman import Addressee, Note
from tenants.models import Tenant
from tenants.scoping import new_id


def link(written: str) -> str:
    """Where the file is deposited."""
    settings: Settings = current_app.config["SETTINGS"]
    return f"{settings.public_url}/depot/{written}"


def compose(row: FileRequest, written: str, tenant: Tenant, *, at: datetime) -> EmailMessage:
    """Raises ``ValueError`` on an address that mail cannot carry."""
    settings: Settings = current_app.config["SETTINGS"]
    host = urlsplit(settings.public_url).hostname or "localhost"
    to = Addressee(row.to_email or "", row.to_name, tenant.locale)
    with force_locale(tenant.locale):
        note = _note(row, tenant, link(written))
        known: dict[str, Any] = {
            "note": note, "to": to, "locale": to.locale, "portal": settings.public_url,
        }  # fmt: skip
        return mail.write(
            sender=settings.mail_sender,
            to_name=row.to_name,
            to_address=to.email,
            subject=note.subject,
            # The screens' words are HTML; in plain text the apostrophe of a name stays one.
            text=render_template("mail/note.txt", **known, gettext=gettext),
            html=render_template("mail/note.html", **known),
            message_id=f"<{new_id()}@{host}>",
            at=at,
        )


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

"""The mail that carries an invitation: in the tenant's language, as text and as HTML."""

from datetime import datetime
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

from flask import current_app, render_template
from flask_babel import force_locale

from portal.config import Settings
from portal.kit import mail
from portal.kit.i18n import format_date, gettext
from portal.kit.postman import Addressee, Note
from portal.people.models import Invitation
from tenants.models import Tenant
from tenants.roles import Role
from tenants.scoping import new_id


def compose(row: Invitation, written: str, tenant: Tenant, *, at: datetime) -> EmailMessage:
    """Raises ``ValueError`` on an address that mail cannot carry."""
    settings: Settings = current_app.config["SETTINGS"]
    link = f"{settings.public_url}/invitation/{written}"
    host = urlsplit(settings.public_url).hostname or "localhost"
    to = Addressee(row.email, locale=tenant.locale)
    with force_locale(tenant.locale):
        note = _note(row, tenant, link)
        known = {"note": note, "to": to, "locale": to.locale, "portal": settings.public_url}
        return mail.write(
            sender=settings.mail_sender,
            to_name="",
            to_address=row.email,
            subject=note.subject,
            # The screens' words are HTML; in plain text the apostrophe of a name stays one.
            text=render_template("mail/note.txt", **known, gettext=gettext),
            html=render_template("mail/note.html", **known),
            message_id=f"<{new_id()}@{host}>",
            at=at,
        )


def _note(row: Invitation, tenant: Tenant, link: str) -> Note:
    return Note(
        subject=gettext("%(name)s invites you to Treize", name=tenant.name),
        paragraphs=[
            gettext(
                "%(host)s invites you to join %(name)s on Treize. Your role: %(role)s.",
                host=row.invited_by_name,
                name=tenant.name,
                role=_role_word(row.role),
            ),
            gettext(
                "The link serves once, until %(day)s, for this address alone.",
                day=format_date(row.expires_at, "long"),
            ),
            gettext("If you did not expect it, ignore this message: nothing happens."),
        ],
        link=(gettext("See the invitation"), link),
    )


def _role_word(role: Role) -> str:
    """As the screens say it."""
    words: Any = current_app.jinja_env.get_template("macros/navigation.html").make_module()
    return str(words.role_word(role))

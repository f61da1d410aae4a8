"""The mail that carries an invitation: in the tenant's language, as text and as HTML."""

from datetime import datetime
from email.message import EmailMessage
from typing import Any, Final

from flask import current_app
from flask_babel import force_locale

from portal.config import Settings
from portal.kit import numbering
from portal.kit.i18n import format_date, gettext
from portal.kit.postman import Addressee, Note, composed
from portal.people.models import Invitation
from tenants.models import Tenant
from tenants.roles import Role

#: What the message is called in its number.
INVITES: Final = "invites"


def compose(row: Invitation, written: str, tenant: Tenant, *, at: datetime) -> EmailMessage:
    """Raises ``ValueError`` on an address that mail cannot carry."""
    settings: Settings = current_app.config["SETTINGS"]
    link = f"{settings.public_url}/invitation/{written}"
    to = Addressee(row.email, locale=tenant.locale)
    with force_locale(to.locale):
        number = numbering.written(row.id, kind=INVITES, turn=row.resent)
        return composed(to, _note(row, tenant, link), at=at, message_id=number)


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

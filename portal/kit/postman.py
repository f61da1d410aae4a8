"""Messages to one person about her own account: promised with the deed that they tell of.

The promise is no tenant's, and waits like all others for a worker; what it says stands in it in
cipher, for it may be a code or a link, and is struck once it has left.  A page takes as long
whether or not a message leaves: what must not be sent is promised as well, and thrown away.
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from email.message import EmailMessage
from typing import Any, Final
from urllib.parse import urlsplit

from flask import current_app, render_template
from flask_babel import force_locale
from sqlalchemy import delete, select

from portal.config import Settings
from portal.kit import clock, keys, mail, numbering, outbox
from portal.kit.i18n import gettext
from portal.kit.lines import lined, on_one_line
from tenants.context import NO_TENANT
from tenants.db import db
from tenants.scoping import new_id

CARRY: Final = "kit.carry"
#: What the messages are called in their numbers.
CARRIED: Final = "carried"
_PURPOSE: Final = "message to a person"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Addressee:
    """Whom to write to, and in which language."""

    email: str
    name: str = ""
    locale: str = "fr"


@dataclass(frozen=True)
class Note:
    """What to say.  ``code`` is set apart, ``link`` is a label and an absolute address."""

    subject: str
    paragraphs: Sequence[str]
    code: str | None = None
    link: tuple[str, str] | None = None


class Unreadable(RuntimeError):
    """No secret that is known wrote this promise (``FORMER_SECRET_KEYS``)."""


def write(to: Addressee, note: Note, *, leaves: bool = True, until: datetime | None = None) -> None:
    """Promise to write to somebody, with the present transaction and in whatever scope.

    ``note`` is in her language already.  Unless it ``leaves`` all is done but sending: nobody can
    tell from outside.  After ``until`` it is worth nothing, and is not sent any more.

    An address that mail cannot carry is left alone, without a word: to who typed it, it is unknown.
    """
    at = clock.now()
    told = {
        "to": asdict(to),
        "note": asdict(note),
        "at": at.isoformat(),
        "until": until.isoformat() if until else None,
        # Of one length, as all else is: the cipher shows no other difference.
        "leaves": int(leaves),
    }
    outbox.promise(
        CARRY,
        key=str(new_id()),
        payload={"sealed": keys.encipher(_PURPOSE, json.dumps(told))},
        run_at=at,
        queue=outbox.Queue.CRITICAL,
        tenant_id=NO_TENANT,
    )


@outbox.job(CARRY, seconds=90)
def carry(held: outbox.Lease) -> None:
    """Send it, then strike what it said.

    A worker that dies with the message in hand has the same one sent again, under the same number:
    told twice is better than never.  One that may have left is not sent again.
    """
    message = _written(held)
    if message is not None:
        _leave(message)
    outbox.under_fence(held, payload={})


def forget_given_up(*, before: datetime, limit: int) -> int:
    """Delete what nobody could be told since then, ``limit`` rows at most; returns how many.

    Of other work what is given up waits for a human; this holds an address, of somebody who may
    have closed her account since.  In no tenant's scope.
    """
    o = outbox.Outbox
    old = select(o.id).where(
        o.kind == CARRY, o.state == outbox.OutboxState.DEAD, o.updated_at < before
    )
    gone = db.session.execute(
        delete(o)
        .where(o.tenant_id == NO_TENANT, o.id.in_(old.limit(limit)))
        .returning(o.id)
        .execution_options(synchronize_session=False)
    ).all()
    return len(gone)


def composed(
    to: Addressee, note: Note, *, at: datetime, message_id: str | None = None
) -> EmailMessage:
    """A note as text and as HTML, in the language that is spoken now.

    ``message_id``: of a message that may be written again (``portal.kit.numbering``); else a new
    one.
    Raises ``ValueError`` on an address that mail cannot carry.
    """
    settings: Settings = current_app.config["SETTINGS"]
    host = urlsplit(settings.public_url).hostname or "localhost"
    known: dict[str, Any] = {
        "note": note,
        "name": mail.called(to.name),
        "locale": to.locale,
        "portal": settings.public_url,
    }
    return mail.write(
        sender=settings.mail_sender,
        # Of several lines they would be refused, and she would be told nothing.
        to_name=on_one_line(to.name),
        to_address=to.email,
        subject=on_one_line(note.subject),
        # The screens' words are HTML; in plain text the apostrophe of a name stays one.
        text=lined(render_template("mail/note.txt", **known, gettext=gettext)),
        html=render_template("mail/note.html", **known),
        message_id=message_id or f"<{new_id()}@{host}>",
        at=at,
    )


def _written(held: outbox.Lease) -> EmailMessage | None:
    """The same however often it is written; ``None`` for what is not to leave."""
    told = _read(held)
    until = told["until"]
    if not told["leaves"] or (until and datetime.fromisoformat(until) <= clock.now()):
        return None
    to, note = Addressee(**told["to"]), Note(**told["note"])
    number = numbering.written(held.outbox_id, kind=CARRIED)
    try:
        with force_locale(to.locale):
            return composed(to, note, at=datetime.fromisoformat(told["at"]), message_id=number)
    except ValueError:
        return None


def _read(held: outbox.Lease) -> dict[str, Any]:
    text = keys.decipher(_PURPOSE, held.payload["sealed"])
    if text is None:
        raise Unreadable(str(held.outbox_id))
    told: dict[str, Any] = json.loads(text)
    return told


def _leave(message: EmailMessage) -> None:
    post: mail.Post = current_app.extensions["post"]
    settings: Settings = current_app.config["SETTINGS"]
    if settings.development and isinstance(post, mail.DevelopmentMailbox):
        _log.warning("%s", _spoken(message))
    try:
        post.send(message)
    except mail.AddressRefused as refusal:
        _log.warning("%s: %s", message["Message-ID"], refusal)
    except mail.OutcomeUnknown:
        _log.warning("%s may or may not have left", message["Message-ID"])


def _spoken(message: EmailMessage) -> str:
    """The message as the developer reads it, who has no mail server."""
    body = message.get_body(("plain",))
    return f"To: {message['To']}\n{message['Subject']}\n\n{body.get_content() if body else ''}"

"""Messages to one person about her own account: written from words, sent beside the request.

They leave by the same post as reminders but wait for no tenant and for no answer, so that a page
takes as long whether or not a message leaves.  One that cannot leave is tried again for a minute,
then given up: whoever waits for it asks again.
"""

import logging
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from threading import Lock
from typing import Any, Final
from urllib.parse import urlsplit

from flask import Flask, current_app, render_template
from flask_babel import force_locale

from portal.config import Settings
from portal.kit import clock, mail
from portal.kit.i18n import gettext
from portal.kit.lines import lined
from tenants.scoping import new_id

#: Seconds before each further try.
PAUSES: Final = (5, 15, 40)
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


class Postman:
    """Carries messages away by a few threads of this process, born with the first message."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._turn = Lock()
        self._threads: ThreadPoolExecutor | None = None
        self._waiting: set[Future[None]] = set()

    def take(self, message: EmailMessage) -> None:
        """Never waits for the post."""
        post: mail.Post = self._app.extensions["post"]
        settings: Settings = self._app.config["SETTINGS"]
        if settings.development and isinstance(post, mail.DevelopmentMailbox):
            _log.warning("%s", _spoken(message))
        with self._turn:
            self._threads = self._threads or ThreadPoolExecutor(2, thread_name_prefix="postman")
            carried = self._threads.submit(_carry, post, message)
            self._waiting.add(carried)
        carried.add_done_callback(self._done)

    def drain(self) -> None:
        """Wait until everything taken has left or was given up."""
        with self._turn:
            waiting = list(self._waiting)
        wait(waiting)

    def _done(self, carried: Future[None]) -> None:
        with self._turn:
            self._waiting.discard(carried)


def init_app(app: Flask) -> None:
    app.extensions["postman"] = Postman(app)


def write(to: Addressee, note: Note, *, leaves: bool = True) -> None:
    """Write to somebody and let it leave.  ``note`` is in her language already.

    Unless it ``leaves`` all is done but sending: nobody can tell from outside.

    An address that mail cannot carry is left alone, without a word: to who typed it, it is unknown.
    """
    postman: Postman = current_app.extensions["postman"]
    try:
        with force_locale(to.locale):
            message = composed(to, note, at=clock.now())
    except ValueError:
        return
    if leaves:
        postman.take(message)


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
        "note": note, "to": to, "locale": to.locale, "portal": settings.public_url,
    }  # fmt: skip
    return mail.write(
        sender=settings.mail_sender,
        to_name=to.name,
        to_address=to.email,
        subject=note.subject,
        # The screens' words are HTML; in plain text the apostrophe of a name stays one.
        text=lined(render_template("mail/note.txt", **known, gettext=gettext)),
        html=render_template("mail/note.html", **known),
        message_id=message_id or f"<{new_id()}@{host}>",
        at=at,
    )


def _carry(post: mail.Post, message: EmailMessage) -> None:
    for pause in (*PAUSES, None):
        try:
            post.send(message)
        except mail.NotAccepted as refusal:
            if pause is None:
                _log.error("%s was not accepted: %s", message["Message-ID"], refusal)
                return
            time.sleep(pause)
        except mail.OutcomeUnknown:
            _log.warning("%s may or may not have left", message["Message-ID"])
            return
        else:
            return


def _spoken(message: EmailMessage) -> str:
    """The message as the developer reads it, who has no mail server."""
    body = message.get_body(("plain",))
    return f"To: {message['To']}\n{message['Subject']}\n\n{body.get_content() if body else ''}"

"""Asking for a file, and giving it by the link: what the tests of requests do again and again."""

import io
import re
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.collecting.models import FileRequest
from portal.evidence.models import Evidence
from portal.kit import clock
from tenants.db import db
from tests.smtp import Inbox
from tests.vault import samples

ASKED = "/acme/demandes"
SECRET = "Attestation d’assurance"


def asks(client: FlaskClient, **typed: object) -> str:
    """Ask, and read the link that the next page tells; its path."""
    due = clock.today() + timedelta(20)
    form = {
        "title": SECRET,
        "to_name": "Assureur Ouest",
        "due_on": due.isoformat(),
        "codes": ["ASSU-03"],
        **typed,
    }
    made = client.post(f"{ASKED}/nouvelle", data=form)
    assert made.status_code == 303, made.text
    return link_on(client.get(made.location).text)


def link_on(page: str) -> str:
    return str(re.findall(r'value="http[^"]*(/depot/[^"]+)"', page)[0])


def gives(
    client: FlaskClient, link: str, content: bytes = samples.PDF, name: str = "a.pdf"
) -> TestResponse:
    data = {"file": (io.BytesIO(content), name), "note": "Comme convenu."}
    answer = client.post(link, data=data, content_type="multipart/form-data")
    answer.request.environ["wsgi.input"].close()  # the test client spools it and forgets it
    return answer


def asked() -> FileRequest:
    db.session.rollback()
    found = db.session.scalars(sa.select(FileRequest)).one()
    db.session.expunge(found)
    db.session.rollback()
    return found


def came() -> Evidence:
    db.session.rollback()
    found = db.session.scalars(sa.select(Evidence).where(Evidence.proposed)).one()
    db.session.expunge(found)
    db.session.rollback()
    return found


def where() -> str:
    return f"{ASKED}/{asked().id}"


def messages(inbox: Inbox) -> list[EmailMessage]:
    """What the mail server took, the first first."""
    found = []
    for one in inbox.taken:
        assert isinstance(one.content, bytes)
        read = message_from_bytes(one.content, policy=policy.default)
        assert isinstance(read, EmailMessage)
        found.append(read)
    return found


def words(message: EmailMessage) -> str:
    plain = message.get_body(("plain",))
    assert plain is not None
    return str(plain.get_content())


def link_in(message: EmailMessage) -> str:
    """The path of the link that a mail carries, the same in both its forms."""
    html = message.get_body(("html",))
    assert html is not None
    (path,) = set(re.findall(r"https?://[^/\s]+(/depot/[\w=-]+)", words(message)))
    assert path in html.get_content()
    return str(path)

"""The centre as a person sees it in her browser."""

from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from portal.reminders.kinds import Subject
from portal.reminders.models import Notice
from tenants.db import db

CENTRE = "/acme/rappels/recus"


def notice(subject: Subject) -> Notice:
    db.session.expire_all()
    found: Notice = db.session.execute(
        db.select(Notice).where(Notice.subject == subject)
    ).scalar_one()
    return found


def page(client: FlaskClient, address: str = CENTRE) -> BeautifulSoup:
    answer = client.get(address)
    assert answer.status_code == 200
    return BeautifulSoup(answer.text, "html5lib")


def names(seen: BeautifulSoup) -> list[str]:
    return [name.get_text(strip=True) for name in seen.select("button.name")]


def count(seen: BeautifulSoup) -> str:
    said = seen.select_one("nav .unread")
    return said.get_text(" ", strip=True) if said else ""

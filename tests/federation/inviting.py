"""Who is invited, and what becomes of her."""

from flask.testing import FlaskClient

from tenants import queries as tenancy
from tenants.access import Actor
from tenants.db import db
from tenants.models import UserAccount
from tests.conftest import sign_in
from tests.people.post import deliver, invite, link_to

ANN = "ann@people.example"
BY = {"by": "directory", "name": "Ann Example"}


def invited(browser: FlaskClient, owner: Actor, role: str = "manager", **more: object) -> str:
    sign_in(browser, owner)
    assert invite(browser, role, **more) == 303  # type: ignore[arg-type]  # what a form carries
    return link_to(deliver(owner))


def person_of(email: str = ANN) -> UserAccount | None:
    db.session.rollback()
    return tenancy.user_by_email(email)

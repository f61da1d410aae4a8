"""Whom a directory vouches for in vain: told to the tenant and to her, never to the visitor."""

import re

import sqlalchemy as sa

from portal.accounts.models import AccountEvent
from portal.audit.models import AuditEvent
from portal.kit import clock
from tenants import service as tenants
from tenants.access import Actor
from tenants.context import Scope, entered, tenant_scope
from tenants.db import db
from tenants.models import Membership
from tests.conftest import sign_in
from tests.federation.conftest import Walk, sign_ins, tie, trust
from tests.oidc_server import Directory


def _journal(actor: Actor) -> list[tuple[str, dict[str, str]]]:
    db.session.rollback()
    with tenant_scope(actor.tenant_id):
        found = db.session.execute(
            sa.select(AuditEvent.action, AuditEvent.details)
            .where(AuditEvent.action == "directory.turned_away")
            .order_by(AuditEvent.id)
        ).all()
        db.session.rollback()
    return [(one[0], one[1]) for one in found]


def _account(actor: Actor) -> list[str]:
    db.session.rollback()
    with entered(Scope(user_id=actor.user_id)):
        found = db.session.scalars(sa.select(AccountEvent.action)).all()
        db.session.rollback()
    return list(found)


def _end(actor: Actor) -> None:
    with tenant_scope(actor.tenant_id):
        membership = db.session.scalars(
            sa.select(Membership).where(Membership.user_id == actor.user_id)
        ).one()
        tenants.revoke(membership, at=clock.now())
        db.session.commit()


def test_the_tenant_reads_whom_its_directory_sent_in_vain(
    walk: Walk, directory: Directory, owner: Actor, stranger: Actor
) -> None:
    trust(owner, directory)
    directory.subject, directory.email = "nobody", "nobody@acme.example"

    assert walk().status_code == 403

    assert _journal(owner) == [("directory.turned_away", {"label": "nobody@acme.example"})]
    assert _journal(stranger) == []
    sign_in(walk.client, owner)
    assert "nobody@acme.example" in walk.client.get("/acme/journal").text


def test_she_whose_access_ended_reads_it_in_her_account_and_no_visitor_learns_of_her(
    walk: Walk, directory: Directory, owner: Actor, technician: Actor
) -> None:
    trust(owner, directory)
    tie(technician, directory, subject="the technician")
    _end(technician)
    directory.subject = "the technician"
    hers = walk()
    directory.subject = "nobody"
    nobodys = walk()

    faces = {
        re.sub(r'csrf[^>]*content="[^"]*"|value="[^"]*"', "", it.text) for it in (hers, nobodys)
    }
    assert {hers.status_code, nobodys.status_code} == {403}
    assert len(faces) == 1
    assert _account(technician) == ["sign_in_refused"]
    assert sign_ins(technician) == []
    told = _journal(owner)
    assert len(told) == 2
    assert told[0] == told[1], "the tenant reads what its directory said, and no more"


def test_another_identity_that_confirms_is_told_to_whom_it_was_asked_of(
    walk: Walk, trusted: Directory, owner: Actor
) -> None:
    walk()
    trusted.subject = "another"

    assert walk("/connexion/confirmer-annuaire?next=/acme/annuaire").status_code == 403

    assert _account(owner).count("sign_in_refused") == 1


def test_a_card_that_is_tied_to_nobody_is_nobody_s_business(
    walk: Walk, card: Directory, owner: Actor
) -> None:
    card.email = "owner@acme.example"

    assert walk("/connexion/pro-sante-connect/depart").status_code == 403

    assert _account(owner) == []
    assert _journal(owner) == []

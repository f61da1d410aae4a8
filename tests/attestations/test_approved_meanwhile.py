"""A director who approves at the moment when the document is taken back, or a newer one is made."""

import threading
import time
import uuid
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.attestations import queries, succession
from portal.attestations.models import Approval
from portal.audit.models import AuditEvent
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tests import at_once, make
from tests.attestations import scene

portal = at_once.portal
#: How long what is written stays uncommitted, in seconds, for her to come in between.
OPEN_FOR = 1


def _pauses(patch: pytest.MonkeyPatch, name: str) -> threading.Event:
    """What this writes is committed a moment later; set as soon as it is written."""
    written, real = threading.Event(), getattr(succession, name)

    def slowly(*args: Any, **kwargs: Any) -> Any:
        found = real(*args, **kwargs)
        written.set()
        time.sleep(OPEN_FOR)
        return found

    patch.setattr(succession, name, slowly)
    return written


def _world(slug: str) -> tuple[Actor, Actor, uuid.UUID, uuid.UUID]:
    """Owner, director, her establishment's attestation, and another one ordered since."""
    owner = make.tenant(slug)
    with tenant_scope(owner.tenant_id):
        place = scene.client(make.offering(carries=[scene.CODE]))
        (first,) = scene.made(owner, place)
        (newer,) = scene.order(owner, place)
        director = scene.director_of(place)
        db.session.remove()
    return owner, director, first, newer


def _approvals(owner: Actor) -> tuple[int, int]:
    """Kept, and told in the journal."""
    with tenant_scope(owner.tenant_id):
        kept = db.session.scalar(select(func.count()).select_from(Approval)) or 0
        told = select(func.count()).where(AuditEvent.action == "attestation.approved")
        found = kept, db.session.scalar(told) or 0
        db.session.remove()
    return found


@pytest.mark.parametrize("act", ["revoke", "succeed"])
def test_what_just_ceased_to_stand_is_not_approved(
    portal: Flask, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    with portal.app_context():
        owner, director, first, newer = _world(f"acme-{act}")
        desk, hers = at_once.browsers(portal, [owner, director])
    home = f"/acme-{act}/attestations/{first}"
    written = _pauses(monkeypatch, act)

    def work() -> None:
        with portal.app_context():
            if act == "revoke":
                desk.post(f"{home}/revoquer", data={"reason": "Faux"})
                return
            with tenant_scope(owner.tenant_id):
                scene.compile_now(newer)
                db.session.remove()

    other = threading.Thread(target=work)
    other.start()
    assert written.wait(30)
    with portal.app_context():
        told = hers.post(f"{home}/approuver")
    other.join(60)

    assert told.status_code == 409
    assert "Seule une attestation" in told.get_data(as_text=True)
    with portal.app_context():
        assert _approvals(owner) == (0, 0)


def test_of_two_who_revoke_at_once_the_second_is_told(
    portal: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with portal.app_context():
        owner, _, first, _ = _world("acme-twice")
        theirs = at_once.browsers(portal, [owner, owner])
    at_once.lingers(monkeypatch, queries, "attestation")
    address = f"/acme-twice/attestations/{first}/revoquer"

    told = at_once.sent(portal, theirs, [address] * 2, [{"reason": "Un"}, {"reason": "Deux"}])

    assert sorted(each.status_code for each in told.values()) == [303, 409]

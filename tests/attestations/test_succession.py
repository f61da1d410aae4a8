"""Superseded by a newer one, revoked for a reason, approved by the director: told everywhere."""

import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy import select, update

from portal.attestations import log, succession
from portal.attestations.models import Approval, Attestation, IssuedDocument
from portal.audit.models import AuditEvent
from portal.kit import clock
from portal.kit.errors import Refused
from portal.publiclog import queries as publiclog
from portal.publiclog.models import LogEntry
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tenants.models import SignIn
from tenants.roles import Role
from tests import make
from tests.attestations import scene
from tests.attestations.conftest import HOME
from tests.conftest import sign_in


def registered(attestation_id: uuid.UUID) -> IssuedDocument:
    found = db.session.get(IssuedDocument, scene.one(attestation_id).pdf_sha256)
    assert found is not None
    db.session.refresh(found)
    return found


def logged(attestation_id: uuid.UUID, kind: str) -> bool:
    row = scene.one(attestation_id)
    entry = log.entry(kind, row.salt or b"", row.snapshot_sha256 or "")
    return db.session.get(LogEntry, entry) is not None


def test_what_is_issued_is_in_the_log(owner: Actor, fleet: list[uuid.UUID]) -> None:
    (one,) = scene.issued(owner, fleet[0])

    row = scene.one(one)
    entry = log.entry(log.ISSUED, row.salt or b"", row.snapshot_sha256 or "")
    assert publiclog.proofs(entry) is not None
    assert row.seal == "B-B"


def test_a_newer_one_supersedes_those_before_of_its_establishment_alone(
    owner: Actor, fleet: list[uuid.UUID]
) -> None:
    first, other = scene.issued(owner, fleet[0], fleet[1])
    (second,) = scene.issued(owner, fleet[0])

    assert scene.one(first).superseded_by == second
    assert registered(first).superseded_at == scene.one(first).superseded_at
    assert logged(first, log.SUPERSEDED)
    assert scene.one(second).previous_id == first
    for standing in (second, other):
        assert scene.one(standing).superseded_at is None
        assert registered(standing).superseded_at is None


def test_made_in_the_wrong_order_the_last_ordered_still_stands(
    owner: Actor, fleet: list[uuid.UUID]
) -> None:
    (first,) = scene.order(owner, fleet[0])
    (second,) = scene.issued(owner, fleet[0])

    scene.compile_now(first)

    assert scene.one(first).superseded_by == second
    assert scene.one(second).superseded_at is None


def test_what_is_revoked_says_so_everywhere(owner: Actor, fleet: list[uuid.UUID]) -> None:
    (one,) = scene.issued(owner, fleet[0])

    succession.revoke(owner, one, reason="  Une preuve\n était fausse. ", at=clock.now())
    db.session.commit()

    row = scene.one(one)
    assert (row.revoked_reason, row.revoked_by_name) == ("Une preuve était fausse.", owner.name)
    assert registered(one).revoked_at == row.revoked_at
    assert logged(one, log.REVOKED)
    told = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "attestation.revoked"))
    assert told.one().details["reason"] == "Une preuve était fausse."


def test_it_is_revoked_once_and_with_a_reason(owner: Actor, fleet: list[uuid.UUID]) -> None:
    (one,) = scene.issued(owner, fleet[0])
    (waiting,) = scene.order(owner, fleet[1])

    for attestation_id, reason in ((one, " "), (waiting, "Trop tôt")):
        with pytest.raises(Refused):
            succession.revoke(owner, attestation_id, reason=reason, at=clock.now())
    succession.revoke(owner, one, reason="Faux", at=clock.now())
    with pytest.raises(succession.AlreadyRevoked):
        succession.revoke(owner, one, reason="Faux", at=clock.now())


def test_a_stranger_cannot_say_in_the_register_what_became_of_ours(
    owner: Actor, stranger: Actor, fleet: list[uuid.UUID]
) -> None:
    (one,) = scene.issued(owner, fleet[0])
    code = scene.one(one).code
    db.session.remove()

    with tenant_scope(stranger.tenant_id):
        with pytest.raises(sa.exc.ProgrammingError, match="says what the attestation says"):
            db.session.execute(
                update(IssuedDocument)
                .where(IssuedDocument.code == code)
                .values(revoked_at=clock.now())
            )
        db.session.rollback()
        db.session.remove()


def test_a_stranger_revokes_nothing(
    client: FlaskClient, owner: Actor, stranger: Actor, fleet: list[uuid.UUID]
) -> None:
    (one,) = scene.made(owner, fleet[0])
    sign_in(client, stranger)

    own = client.post(f"/globex/attestations/{one}/revoquer", data={"reason": "x"})
    theirs = client.post(f"{HOME}/{one}/revoquer", data={"reason": "x"})

    assert (own.status_code, theirs.status_code) == (404, 404)
    assert scene.one(one).revoked_at is None


def test_the_owner_revokes_from_the_page_and_who_verifies_is_told(
    desk: FlaskClient, owner: Actor, fleet: list[uuid.UUID]
) -> None:
    (one,) = scene.made(owner, fleet[0])
    digest = scene.one(one).pdf_sha256
    db.session.rollback()

    empty = desk.post(f"{HOME}/{one}/revoquer", data={"reason": ""})
    done = desk.post(f"{HOME}/{one}/revoquer", data={"reason": "Zirconium"})

    assert (empty.status_code, done.status_code) == (422, 303)
    assert "Zirconium" in desk.get(done.location).get_data(as_text=True)
    told = desk.get(f"/verifier?sha256={digest}").get_data(as_text=True)
    assert "Cette attestation a été révoquée" in told
    assert "Zirconium" not in told


def test_who_verifies_a_superseded_one_is_told(
    client: FlaskClient, owner: Actor, fleet: list[uuid.UUID]
) -> None:
    (first,) = scene.issued(owner, fleet[0])
    (second,) = scene.made(owner, fleet[0])
    digest, number = scene.one(first).pdf_sha256, scene.one(second).number
    db.session.rollback()

    told = client.get(f"/verifier?sha256={digest}").get_data(as_text=True)

    assert "une plus récente la remplace" in told
    assert number not in told


def test_of_a_superseded_one_whose_file_nobody_brought_it_is_not_said_to_be_genuine(
    client: FlaskClient, owner: Actor, fleet: list[uuid.UUID]
) -> None:
    """Whoever changes a file leaves its code there: it is the code that the camera reads."""
    (first,) = scene.issued(owner, fleet[0])
    scene.made(owner, fleet[0])
    digest, code = scene.one(first).pdf_sha256, scene.one(first).code
    db.session.rollback()

    by_code, by_file = (
        client.get(f"/verifier?code={code}{file}").get_data(as_text=True)
        for file in ("", f"&sha256={digest}")
    )

    assert ["est authentique" in told for told in (by_code, by_file)] == [False, True]
    assert "a été remplacée par une plus récente" in by_code
    assert "Le code ne dit rien du fichier" in by_code


def test_the_director_approves_the_document_that_stands_once(
    client: FlaskClient, owner: Actor, fleet: list[uuid.UUID]
) -> None:
    (one,) = scene.made(owner, fleet[0])
    director = scene.director_of(fleet[0])
    sign_in(client, director)

    form = client.get(f"{HOME}/{one}/approuver")
    done = client.post(f"{HOME}/{one}/approuver")
    again = client.post(f"{HOME}/{one}/approuver")

    assert (form.status_code, done.status_code, again.status_code) == (200, 303, 409)
    approval = db.session.scalars(select(Approval)).one()
    assert (approval.user_id, approval.pdf_sha256) == (
        director.user_id, scene.one(one).pdf_sha256
    )  # fmt: skip
    assert logged(one, log.APPROVED)


def test_whoever_is_not_the_director_of_that_place_approves_nothing(
    client: FlaskClient, owner: Actor, fleet: list[uuid.UUID]
) -> None:
    (one,) = scene.made(owner, fleet[0])
    elsewhere = scene.director_of(fleet[1])
    sign_in(client, elsewhere)

    assert client.post(f"{HOME}/{one}/approuver").status_code == 404
    sign_in(client, owner)
    assert client.post(f"{HOME}/{one}/approuver").status_code in {403, 404}
    assert db.session.scalar(select(sa.func.count()).select_from(Approval)) == 0


@pytest.mark.parametrize("act", ["revoquer", "approuver"])
def test_sensitive_acts_ask_again_who_one_is(
    client: FlaskClient, owner: Actor, fleet: list[uuid.UUID], act: str
) -> None:
    (one,) = scene.made(owner, fleet[0])
    who = owner if act == "revoquer" else scene.director_of(fleet[0])
    sign_in(client, who)
    long_ago = clock.now() - timedelta(hours=1)
    db.session.execute(
        sa.text("SELECT set_config('app.user_id', :u, true)"), {"u": str(who.user_id)}
    )
    db.session.execute(update(SignIn).values(confirmed_at=long_ago))
    db.session.commit()

    asked = client.post(f"{HOME}/{one}/{act}", data={"reason": "x"})

    assert asked.status_code in {302, 303}
    assert "confirmer" in asked.location
    row = scene.one(one)
    assert row.revoked_at is None


def test_an_attestation_that_no_longer_stands_is_not_approved(
    owner: Actor, fleet: list[uuid.UUID]
) -> None:
    (first,) = scene.issued(owner, fleet[0])
    scene.issued(owner, fleet[0])
    director = make.member(Role.DIRECTOR, establishments=[fleet[0]])

    with pytest.raises(succession.NotStanding):
        succession.approve(director, first, at=clock.now())


def test_what_changed_is_shown_against_the_one_before(
    desk: FlaskClient, owner: Actor, fleet: list[uuid.UUID]
) -> None:
    (first,) = scene.issued(owner, fleet[0])
    (second,) = scene.made(owner, fleet[0])

    assert desk.get(f"{HOME}/{second}/changements").status_code == 200
    assert desk.get(f"{HOME}/{first}/changements").status_code == 404


def test_the_log_is_served_to_anybody(
    client: FlaskClient, owner: Actor, fleet: list[uuid.UUID]
) -> None:
    scene.made(owner, fleet[0])
    assert db.session.scalar(select(sa.func.count()).select_from(Attestation)) == 1
    db.session.rollback()

    note = client.get("/journal/checkpoint")
    size = int(note.get_data(as_text=True).split("\n")[1])
    tile = client.get(f"/journal/tile/0/000.p/{size}")

    assert len(tile.data) == 32 * size
    assert "immutable" in tile.headers["Cache-Control"]
    assert "PRIVATE" not in client.get("/journal/confiance.json").get_data(as_text=True)
    assert client.get("/journal").status_code == 200
    for bad in ("../../secrets", "0/000.p/256", "9/000", "0/0", "entries/x1/000"):
        assert client.get(f"/journal/tile/{bad}").status_code == 404


def test_what_became_of_it_is_told_beside_another_s_code_or_file_too(
    client: FlaskClient, owner: Actor, fleet: list[uuid.UUID]
) -> None:
    first, other = scene.issued(owner, fleet[0], fleet[1])
    scene.made(owner, fleet[0])
    old, code = scene.one(first), scene.one(other).code
    digest, own = old.pdf_sha256, old.code
    db.session.rollback()

    beside = client.get(f"/verifier?sha256={digest}&code={code}").get_data(as_text=True)
    changed = client.get(f"/verifier?sha256={'0' * 64}&code={own}").get_data(as_text=True)

    assert "Autre code" in beside
    assert "Altéré" in changed
    for told in (beside, changed):
        assert "Une attestation plus récente remplace l’original" in told

"""The log grows by what is submitted, is signed for, and refuses to contradict itself."""

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from portal import dispatcher
from portal.app import create_app
from portal.audit import service as audit
from portal.audit import verification
from portal.kit import clock, keyfiles, outbox
from portal.kit.errors import NotFound
from portal.publiclog import growing, jobs, merkle, notes, publishing, queries, service
from portal.publiclog.growing import Desk, RolledBack, WrongKey
from portal.publiclog.models import LogCheckpoint, LogEntry, LogHead
from portal.publiclog.notes import Signer
from tenants.access import Actor
from tenants.db import db
from tenants.scoping import new_id
from tests import conftest


def entries(count: int) -> list[bytes]:
    return [secrets.token_bytes(32) for _ in range(count)]


def logged(count: int) -> list[bytes]:
    """Submitted and signed for."""
    made = entries(count)
    service.submit(made)
    db.session.commit()
    growing.advance(jobs.desk(), clock.now())
    return made


def lease(kind: str) -> outbox.Lease:
    return outbox.Lease(new_id(), kind, {}, 1, 1, recovered=False)


def checkpoint() -> notes.Checkpoint:
    found = queries.last_checkpoint()
    assert found is not None
    return notes.opened(found.note, jobs.desk().signer.verifier)


def test_what_is_submitted_is_signed_for_and_proved(owner: Actor) -> None:
    for each in logged(3) + logged(300):
        (proof,) = queries.proofs(each) or []
        signed = notes.opened(proof.checkpoint, jobs.desk().signer.verifier)
        merkle.check_inclusion(
            merkle.leaf_hash(each), proof.index, proof.size, proof.path, signed.root
        )
        assert signed.size == 303


def test_the_root_signed_is_that_of_the_entries_in_their_order(owner: Actor) -> None:
    logged(5)
    logged(260)

    assert merkle.root_of(queries.entries()) == (265, checkpoint().root)


def test_what_waits_has_no_proof_and_what_is_submitted_twice_stands_once(owner: Actor) -> None:
    (each,) = entries(1)
    service.submit([each])
    db.session.commit()

    assert queries.proofs(each) is None
    service.submit([each])
    growing.advance(jobs.desk(), clock.now())
    assert checkpoint().size == 1


def test_signing_again_with_nothing_new_signs_nothing(owner: Actor) -> None:
    logged(2)
    before = checkpoint()

    jobs.advance.run(lease(service.ADVANCE))

    assert checkpoint() == before
    assert db.session.scalar(sa.select(sa.func.count()).select_from(LogCheckpoint)) == 1


def test_a_worker_that_died_after_giving_places_is_taken_up(owner: Actor) -> None:
    logged(2)
    service.submit(entries(2))
    db.session.commit()
    growing.append()

    growing.sign(jobs.desk(), clock.now())

    assert checkpoint().size == 4


def test_a_worker_that_died_between_signing_and_telling_is_taken_up(
    owner: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged(2)
    service.submit(entries(2))
    db.session.commit()
    with monkeypatch.context() as dying:
        dying.setattr(publishing, "publish", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            growing.advance(jobs.desk(), clock.now())
    db.session.rollback()
    signed = jobs.desk().signed.read_text("utf-8")

    growing.advance(jobs.desk(), clock.now())

    found = queries.last_checkpoint()
    assert found is not None
    assert (found.size, found.note) == (4, signed)


def test_a_log_that_went_back_in_time_is_not_signed(owner: Actor, superuser: sa.Connection) -> None:
    """A database restored from before the last signature, told by the file beside the key."""
    logged(3)
    desk = jobs.desk()
    ahead = desk.signer.signed(str(notes.Checkpoint(desk.signer.name, 9, bytes(32))))
    keyfiles.replace(desk.signed, ahead.encode())
    service.submit(entries(1))
    db.session.commit()

    with pytest.raises(RolledBack, match="9 leaves were signed for, 4 are left"):
        growing.advance(desk, clock.now())
    db.session.rollback()


def test_a_log_whose_past_was_rewritten_is_not_signed(owner: Actor) -> None:
    logged(3)
    desk = jobs.desk()
    other = desk.signer.signed(str(notes.Checkpoint(desk.signer.name, 3, bytes(32))))
    keyfiles.replace(desk.signed, other.encode())
    service.submit(entries(1))
    db.session.commit()

    with pytest.raises(RolledBack, match="not those that were signed for"):
        growing.advance(desk, clock.now())
    db.session.rollback()


def test_another_key_does_not_go_on_where_the_first_one_stopped(
    owner: Actor, tmp_path: Path
) -> None:
    logged(1)
    stranger = Desk(Signer(jobs.desk().signer.name, bytes(32)), tmp_path / "signed")

    with pytest.raises(WrongKey):
        growing.advance(stranger, clock.now())
    db.session.rollback()


def test_a_key_that_others_may_read_is_not_used(owner: Actor) -> None:
    logged(1)
    path = jobs.desk().signed.with_name(growing.KEY_FILE)
    path.chmod(0o640)
    try:
        with pytest.raises(keyfiles.ExposedKeyError):
            jobs.desk()
    finally:
        path.chmod(0o600)


def test_the_key_is_made_once_for_its_owner_s_eyes(owner: Actor) -> None:
    first = jobs.desk().signer
    path = jobs.desk().signed.with_name(growing.KEY_FILE)

    assert jobs.desk().signer == first
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE log_entry SET position = position + 7 WHERE position IS NOT NULL",
        "UPDATE log_entry SET entry = entry",
        "DELETE FROM log_entry",
        "UPDATE log_node SET hash = hash",
        "DELETE FROM log_node",
        "UPDATE log_checkpoint SET note = ''",
        "DELETE FROM log_checkpoint",
        "UPDATE trust_anchor SET value = value",
        "TRUNCATE log_entry",
    ],
)
def test_what_is_logged_cannot_be_changed_by_the_portal(owner: Actor, statement: str) -> None:
    logged(1)

    with pytest.raises(sa.exc.ProgrammingError, match=r"denied|keeps its place"):
        db.session.execute(sa.text(statement))
    db.session.rollback()


def test_files_of_the_log_are_what_their_format_says(owner: Actor) -> None:
    made = logged(2) + logged(258)
    placed = list(queries.entries())

    assert sorted(placed) == sorted(made)
    assert publishing.read("0/000") == b"".join(map(merkle.leaf_hash, placed[:256]))
    assert publishing.read("0/001.p/4") == b"".join(map(merkle.leaf_hash, placed[256:]))
    assert publishing.read("1/000.p/1") == merkle.folded(
        [merkle.leaf_hash(each) for each in placed[:256]]
    )
    assert publishing.read("entries/001.p/4") == b"".join(
        b"\x00\x20" + each for each in placed[256:]
    )
    with pytest.raises(NotFound):
        publishing.read("0/002.p/1")


def test_a_journal_s_end_is_noted_once_and_tells_nobody_whose(owner: Actor) -> None:
    audit.record(owner, "tenant.edited", subject="tenant", subject_id=owner.tenant_id)
    db.session.commit()

    jobs.note_head.run(lease(service.HEAD))
    jobs.note_head.run(lease(service.HEAD))
    db.session.commit()

    head, end = db.session.scalars(sa.select(LogHead)).one(), verification.head()
    assert (head.position, bytes(head.digest)) == end
    entry = service.sealed_entry(bytes(head.salt), service.head_told(*end))
    assert db.session.scalars(sa.select(LogEntry.entry)).all() == [entry]


def test_an_hour_s_heads_are_promised_once(app: Flask, owner: Actor) -> None:
    app.extensions["valkey"].flushdb()
    promised = sa.select(sa.func.count()).where(outbox.Outbox.kind == service.HEAD)

    dispatcher.promise_heads()
    app.extensions["valkey"].flushdb()
    dispatcher.promise_heads()

    assert db.session.scalar(promised) == 1


@pytest.fixture
def own_database(app: Flask, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Committed rows, which threads with connections of their own work on."""
    name = f"{app.config['SQLALCHEMY_DATABASE_URI'].rpartition('/')[2].partition('?')[0]}_log"
    conftest.new_database(name)
    other = create_app(conftest.settings(name, f"file://{tmp_path_factory.mktemp('log')}"))
    yield other
    with other.app_context():
        db.engine.dispose()
    other.extensions["valkey"].close()


def test_signers_at_once_sign_one_tree_after_the_other(own_database: Flask) -> None:
    """Four of them, each with entries of its own; every checkpoint extends the one before."""

    def work(_: int) -> list[bytes]:
        with own_database.app_context():
            mine = []
            for _ in range(5):
                service.submit(made := entries(3))
                db.session.commit()
                growing.advance(jobs.desk(), clock.now())
                mine += made
            db.session.remove()
            return mine

    with ThreadPoolExecutor(4) as threads:
        submitted = [each for done in threads.map(work, range(4)) for each in done]

    with own_database.app_context():
        placed = list(queries.entries())
        verifier = jobs.desk().signer.verifier
        notes_signed = db.session.scalars(
            sa.select(LogCheckpoint.note).order_by(LogCheckpoint.size)
        ).all()
        db.session.remove()
    assert sorted(placed) == sorted(submitted)
    opened = [notes.opened(note, verifier) for note in notes_signed]
    for signed in opened:
        assert merkle.root_of(placed[: signed.size]) == (signed.size, signed.root)
    assert opened[-1].size == 60

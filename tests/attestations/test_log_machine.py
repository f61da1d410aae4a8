"""Attestations and the public log agree with a plain model, whatever is done in whatever order.

The model is ``log_model.py``; the log and the documents are read by the verifier that needs no
server, the rest through the page that checks documents.  TREIZE_LOG_LIVES asks for more lives,
TREIZE_LOG_STEPS for longer ones.
"""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

import hypothesis.strategies as st
import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from portal.attestations import queries, retrying, succession, verification
from portal.attestations.models import Approval
from portal.attestations.succession import AlreadyApproved, AlreadyRevoked, NotStanding
from portal.audit import service as audit
from portal.kit import clock, outbox, storage
from portal.kit.errors import Refused
from portal.publiclog import growing, jobs
from portal.publiclog import service as publiclog
from portal.publiclog.models import LogCheckpoint, LogEntry, LogHead
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tenants.scoping import new_id
from tests.attestations import log_world, offline, scene
from tests.attestations.log_model import Model, Paper, entry
from tests.attestations.log_world import World
from tests.conftest import isolation

LIVES = settings(
    max_examples=int(os.environ.get("TREIZE_LOG_LIVES", "10")),
    stateful_step_count=int(os.environ.get("TREIZE_LOG_STEPS", "15")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
PLACE, WHICH = st.integers(0, 1), st.integers(0, 9)
SLUG = st.sampled_from(["acme", "globex"])


class Log(RuleBasedStateMachine):
    """Two places of one provider; another provider whose journal is noted in the same log."""

    world: ClassVar[World]
    connection: ClassVar[sa.Connection]

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.ids: list[uuid.UUID] = []
        self.noted: dict[str, int] = {}
        self.signed: list[tuple[int, bytes]] = []
        self.undone = self.connection.begin_nested()

    def teardown(self) -> None:
        try:
            self.advance()
            self._read_documents()
        finally:
            db.session.remove()
            self.undone.rollback()
            jobs.desk().signed.unlink(missing_ok=True)

    @contextmanager
    def _inside(self, slug: str = "acme") -> Iterator[Actor]:
        owner = self.world.owners[slug]
        with tenant_scope(owner.tenant_id):
            yield owner
            db.session.remove()

    def _one(self, which: int) -> tuple[int, Paper] | None:
        """One of those that were ordered, if any was."""
        if not self.ids:
            return None
        number = which % len(self.ids)
        return number, self.model.papers[number]

    @initialize(place=PLACE)
    def begin(self, place: int) -> None:
        """Both places have a document; of one it was replaced, and what did was revoked, too."""
        self.order({0, 1})
        self.make_all()
        self.replace(place)
        self.revoke(2)
        self.replace(place)

    @rule(place=PLACE)
    def replace(self, place: int) -> None:
        """A newer document of the same place, made at once."""
        self.order({place})
        self.make(len(self.ids) - 1)

    @rule(places=st.sets(PLACE, min_size=1))
    def order(self, places: set[int]) -> None:
        with self._inside() as owner:
            made = scene.order(owner, *(self.world.places[place] for place in places))
            self.ids += made
            where = [queries.attestation(each).establishment_id for each in made]
        self.model.papers += [Paper(self.world.places.index(each)) for each in where]

    @rule(which=WHICH)
    def make(self, which: int) -> None:
        """A worker makes a document, in whatever order, perhaps for the second time."""
        if (found := self._one(which)) is not None:
            with self._inside():
                scene.compile_now(self.ids[found[0]])
            self.model.issue(found[0])

    @rule()
    def make_all(self) -> None:
        for number in range(len(self.ids)):
            if not self.model.papers[number].issued:
                self.make(number)

    @rule(which=WHICH)
    def fail(self, which: int) -> None:
        if (found := self._one(which)) is not None:
            with self._inside():
                scene.given_up(self.ids[found[0]])
                db.session.commit()
            found[1].failed = found[1].failed or not found[1].issued

    @rule(which=WHICH)
    def ask_again(self, which: int) -> None:
        if (found := self._one(which)) is not None:
            with self._inside() as owner:
                again = retrying.retry(owner, [self.ids[found[0]]], at=clock.now())
                db.session.commit()
            assert again == found[1].failed
            found[1].failed = False

    @rule(which=WHICH)
    def revoke(self, which: int) -> None:
        if (found := self._one(which)) is None:
            return
        with self._inside() as owner:
            try:
                succession.revoke(owner, self.ids[found[0]], reason="Erreur", at=clock.now())
                db.session.commit()
            except AlreadyRevoked:
                assert found[1].revoked
            except Refused:
                assert not found[1].issued
            else:
                assert (found[1].issued, found[1].revoked) == (True, False)
                found[1].revoked = True

    @rule(which=WHICH)
    def approve(self, which: int) -> None:
        if (found := self._one(which)) is None:
            return
        with self._inside():
            try:
                succession.approve(self.world.director, self.ids[found[0]], at=clock.now())
                db.session.commit()
            except AlreadyApproved:
                assert found[1].approved
            except NotStanding:
                assert not found[1].stands
            else:
                assert (found[1].stands, found[1].approved) == (True, False)
                found[1].approved = True

    @rule(slug=SLUG)
    def act(self, slug: str) -> None:
        """Something that the journal remembers."""
        with self._inside(slug) as owner:
            audit.record(owner, "tenant.edited", subject="tenant", subject_id=owner.tenant_id)
            db.session.commit()

    @rule(slug=SLUG)
    def note_head(self, slug: str) -> None:
        """As each hour: a journal that has not grown is noted no second time."""
        with self._inside(slug):
            deeds = db.session.scalar(sa.text("SELECT count(*) FROM audit_event")) or 0
            jobs.note_head.run(outbox.Lease(new_id(), publiclog.HEAD, {}, 1, 1, recovered=False))
            db.session.commit()
        if deeds > self.noted.get(slug, 0):
            self.model.heads[slug] = self.model.heads.get(slug, 0) + 1
        self.noted[slug] = deeds

    @rule()
    def advance(self) -> None:
        """Sign; whoever kept an older checkpoint is shown that the log goes on from there."""
        with self._inside():
            growing.advance(jobs.desk(), clock.now())
        if (journal := self.world.journal()) is None:
            assert not self._expected()
            return
        note, _, leaves = journal.partition(b"\n\0")
        verifier = self.world.verifier
        now = verifier.opened(note.decode() + "\n", list(verifier.KEYS))
        assert {leaves[at : at + 32] for at in range(0, len(leaves), 32)} == self._expected()
        assert now.size * 32 == len(leaves)
        roots = verifier.roots(leaves, {now.size, *(size for size, _ in self.signed)})
        assert roots == {now.size: now.root, **dict(self.signed)}
        for size, root in self.signed:
            told = self.world.client.get(f"/journal/coherence.json?de={size}").get_json()
            older = verifier.Checkpoint(size, root)
            verifier.check_later(told, older, list(verifier.KEYS))
        self.signed = sorted({*self.signed, (now.size, now.root)})

    @invariant()
    def what_is_told_is_what_the_model_says(self) -> None:
        with self._inside():
            self._look_at_papers()
            waiting = db.session.scalars(sa.select(LogEntry.entry)).all()
            kept = db.session.scalars(sa.select(LogCheckpoint.size)).all()
        assert set(map(bytes, waiting)) == self._expected()
        assert {size for size, _ in self.signed} <= set(kept)

    def _look_at_papers(self) -> None:
        approved = set(db.session.scalars(sa.select(Approval.attestation_id)))
        numbers = []
        rows = log_world.rows()
        for its_id, paper in zip(self.ids, self.model.papers, strict=True):
            row = rows[its_id]
            numbers.append(int(row.number.rpartition("-")[2]))
            assert (its_id in approved) == paper.approved
            if paper.issued:
                told = verification.of(row.pdf_sha256 or "", row.code or "")
                assert told is not None
                assert told.answer is paper.answer, (paper, told)
            else:
                assert row.pdf_sha256 is None
                assert verification.of("", row.code or "") == verification.of("0" * 64, "")
        assert numbers == list(range(1, len(numbers) + 1))

    def _expected(self) -> set[bytes]:
        """All that the log must hold, and nothing else; heads are opened by what was kept."""
        found: set[bytes] = set()
        with self._inside():
            rows = log_world.rows()
            for its_id, paper in zip(self.ids, self.model.papers, strict=True):
                row = rows[its_id]
                salt, digest = bytes(row.salt or b""), row.snapshot_sha256
                found |= {entry(salt, kind=kind, sha256=digest) for kind in paper.kinds}
                if paper.issued:
                    found.add(entry(salt, kind="document", sha256=row.pdf_sha256))
        if self.model.sealed:
            found.add(self.world.seal)
        for slug in self.world.owners:
            found |= self._heads(slug)
        return found

    def _heads(self, slug: str) -> set[bytes]:
        with self._inside(slug):
            heads = db.session.scalars(sa.select(LogHead).order_by(LogHead.position)).all()
            told = [(bytes(one.salt), one.position, bytes(one.digest).hex()) for one in heads]
        assert len(told) == self.model.heads.get(slug, 0)
        assert not told or told[-1][1] <= self.noted[slug]
        return {
            entry(salt, kind="head", position=position, digest=digest)
            for salt, position, digest in told
        }

    def _read_documents(self) -> None:
        """Each document without a server, with the log as it has become."""
        journal = self.world.journal()
        for its_id, paper in zip(self.ids, self.model.papers, strict=True):
            if not paper.issued:
                continue
            with self._inside():
                pdf = storage.current().read(queries.attestation(its_id).pdf_key or "")
            verifier = self.world.verifier
            alone, whole = (
                verifier.answered(pdf, list(verifier.KEYS), journal=each)
                for each in (None, journal)
            )
            now = offline.VALID if paper.stands else offline.NOT_IN_FORCE
            assert [alone.args[0], whole.args[0]] == [offline.VALID, now], (alone, whole)
            assert not paper.stands or whole.args[3] == paper.approved


@pytest.fixture
def log(app: Flask) -> Iterator[type[Log]]:
    app.extensions["limits"].forget()
    with isolation(app) as connection:
        world = log_world.build(app)
        yield type("LogOfThisApp", (Log,), {"world": world, "connection": connection})


def test_attestations_and_the_log_are_what_the_model_says(log: type[Log]) -> None:
    run_state_machine_as_test(log, settings=LIVES)

"""A third party's time over the log: once a day, judged before it is kept, in nobody's way."""

import base64
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from portal import dispatcher, worker
from portal.config import Settings
from portal.kit import clock
from portal.kit.outbox import Outbox, OutboxState
from portal.kit.stamping import BadStamp
from portal.publiclog import growing, jobs, merkle, notes, queries, service, stamping
from tenants.access import Actor
from tenants.db import db
from tests import live as alive
from tests import tsa_server
from tests.publiclog.test_growing import checkpoint, entries, logged


@pytest.fixture(scope="module")
def authority() -> Iterator[tsa_server.Tsa]:
    with tsa_server.running() as running:
        yield running


@pytest.fixture
def tsa(authority: tsa_server.Tsa) -> Iterator[tsa_server.Tsa]:
    yield authority
    authority.refuses, authority.over, authority.nonsense = False, None, None


@pytest.fixture
def settings(
    app: Flask, tsa: tsa_server.Tsa, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """The portal has a time-stamping authority that it believes."""
    believed = tmp_path / "tsa.pem"
    believed.write_text(tsa.pem)
    ours: Settings = app.config["SETTINGS"]
    found = replace(ours, tsa_url=tsa.url, tsa_roots=believed)
    monkeypatch.setitem(app.config, "SETTINGS", found)
    return found


def stamp(settings: Settings) -> None:
    stamping.stamp(settings, clock.now())
    db.session.commit()


def stamped() -> list[int]:
    """The sizes of the checkpoints with a time over them."""
    db.session.rollback()
    rows = db.session.execute(
        sa.text("SELECT size FROM log_checkpoint WHERE token IS NOT NULL ORDER BY size")
    )
    return [row.size for row in rows]


def test_openssl_believes_the_time_that_is_kept(
    owner: Actor, settings: Settings, tmp_path: Path
) -> None:
    logged(3)

    stamp(settings)

    kept = queries.last_stamped()
    assert kept is not None
    assert kept.stamped_at is not None
    assert abs((kept.stamped_at - clock.now()).total_seconds()) < 60
    (tmp_path / "note").write_text(kept.note)
    (tmp_path / "token").write_bytes(kept.token or b"")
    said = subprocess.run(
        ["openssl", "ts", "-verify", "-data", tmp_path / "note", "-in", tmp_path / "token",
         "-token_in", "-CAfile", settings.tsa_roots or ""],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Verification: OK" in said.stdout + said.stderr


def test_it_is_told_once_a_day_over_the_last_checkpoint(
    owner: Actor, settings: Settings, tsa: tsa_server.Tsa
) -> None:
    logged(1)
    asked = tsa.asked
    stamp(settings)
    logged(1)
    stamp(settings)
    same_day = (stamped(), tsa.asked - asked)
    with time_machine.travel(clock.now() + timedelta(days=1), tick=True):
        stamp(settings)
        stamp(settings)

    assert same_day == ([1], 1)
    assert (stamped(), tsa.asked - asked) == ([1, 2], 2)


def test_a_log_that_does_not_grow_is_not_stamped_again(
    owner: Actor, settings: Settings, tsa: tsa_server.Tsa
) -> None:
    logged(1)
    stamp(settings)
    asked = tsa.asked

    with time_machine.travel(clock.now() + timedelta(days=9), tick=True):
        stamp(settings)

    assert tsa.asked == asked


@pytest.mark.parametrize(
    ("over", "nonsense"),
    [
        (b"another checkpoint", None),
        (None, b""),
        (None, b"\x30\x03\x02\x01\x00"),
        (None, b"<html>504</html>"),
    ],
    ids=["over something else", "nothing", "half an answer", "a page"],
)
def test_what_does_not_hold_is_not_kept(
    owner: Actor, settings: Settings, tsa: tsa_server.Tsa, over: bytes, nonsense: bytes
) -> None:
    logged(1)
    tsa.over, tsa.nonsense = over, nonsense

    with pytest.raises((BadStamp, OSError)):
        stamp(settings)

    assert stamped() == []


def test_an_authority_that_is_not_believed_is_not_kept(owner: Actor, settings: Settings) -> None:
    logged(1)
    with tsa_server.running() as other, pytest.raises(BadStamp, match="TSA_ROOTS"):
        stamp(replace(settings, tsa_url=other.url))

    assert stamped() == []


def test_without_roots_the_word_of_an_authority_has_to_hold_and_no_more(
    owner: Actor, settings: Settings
) -> None:
    logged(1)

    stamp(replace(settings, tsa_roots=None))

    assert stamped() == [1]


def _due(owner: Actor) -> Outbox:
    """Done by a worker, once it is due again."""
    promised = alive.promised(stamping.STAMP)
    later = max(promised.run_at, clock.now()) + timedelta(seconds=1)
    arguments = (str(owner.tenant_id), str(promised.id), stamping.STAMP)
    with time_machine.travel(later, tick=True):
        worker.perform(*arguments)
    return alive.promised(stamping.STAMP)


def test_while_the_authority_is_away_it_is_asked_again_and_the_log_goes_on(
    owner: Actor, settings: Settings, tsa: tsa_server.Tsa
) -> None:
    logged(1)
    stamping.promise_when_due(clock.now())
    db.session.commit()
    tsa.refuses = True

    waiting = _due(owner)
    state, said, waiting_failures = waiting.state, waiting.last_error or "", waiting.failures
    service.submit(entries(1))
    growing.advance(jobs.desk(), clock.now())
    grown = checkpoint().size
    tsa.refuses = False
    done = _due(owner)

    assert (state, grown) == (OutboxState.READY, 2)
    assert "AuthorityAway" in said
    assert waiting_failures == 0
    assert done.state is OutboxState.DONE
    assert stamped() == [2]


def _promised() -> int:
    counted = sa.select(sa.func.count()).where(Outbox.kind == stamping.STAMP)
    return db.session.scalar(counted) or 0


def test_it_is_promised_where_it_is_due_and_once(
    app: Flask, owner: Actor, settings: Settings
) -> None:
    def round_() -> int:
        app.extensions["valkey"].flushdb()
        dispatcher.promise_stamp()
        return _promised()

    nothing_logged = round_()
    logged(1)
    due, again = round_(), round_()
    with time_machine.travel(clock.now() + timedelta(hours=2), tick=True):
        still_open = round_()
    done = _due(owner).state
    with time_machine.travel(clock.now() + timedelta(minutes=1), tick=True):
        same_day = round_()

    assert (nothing_logged, due, again, still_open, done, same_day) == (
        0, 1, 1, 1, OutboxState.DONE, 1,
    )  # fmt: skip


def test_without_an_authority_nothing_is_promised(app: Flask, owner: Actor) -> None:
    logged(1)
    app.extensions["valkey"].flushdb()

    dispatcher.promise_stamp()

    assert _promised() == 0


def test_of_two_workers_at_once_the_first_is_kept(
    owner: Actor, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged(1)
    late = stamping.due(clock.now())
    stamp(settings)
    first = (queries.last_stamped() or late).token  # type: ignore[union-attr]  # it was stamped
    monkeypatch.setattr(stamping, "due", lambda _: late)

    stamp(settings)

    assert (queries.last_stamped() or late).token == first  # type: ignore[union-attr]  # as above


def test_anybody_may_have_it_with_the_proof_that_the_log_goes_on(
    client: FlaskClient, owner: Actor, settings: Settings
) -> None:
    logged(2)
    before = checkpoint()
    none_yet = client.get("/journal/horodatage.json").status_code
    logged(3)
    stamp(settings)
    told = client.get("/journal/horodatage.json?de=2").get_json()
    page = client.get("/journal").get_data(as_text=True)

    now = notes.opened(told["checkpoint"], jobs.desk().signer.verifier)
    raw = base64.b64decode(told["path"])
    path = [raw[at : at + 32] for at in range(0, len(raw), 32)]
    merkle.check_consistency(2, 5, path, before.root, now.root)
    assert none_yet == 404
    assert base64.b64decode(told["token"]) == (queries.last_stamped() or now).token  # type: ignore[union-attr]  # it was stamped
    for size in (0, 6, -1):
        assert client.get(f"/journal/horodatage.json?de={size}").status_code == 404
    assert "Heure d’un tiers" in page


@pytest.mark.parametrize("change", ["token = NULL, stamped_at = NULL", "token = 'another'"])
def test_a_time_is_neither_taken_back_nor_replaced(
    owner: Actor, settings: Settings, change: str
) -> None:
    logged(1)
    stamp(settings)

    with pytest.raises(sa.exc.ProgrammingError, match="keeps its time"):
        db.session.execute(sa.text(f"UPDATE log_checkpoint SET {change}"))  # noqa: S608 - written above
    db.session.rollback()

"""Two imports at once, from terminals and from the page: the second is told, in words."""

import io
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from portal.fleet import import_queries, importing, undoing
from portal.fleet.import_now import Given, import_now
from portal.fleet.models import Establishment, ImportRun, ImportState
from portal.kit import clock, progress, storage
from portal.kit.errors import Conflict, NotFound
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tests import earnest
from tests.fleet.importer.samples import EHPAD, IME
from tests.fleet.runs import applied, previewed, table, taken_in

_FILE = table([f"{EHPAD};EHPAD A;PARIS"])
#: The terminal’s exit code, then what it says.
_TOLD = "2 Un autre import est en cours d’écriture."
_OTHER = table([f"{IME};IME B;PARIS"])


@pytest.fixture
def acme(app: Flask) -> Iterator[Actor]:
    with earnest.tenant(app) as owner:
        yield owner


@contextmanager
def _inside(app: Flask, acme: Actor) -> Iterator[None]:
    with app.app_context(), tenant_scope(acme.tenant_id):
        yield
        db.session.remove()


@contextmanager
def _being_written(app: Flask, acme: Actor) -> Iterator[None]:
    """An import that a terminal has written to its end, and commits once this is left."""
    with _inside(app, acme):
        given = Given(io.BytesIO(_FILE), len(_FILE), "fleet.csv", None)
        import_now(
            given,
            report=io.StringIO(),
            writing=True,
            at=clock.now(),
            progress=lambda *_: None,
        )
        yield
        db.session.commit()


def test_a_reading_abandoned_midway_stops_there_and_keeps_nothing(
    app: Flask, acme: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = table([f"01{rank:07d};EHPAD {rank};PARIS" for rank in range(1, 5_001)])
    with _inside(app, acme):
        run_id = taken_in(acme, many)
        db.session.commit()
    told: list[int] = []

    def abandon() -> str:
        with _inside(app, acme):
            importing.cancel(acme, run_id=run_id, seen=ImportState.PREVIEWING)
            db.session.commit()
        return "done"

    def once_begun(_work: uuid.UUID, _done: int, _total: int = 0, lines: int = 0) -> None:
        told.append(lines)
        if len(told) == 1:
            assert earnest.became(earnest.meanwhile(abandon)) == "done"

    monkeypatch.setattr(progress, "report", once_begun)
    with _inside(app, acme):
        importing.preview(run_id, today=clock.today())
        db.session.commit()
        run = import_queries.run(run_id)

        assert told == [2_000]
        assert (run.state, run.report_key, run.counts) == (ImportState.CANCELLED, None, {})
        key = run.file_key
        taken_in(acme, _FILE)  # as any other that is over, its file goes when the next one comes
        db.session.commit()
        assert import_queries.run(run_id).file_key == ""
        with pytest.raises(NotFound):
            storage.current().size(key)


def _at_a_terminal(app: Flask, file: Path) -> str:
    def act() -> str:
        asked = ["fleet", "import", "acme", str(file), "--apply"]
        with app.app_context():
            told = app.test_cli_runner().invoke(args=asked)
        return f"{told.exit_code} {told.stderr}"

    return earnest.became(earnest.meanwhile(act))


def _on_the_page(app: Flask, acme: Actor, deed: Callable[[], object]) -> str:
    def act() -> str:
        with _inside(app, acme):
            try:
                deed()
            except Conflict as told:
                return type(told).__name__
            finally:
                db.session.rollback()
        return "done"

    return earnest.became(earnest.meanwhile(act))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "fleet.csv"
    path.write_bytes(_FILE)
    return path


def _fleet(app: Flask, acme: Actor) -> list[str | None]:
    with _inside(app, acme):
        return list(db.session.scalars(select(Establishment.finess)))


def test_a_second_terminal_is_told_and_writes_nothing(app: Flask, acme: Actor, file: Path) -> None:
    with _being_written(app, acme):
        told = _at_a_terminal(app, file)

    assert told.startswith(_TOLD)
    assert len(told.splitlines()) == 2
    assert _fleet(app, acme) == [EHPAD]
    assert _at_a_terminal(app, file) == "0 "


def test_whoever_confirms_on_the_page_meanwhile_is_told(app: Flask, acme: Actor) -> None:
    run_id = _previewed(app, acme)
    with _being_written(app, acme):
        told = _on_the_page(
            app, acme, lambda: importing.confirm(acme, run_id=run_id, at=clock.now())
        )

    assert told == "AnotherImportRuns"
    with _inside(app, acme):
        assert import_queries.run(run_id).state is ImportState.PREVIEWED


def test_a_terminal_is_told_while_a_confirmed_import_waits_for_its_worker(
    app: Flask, acme: Actor, file: Path
) -> None:
    run_id = _previewed(app, acme)
    with _inside(app, acme):
        importing.confirm(acme, run_id=run_id, at=clock.now())
        db.session.commit()

    told = _at_a_terminal(app, file)

    assert told.startswith(_TOLD)
    with _inside(app, acme):
        assert db.session.scalars(select(ImportRun.state)).all() == [ImportState.APPLYING]
    assert _fleet(app, acme) == []


def test_nothing_is_undone_while_a_terminal_writes(app: Flask, acme: Actor) -> None:
    with _inside(app, acme):
        run_id = applied(acme, _OTHER).id
        db.session.commit()
    with _being_written(app, acme):
        told = _on_the_page(app, acme, lambda: undoing.confirm(acme, run_id=run_id, at=clock.now()))

    assert told == "AnotherImportRuns"
    assert sorted(map(str, _fleet(app, acme))) == sorted([EHPAD, IME])


def _previewed(app: Flask, acme: Actor) -> uuid.UUID:
    with _inside(app, acme):
        run_id = previewed(acme, _OTHER).id
        db.session.commit()
    return run_id

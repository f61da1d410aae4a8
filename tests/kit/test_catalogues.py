"""Nobody is shown a screen in the language of the sources for want of a compiled catalogue."""

import gettext
import os
import shutil
from pathlib import Path

import pytest
from flask import Flask

from portal.kit import i18n
from portal.kit.catalogues import FOLDER, NotCompiledError, make_ready

SENTENCE = "Nothing was written."
SAID = "Rien n’a été écrit."


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A fresh clone's: what is compiled is not kept in the repository."""
    shutil.copytree(FOLDER, tmp_path / "of", ignore=shutil.ignore_patterns("*.mo"))
    return tmp_path / "of"


def said(folder: Path) -> str:
    return gettext.translation("messages", folder, ["fr"], fallback=True).gettext(SENTENCE)


def test_what_is_missing_is_compiled(sources: Path) -> None:
    assert said(sources) == SENTENCE

    make_ready(sources)

    assert said(sources) == SAID
    assert len(list(sources.rglob("*.mo"))) == 2
    assert not list(sources.rglob("*.new"))


def test_what_is_older_than_its_source_is_compiled_again(sources: Path) -> None:
    make_ready(sources)
    compiled = sources / "fr/LC_MESSAGES/messages.mo"
    compiled.write_bytes(b"old")
    os.utime(compiled, (0, 0))

    make_ready(sources)

    assert said(sources) == SAID


def test_what_is_up_to_date_is_left_alone(sources: Path) -> None:
    make_ready(sources)
    before = {path: path.stat().st_mtime_ns for path in sources.rglob("*.mo")}

    make_ready(sources)

    assert {path: path.stat().st_mtime_ns for path in sources.rglob("*.mo")} == before


def test_where_none_can_be_written_nothing_starts(
    sources: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _disk_full(monkeypatch)

    with pytest.raises(NotCompiledError, match="make translations"):
        make_ready(sources)


def test_an_old_one_that_cannot_be_renewed_serves_and_is_told(
    sources: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    make_ready(sources)
    for compiled in sources.rglob("*.mo"):
        os.utime(compiled, (0, 0))
    _disk_full(monkeypatch)

    make_ready(sources)

    assert said(sources) == SAID
    assert "older than its source" in caplog.text


def test_without_any_catalogue_nothing_starts(tmp_path: Path) -> None:
    with pytest.raises(NotCompiledError, match="No message catalogue"):
        make_ready(tmp_path)


def test_the_portal_does_not_start_without_them(monkeypatch: pytest.MonkeyPatch) -> None:
    _disk_full(monkeypatch)
    monkeypatch.setattr(Path, "exists", lambda _: False)

    with pytest.raises(NotCompiledError):
        i18n.init_app(Flask("portal"))


def _disk_full(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)

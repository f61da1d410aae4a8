"""A portal started as `make run` starts it, for the tests that need all of it."""

import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import pytest
from flask import Flask

from portal.app import create_app
from portal.config import Settings
from portal.local.console import READY
from tenants.db import db

_ROOT = Path(__file__).parents[1]
_SERVED = (
    "DATABASE_URL",
    "OWNER_DATABASE_URL",
    "REDIS_URL",
    "STORAGE_URL",
    "SECRET_KEY",
    "MASTER_KEY",
)


def environment(home: Path, **more: str) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if name not in _SERVED}
    return {**ours, "TREIZE_HOME": str(home), "TREIZE_DEMO": "0", **more}


class Running:
    """A portal started as `make run` starts it, and what it said until it was ready."""

    def __init__(self, home: Path, **more: str) -> None:
        self.home = home
        self.wanted_port = ""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "portal.local", "up"],
            cwd=_ROOT,
            env=environment(home, **more),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said = ""
        assert self.process.stdout
        for line in self.process.stdout:
            self.said += line
            if line.startswith(READY):
                break
        else:
            self.process.communicate()
            pytest.fail(self.said)
        self.address = re.search(rf"^{READY} (http://\S+)", self.said, re.MULTILINE)[1]  # type: ignore[index]  # it matched just above

    def status(self, path: str) -> int:
        return self.answer(path)[0]

    def answer(self, path: str) -> tuple[int, bytes]:
        """Its status and what it says; 0 and nothing where nobody answers."""
        try:
            with urllib.request.urlopen(f"{self.address}{path}", timeout=5) as answer:  # noqa: S310 -- our own address
                return int(answer.status), answer.read()
        except urllib.error.HTTPError as error:
            return int(error.code), error.read()
        except OSError:
            return 0, b""

    @contextmanager
    def beside(self) -> Iterator[Flask]:
        """The same portal in this process, over the same servers, within its app context."""
        app = create_app(Settings.from_env(environment(self.home)))
        with app.app_context():
            yield app
            db.session.remove()
            db.engine.dispose()
        for name in ("valkey", "valkey_blocking", "valkey_impatient"):
            app.extensions[name].close()

    def pids(self) -> dict[str, int]:
        """By the names of the parts; without one whose note is being written."""
        notes = (self.home / "run").glob("*.pid")
        told = {note.stem: note.read_text().split() for note in notes}
        return {name: int(words[0]) for name, words in told.items() if words}

    def end(self, number: int) -> None:
        self.process.send_signal(number)
        self.process.communicate(timeout=60)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_failure: object) -> None:
        if self.process.poll() is None:
            self.end(signal.SIGTERM)

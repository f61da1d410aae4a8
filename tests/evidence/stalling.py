"""A worker that stalls in the midst of an examination, to be killed: …stalling WHEN FILE.

FILE appears once it has come so far: `examined`, when the file has been read and nothing is
written; `written`, when the copy lies in the storage and nothing is committed.
"""

import sys
import time
import uuid
from datetime import date
from pathlib import Path

from portal import worker
from portal.app import create_app
from portal.evidence import course
from portal.vault import jail
from portal.vault.checks.examination import Examined

_examine = jail.examine


def _stall() -> None:
    Path(sys.argv[2]).touch()
    time.sleep(120)


def _examined(extension: str, content: bytes) -> Examined:
    found = _examine(extension, content)
    _stall()
    return found


def _written(evidence_id: uuid.UUID, today: date) -> None:
    _stall()


if __name__ == "__main__":
    if sys.argv[1] == "examined":
        jail.examine = _examined
    else:
        course.tell = _written
    app = create_app()
    with app.app_context():
        worker.run(app)

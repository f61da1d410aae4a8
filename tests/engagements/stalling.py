"""A worker that stalls in the midst of a report, to be killed: …stalling NUMBER FILE.

FILE appears once so many documents were made, and the next lies in the store uncommitted.
"""

import sys
import time
from pathlib import Path

from portal import worker
from portal.app import create_app
from portal.engagements import issuing
from portal.kit.storage import Stored

_kept = issuing._kept
made = 0


def _stalling(key: str, document: bytes) -> Stored:
    global made  # noqa: PLW0603 - counts what this process made
    stored = _kept(key, document)
    made += 1
    if made > int(sys.argv[1]):
        Path(sys.argv[2]).touch()
        time.sleep(120)
    return stored


if __name__ == "__main__":
    issuing._kept = _stalling
    app = create_app()
    with app.app_context():
        worker.run(app)

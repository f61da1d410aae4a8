"""A worker that stalls in the midst of packing an archive, to be killed: …stalling WHEN FILE.

FILE appears once it has come so far: `midway`, when some of the archive has been sent to the
store; `written`, when all of it lies there and nothing is committed.
"""

import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from portal import worker
from portal.app import create_app
from portal.kit.archive import Content
from portal.leaving import packing as packer
from portal.leaving import service
from portal.leaving.packing import Packing

_of_place = packer.of_place


def _stall() -> None:
    Path(sys.argv[2]).touch()
    time.sleep(120)


def _midway(establishment_id: uuid.UUID, packing: Packing) -> Iterator[tuple[str, Content]]:
    for passed, entry in enumerate(_of_place(establishment_id, packing)):
        yield entry
        if passed:
            _stall()


def _written(*_: Any, **__: Any) -> None:
    _stall()


if __name__ == "__main__":
    if sys.argv[1] == "midway":
        packer.of_place = _midway
    else:
        service.keep = _written
    app = create_app()
    with app.app_context():
        worker.run(app)

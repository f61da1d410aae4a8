"""A worker that stalls in the midst of packing an archive, to be killed: …stalling WHEN FILE.

FILE appears once it has come so far: `midway`, when some of the archive is written; `written`,
when all of it lies in the store and nothing is committed; `examining`, when the first file of an
archive that was brought lies where it was planned.
"""

import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from portal import worker
from portal.app import create_app
from portal.kit import outbox
from portal.kit.archive import Content
from portal.leaving import checking, service
from portal.leaving import packing as packer
from portal.leaving.opening import Opened
from portal.leaving.packing import Packing
from portal.vault.clamd import Scanner

_of_place, _outcome = packer.of_place, checking._outcome


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


def _examining(
    told: Opened, it: dict[str, Any], held: outbox.Lease, scanner: Scanner | None
) -> dict[str, Any]:
    found = _outcome(told, it, held, scanner)
    _stall()
    return found


if __name__ == "__main__":
    if sys.argv[1] == "midway":
        packer.of_place = _midway
    elif sys.argv[1] == "examining":
        checking._outcome = _examining
    else:
        service.keep = _written
    app = create_app()
    with app.app_context():
        worker.run(app)

"""How long a journal of a million deeds takes to verify, and that its length takes no memory.

`python -m bench.longchain [DEEDS]`, in a database of its own beside the tests' own.  The same is
measured for a tenth of them; each by a process that has done nothing else.
"""

import multiprocessing
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import Final

from portal.app import create_app
from portal.audit import service as audit
from portal.audit import verification
from portal.audit.service import Deed
from portal.config import Settings
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tests import live, make

AT_ONCE: Final = 5_000


def main() -> int:
    asked = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as storage, live.portal(f"file://{storage}") as app:
        settings: Settings = app.config["SETTINGS"]
        owners = {make.tenant(f"journal-{deeds}"): deeds for deeds in (asked // 10, asked)}
        for owner, deeds in owners.items():
            began = time.monotonic()
            _write(owner, deeds)
            print(f"{deeds:,} deeds written in {time.monotonic() - began:.0f} s", flush=True)
        for owner, deeds in owners.items():
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                seconds, grown = pool.apply(_verified, (settings, owner.tenant_id, deeds))
            print(f"{deeds:,} deeds verified in {seconds:.0f} s, {grown:.1f} MB", flush=True)
    return 0


def _write(owner: Actor, deeds: int) -> None:
    for first in range(0, deeds, AT_ONCE):
        with tenant_scope(owner.tenant_id):
            audit.record_all(
                owner,
                "requirement.updated",
                [
                    Deed("establishment", owner.tenant_id, details={"number": number})
                    for number in range(first, min(first + AT_ONCE, deeds))
                ],
            )
            db.session.commit()
            db.session.remove()


def _verified(settings: Settings, tenant_id: uuid.UUID, deeds: int) -> tuple[float, float]:
    """Seconds, and by how much the most memory that the process ever took has grown, in MB."""
    app = create_app(settings)
    with app.app_context(), tenant_scope(tenant_id):
        assert verification.head().position == deeds
        before, began = _most(), time.monotonic()
        verdict = verification.verify()
        assert verdict.finding is None
        assert verdict.head.position == deeds
        return time.monotonic() - began, _most() - before


def _most() -> float:
    """Of this process alone: what ``getrusage`` tells begins with its parent's."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


if __name__ == "__main__":
    sys.exit(main())

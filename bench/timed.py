"""Documents whose seal carries a third party's time (B-T), or that end with one (B-LTA).

The authority is one on loopback, on the same two cores: what one of the world adds is the way
there, as many times as it is asked for each document.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from bench import orders
from bench.cluster import Servers
from bench.figure import Figure
from bench.stage import Stage
from portal.config import Settings
from portal.kit import keyfiles, sealing
from tests import tsa_server
from tests.kit import issuing
from tests.tsa_server import Tsa

DOCUMENTS: Final = 60
_PROMISED: Final = 1.5


def figures(stage: Stage, servers: Servers) -> Iterator[Figure]:
    """Ordered and compiled as those without a time are."""
    with tsa_server.running() as tsa, tempfile.TemporaryDirectory() as place:
        told = replace(servers.settings, tsa_url=tsa.url)
        for settings in (told, _lasting(told, tsa, Path(place))):
            yield _figure(stage, servers, settings, tsa)


def _figure(stage: Stage, servers: Servers, settings: Settings, tsa: Tsa) -> Figure:
    before = tsa.asked
    run = orders.made(stage, servers, DOCUMENTS, settings=settings)
    asked = (tsa.asked - before) / DOCUMENTS
    return Figure(
        f"one attestation sealed {sealing.means(settings).level}",
        f"p50 {run.median:.2f} s, p95 {run.p95:.2f} s, the time asked for {asked:.1f} times",
        f"{_PROMISED} s",
        run.p95 <= _PROMISED,
    )


def _lasting(told: Settings, tsa: Tsa, place: Path) -> Settings:
    """A seal of one's own, made once for all runs, and whom the authority is believed by."""
    seal, roots = told.keys / "bench-seal.p12", place / "tsa.pem"
    if not seal.exists():
        made = issuing.issued()
        made.written(seal, made.chain[1:])
    keyfiles.replace(roots, tsa.pem.encode())
    return replace(told, seal_pkcs12=seal, tsa_roots=roots)

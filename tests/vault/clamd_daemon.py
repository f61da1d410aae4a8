"""Debian's clamd, where it is installed, with one signature of our own."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from portal.vault.clamd import Scanner
from tests.vault.clamd_server import EICAR

CLAMD: Final = shutil.which("clamd") or shutil.which("clamd", path="/usr/sbin:/usr/local/sbin")


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scanner]:
    place = tmp_path_factory.mktemp("clamd")
    (place / "db").mkdir()
    (place / "db/eicar.ndb").write_text(f"Eicar-Own:0:*:{EICAR.hex()}\n")
    place.chmod(0o755)
    (place / "clamd.conf").write_text(
        f"LocalSocket {place}/socket\nDatabaseDirectory {place}/db\nForeground yes\n"
        "AlertExceedsMax yes\nStreamMaxLength 1M\nConcurrentDatabaseReload no\n"
    )
    daemon = subprocess.Popen(
        [str(CLAMD), "-c", str(place / "clamd.conf")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _wait_for(place / "socket", daemon)
    yield Scanner.from_url(f"unix://{place}/socket")
    daemon.terminate()
    daemon.wait(10)


def _wait_for(path: Path, daemon: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert daemon.poll() is None, "clamd did not start"
        with socket.socket(socket.AF_UNIX) as wire:
            if wire.connect_ex(str(path)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("clamd does not listen")

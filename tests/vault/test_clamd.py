"""What is said to clamd and what is believed of its answer; the real one too, where it is."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from portal.vault.clamd import Scanner, ScannerDown
from tests.vault.clamd_server import EICAR, Manner, served


def asked(manner: Manner, content: bytes, seconds: float = 5) -> str | None:
    with served(manner) as address:
        return replace(Scanner.from_url(address), seconds=seconds).finds([content])


def test_a_clean_file_is_clean() -> None:
    assert asked(Manner.PLAIN, b"clean" * 100_000) is None


def test_what_is_found_is_named() -> None:
    assert asked(Manner.PLAIN, b"a" * 70_000 + EICAR) == "Eicar-Test"


@pytest.mark.parametrize("manner", [one for one in Manner if one is not Manner.PLAIN])
def test_any_other_answer_is_no_verdict(manner: Manner) -> None:
    with pytest.raises(ScannerDown):
        asked(manner, b"a" * 3_000_000, seconds=0.8)


def test_nobody_there_is_no_verdict(tmp_path: Path) -> None:
    for url in ("tcp://127.0.0.1:1", f"unix://{tmp_path}/none"):
        with pytest.raises(ScannerDown):
            Scanner.from_url(url).finds([b"a"])


@pytest.mark.parametrize("url", ["", "http://a:1", "tcp://", "unix:", "unix://host/a", "a:3310"])
def test_only_an_address_of_clamd_is_one(url: str) -> None:
    with pytest.raises(ValueError, match="CLAMAV_URL"):
        Scanner.from_url(url)


CLAMD = shutil.which("clamd", path="/usr/sbin:/usr/local/sbin:/usr/bin")

if CLAMD:  # Debian's clamav-daemon, with one signature of our own

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

    def test_the_real_one_finds_what_it_knows_and_passes_the_rest(real: Scanner) -> None:
        assert real.finds([b"nothing to see"]) is None
        assert real.finds([EICAR]) == "Eicar-Own.UNOFFICIAL"

    def test_the_real_one_gives_no_verdict_on_what_is_too_long_for_it(real: Scanner) -> None:
        with pytest.raises(ScannerDown):
            real.finds([b"a" * 100_000] * 30)

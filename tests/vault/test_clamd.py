"""What is said to clamd and what is believed of its answer; the real one too, where it is."""

from dataclasses import replace
from pathlib import Path

import pytest

from portal.vault.clamd import Scanner, ScannerDown
from tests.vault import clamd_daemon
from tests.vault.clamd_daemon import CLAMD
from tests.vault.clamd_server import EICAR, Manner, served

real = clamd_daemon.real


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


if CLAMD:

    def test_the_real_one_finds_what_it_knows_and_passes_the_rest(real: Scanner) -> None:
        assert real.finds([b"nothing to see"]) is None
        assert real.finds([EICAR]) == "Eicar-Own.UNOFFICIAL"

    def test_the_real_one_gives_no_verdict_on_what_is_too_long_for_it(real: Scanner) -> None:
        with pytest.raises(ScannerDown):
            real.finds([b"a" * 100_000] * 30)

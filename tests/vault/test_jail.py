"""A reader that a file led astray: the limits of its process end it, and the file is not kept."""

import resource
import time

import pytest

from portal.vault import jail
from portal.vault.checks.verdict import Failed, Reason
from tests.vault import samples

MIB = 2**20


@pytest.fixture
def caged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jail, "CELL", "tests.vault.caged")


def unfinished(how: str) -> float:
    """Refused as what could not be read to its end; after how many seconds."""
    begun = time.monotonic()
    with pytest.raises(Failed) as raised:
        jail.examine(how, b"")
    assert raised.value.reason is Reason.UNFINISHED
    return time.monotonic() - begun


def test_an_ordinary_file_is_read_in_a_process_of_its_own() -> None:
    assert jail.examine("pdf", samples.PDF).hints == []


def test_the_process_is_allowed_this_much_and_can_ask_for_no_more(caged: None) -> None:
    """Each soft limit is the hard one too."""
    allowed = {
        resource.RLIMIT_CPU: 20,
        resource.RLIMIT_AS: 1024 * MIB,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
    }

    told = jail.examine("behaves", b"").hints

    assert told == [f"{which} {(most, most)}" for which, most in allowed.items()]


@pytest.mark.parametrize("how", ["swells", "writes"])
def test_what_asks_for_memory_or_writes_a_file_is_not_kept(caged: None, how: str) -> None:
    unfinished(how)


def test_what_keeps_the_processor_is_ended_long_before_its_time_is_up(caged: None) -> None:
    """Of the processor it has a second here, and twenty elsewhere."""
    assert unfinished("spins") < jail.SECONDS / 2


def test_what_waits_for_ever_is_ended_when_its_time_is_up(
    caged: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jail, "SECONDS", 2)

    assert 2 <= unfinished("sleeps") < 25


def test_a_file_that_names_no_reader_is_not_kept_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jail, "CELL", "tests.vault.nowhere")

    unfinished("pdf")

"""Nothing dies unnoticed, nothing is left behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portal.local.process import alive, birth, wait_until

_ROOT = Path(__file__).parents[2]
_TETHER = _ROOT / "portal" / "local" / "tether.py"


class Family:
    """The supervisor of `tests/local/family.py`, in a process of its own."""

    def __init__(self, runtime: Path, *what: str) -> None:
        self.runtime = runtime
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.local.family", str(runtime), *what],
            cwd=_ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def wait_for(self, line: str) -> None:
        assert self.process.stdout
        for said in self.process.stdout:
            if line in said:
                return
        raise AssertionError(f"it never said {line!r}")

    def pid_of(self, name: str) -> int:
        note = self.runtime / f"{name}.pid"
        return int(note.read_text().split()[0]) if note.exists() else 0

    def end(self, number: int = signal.SIGTERM) -> str:
        """The rest of its output, once it has ended."""
        self.process.send_signal(number)
        return self.process.communicate(timeout=20)[0]


@pytest.fixture
def family(tmp_path: Path) -> Iterator[Callable[..., Family]]:
    started: list[Family] = []

    def start(*what: str) -> Family:
        started.append(Family(tmp_path / "run", *what))
        return started[-1]

    yield start
    for each in started:
        each.process.kill()
        each.process.communicate()


@pytest.mark.parametrize("name", ["first", "forked"])
def test_a_child_that_dies_is_started_again(family: Callable[..., Family], name: str) -> None:
    running = family()
    running.wait_for("all started")
    before = running.pid_of(name)

    os.kill(before, signal.SIGKILL)

    running.wait_for("ended (SIGKILL)")
    assert wait_until(lambda: running.pid_of(name) not in {0, before}, 5)
    assert alive(running.pid_of(name))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_all_in_reverse_order(
    family: Callable[..., Family], number: signal.Signals
) -> None:
    running = family()
    running.wait_for("all started")

    said = running.end(number)

    assert [line.split()[0] for line in said.splitlines()] == ["second", "first"]
    assert running.process.returncode == 0
    assert list(running.runtime.glob("*.pid")) == []


def test_a_child_deaf_to_signals_is_killed_after_its_grace(family: Callable[..., Family]) -> None:
    running = family("deaf child")
    running.wait_for("all started")
    deaf = running.pid_of("second")

    running.end()

    assert not alive(deaf)
    assert running.process.returncode == 0


def test_kill_nine_of_the_supervisor_leaves_nothing(family: Callable[..., Family]) -> None:
    running = family()
    running.wait_for("all started")
    pids = [running.pid_of(name) for name in ("first", "second", "forked")]
    assert all(alive(pid) for pid in pids)

    running.process.kill()

    assert wait_until(lambda: not any(alive(pid) for pid in pids), 5)


def test_where_the_kernel_does_not_tell_a_watcher_does(tmp_path: Path) -> None:
    start = f"""if True:
        import os, subprocess, sys, time
        tether = "import sys, runpy; sys.platform = 'elsewhere'; " \\
            "sys.argv[0:1] = []; runpy.run_path({str(_TETHER)!r}, run_name='__main__')"
        child = subprocess.Popen([sys.executable, "-c", tether, "tether",
            str(os.getpid()), "15", "-1", "-1", "/bin/sleep", "60"])
        print(child.pid, flush=True)
        time.sleep(60)
    """
    with subprocess.Popen(
        [sys.executable, "-c", start], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        assert not wait_until(lambda: not alive(child), 1), "it must live while its parent does"

        parent.kill()
        parent.wait()

        assert wait_until(lambda: not alive(child), 5)


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Children can be interrupted, even where whoever began the tests cannot: they inherit it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_what_an_earlier_run_left_is_stopped_and_nothing_else(
    family: Callable[..., Family], interruptible: None, tmp_path: Path
) -> None:
    runtime = tmp_path / "run"
    runtime.mkdir()
    with (
        subprocess.Popen(["/bin/sleep", "60"]) as orphan,
        subprocess.Popen(["/bin/sleep", "60"]) as stranger,
    ):
        (runtime / "old.pid").write_text(f"{orphan.pid} {birth(orphan.pid)}")
        (runtime / "reused.pid").write_text(f"{stranger.pid} 1")

        family().wait_for("all started")

        assert orphan.wait(5) == -signal.SIGINT
        assert stranger.poll() is None
        stranger.kill()


def test_a_command_that_fails_ends_the_start_with_its_words(family: Callable[..., Family]) -> None:
    running = family("broken command")

    said = running.process.communicate(timeout=20)[0]

    assert "failed: second: exit 3\nno such thing" in said
    assert running.process.returncode == 1


def test_a_child_that_cannot_stay_up_ends_the_start(family: Callable[..., Family]) -> None:
    running = family("hopeless child")

    said = running.process.communicate(timeout=20)[0]

    assert said.count("starts again") > 1
    assert "failed: second:" in said

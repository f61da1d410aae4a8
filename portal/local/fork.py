"""Start a function as a process: what a single-threaded parent has imported need not be again."""

import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from portal.local import tether

_FIRST_PRIVATE = 3  # descriptors from here on are the parent's affair
_PAUSE = 0.02

POSSIBLE: Final = sys.platform == "linux"  # elsewhere system libraries may not survive a fork

if sys.platform == "linux":
    from setproctitle import setproctitle


class Forked:
    """A forked child, with the few methods of `subprocess.Popen` that a supervisor needs."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            reaped, status = os.waitpid(self.pid, os.WNOHANG)
            if reaped:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def wait(self, timeout: float | None = None) -> int:
        deadline = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if deadline is not None and time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            time.sleep(_PAUSE)
        return code


def fork(
    body: Callable[[], object],
    *,
    name: str,
    output: int,
    env: Mapping[str, str],
    directory: Path,
    death_signal: int,
    given: Collection[int] = (),
) -> Forked:
    """Run `body` in a child that dies with us; its exit code is 0, SystemExit's, or 1.

    Of our open files it has its `output` and those that are `given`.
    """
    parent = os.getpid()
    sys.stdout.flush()
    sys.stderr.flush()
    if pid := os.fork():
        return Forked(pid)
    code = 1
    try:
        _leave_parent(output, directory, given)
        os.environ.clear()
        os.environ.update(env)
        tether.tie(parent, death_signal)
        _name(name)
        body()
        code = 0
    except SystemExit as ending:
        code = ending.code if isinstance(ending.code, int) else int(ending.code is not None)
    except BaseException:  # noqa: BLE001 -- the last frame of a process: say it and go
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)  # never back into the parent's frames


def _leave_parent(output: int, directory: Path, given: Collection[int]) -> None:
    os.setsid()
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    for descriptor in [int(name) for name in os.listdir("/proc/self/fd")]:  # noqa: PTH208 -- numbers, not paths
        if descriptor >= _FIRST_PRIVATE and descriptor not in given:
            with suppress(OSError):  # the listing's own is gone already
                os.close(descriptor)
    os.chdir(directory)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # a real text stream


def _name(name: str) -> None:
    if sys.platform == "linux":
        setproctitle(f"treize: {name}")

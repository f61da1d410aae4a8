"""Start, recognise and stop server processes, and never lose one."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from portal.local import fork
from portal.local.errors import LocalError
from portal.local.identity import Identity

_TETHER = Path(__file__).with_name("tether.py")
_KERNEL_TELLS = Path("/proc/self/stat").exists()
_STATE, _BIRTH = 0, 19  # places in /proc/PID/stat, counted after the command's name
_ALWAYS_KEPT = ("PATH", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT")


class StartError(LocalError):
    """A process ended, or said nothing, before it was ready; the message holds its last words."""


def _at_once(_pid: int) -> bool:
    return True


def _never(_pid: int) -> bool:
    return False


def _nothing() -> None:
    return None


class Process(Protocol):
    """What `subprocess.Popen` and `fork.Forked` have in common."""

    pid: int

    def poll(self) -> int | None: ...
    def send_signal(self, number: int, /) -> None: ...
    def wait(self, timeout: float | None = None) -> int: ...


@dataclass(frozen=True)
class Service:
    """One long-running command: how to start it, when it is ready, which signal ends it well.

    `stuck` tells that it runs but will not serve again by itself.  `body` is the same command as a
    function of ours: where forking is safe it is called instead, and nothing is imported twice.
    `given` are the open files of ours that it has as well, by the same numbers.
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    identity: Identity = field(default_factory=Identity)
    stop_signal: signal.Signals = signal.SIGTERM
    ready: Callable[[int], bool] = _at_once
    stuck: Callable[[int], bool] = _never
    before: Callable[[], object] = _nothing
    grace_seconds: float = 15
    directory: Path = Path("/")
    body: Callable[[], object] | None = None
    given: tuple[int, ...] = ()

    def spawn(self, output: int) -> Process:
        """Start it as a child that dies with us, out of reach of the terminal's own signals."""
        self.before()
        if self.body and fork.POSSIBLE:
            return fork.fork(
                self.body,
                name=self.name,
                output=output,
                env=self.env,
                directory=self.directory,
                death_signal=self.stop_signal,
                given=self.given,
            )
        return self._execute(output)

    def _execute(self, output: int) -> "subprocess.Popen[bytes]":
        uid, gid = self.identity.uid, self.identity.gid
        tie = (os.getpid(), int(self.stop_signal), -1 if uid is None else uid, gid or 0)
        return subprocess.Popen(
            [
                *self.identity.prefix,
                *(sys.executable, "-I", "-S", str(_TETHER)),
                *(str(part) for part in tie),
                *self.argv,
            ],
            env=dict(self.env),
            cwd=self.directory,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=self.given,
        )


def launch(service: Service, log: Path, *, seconds: float = 60) -> Process:
    """Start a service and wait until it is ready; its output goes to the log."""
    with log.open("ab") as output:
        began = output.tell()
        process = service.spawn(output.fileno())
    wait_until(lambda: process.poll() is not None or service.ready(process.pid), seconds)
    if process.poll() is not None or not service.ready(process.pid):
        halt(service, process)
        said = log.read_bytes()[began:].decode(errors="replace")
        raise StartError(f"{service.name} did not start: {said[-2000:].strip()}")
    return process


def halt(service: Service, process: Process) -> None:
    """Stop a child in good order, and after its grace with its whole session; wait for it."""
    process.send_signal(service.stop_signal)
    try:
        process.wait(service.grace_seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def server_environment(home: Path) -> dict[str, str]:
    """What a server may see of ours: nothing that would change its behaviour (PGPORT, LANG…)."""
    kept = {name: os.environ[name] for name in _ALWAYS_KEPT if name in os.environ}
    return {**kept, "LC_ALL": "C.UTF-8", "HOME": str(home)}


def alive(pid: int) -> bool:
    """Whether a process with this number still runs, whoever owns it; a zombie does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    state = _kernel_field(pid, _STATE) if _KERNEL_TELLS else _shown_by_ps(pid, "stat=")
    return not state.startswith("Z")


def birth(pid: int) -> str:
    """When a process began, in words that tell it from a later bearer of its number, or ''."""
    return _kernel_field(pid, _BIRTH) if _KERNEL_TELLS else _shown_by_ps(pid, "lstart=")


def command(pid: int) -> str:
    """The command line of a process, or ''."""
    if not _KERNEL_TELLS:
        return _shown_by_ps(pid, "command=")
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ").strip()
    except OSError:
        return ""


def _kernel_field(pid: int, number: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[number]
    except (OSError, IndexError):
        return ""


def _shown_by_ps(pid: int, what: str) -> str:
    shown = subprocess.run(
        ["ps", "-ww", "-o", what, "-p", str(pid)], check=False, capture_output=True, text=True
    )
    return shown.stdout.strip()


def wait_until(condition: Callable[[], bool], seconds: float, *, pause: float = 0.02) -> bool:
    """Poll until the condition holds or the time has passed; say which."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True


def end(pid: int, stop_signal: int, *, grace_seconds: float) -> None:
    """Stop a process that may not be our child: ask, wait, then insist with its whole session."""
    try:
        os.kill(pid, stop_signal)
        if not wait_until(lambda: not alive(pid), grace_seconds):
            os.kill(pid, signal.SIGKILL)
            wait_until(lambda: not alive(pid), 5)
    except ProcessLookupError:
        return

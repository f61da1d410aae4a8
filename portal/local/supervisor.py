"""Start services in order, keep them alive, stop them in reverse order.

One thread and one loop: a child's death signal is tied to the thread that started it, and this
thread lives as long as we do.
"""

import selectors
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from portal.local.child import Child
from portal.local.console import say_as
from portal.local.process import Service, StartError, birth, end

_SOON, _CALM = 0.02, 0.5  # seconds between two looks: while waiting for something, and otherwise
_ENOUGH_ASKING = 2
_HOPELESS_DEATHS = 1
_STOPPING = (signal.SIGINT, signal.SIGTERM)


class InterruptedStartError(Exception):
    """A stop was asked for; leaving the supervisor's `with` block swallows it."""


class Supervisor:
    """Context manager around a family of services; leaving it, for any reason, stops them all.

    SIGINT, SIGTERM and SIGHUP end whatever it is doing; a second one stops asking politely.
    """

    def __init__(self, runtime: Path) -> None:
        """`runtime` holds one `NAME.pid` per child, by which a later run finds orphans."""
        self.runtime = runtime
        self._children: list[Child] = []
        self._stop_requests = 0
        self._selector = selectors.DefaultSelector()
        self._woken, self._wake = socket.socketpair()

    def __enter__(self) -> Self:
        self.runtime.mkdir(mode=0o700, parents=True, exist_ok=True)
        for end_of_pair in (self._woken, self._wake):
            end_of_pair.settimeout(0)
        self._selector.register(self._woken, selectors.EVENT_READ)
        signal.set_wakeup_fd(self._wake.fileno(), warn_on_full_buffer=False)
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup means to stay
            signal.signal(signal.SIGHUP, lambda *_: self._note_stop())
        for number in _STOPPING:
            signal.signal(number, lambda *_: self._note_stop())
        self._sweep_orphans()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        while self._children:
            self._stop(self._children.pop())
        signal.set_wakeup_fd(-1)
        for number in (*_STOPPING, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        self._selector.close()
        self._woken.close()
        self._wake.close()
        return isinstance(error, InterruptedStartError)

    def start(self, service: Service, *, seconds: float = 60) -> None:
        """Start a service and wait until it is ready; from then on it is kept alive.

        Raises StartError, with its last lines, when it ends first or takes too long.
        """
        child = self._add(service, kept=False)
        deadline = time.monotonic() + seconds
        while not service.ready(child.pid):
            if child.ended or time.monotonic() > deadline:
                self._fail(child)
            self._turn(_SOON)
        child.kept = True

    def run(self, service: Service) -> None:
        """Run a command to its end, the others kept alive; raises StartError if it fails."""
        child = self._add(service, kept=False)
        while not child.ended:
            self._turn(_SOON)
        if child.process.poll() != 0:
            self._fail(child)
        self._children.remove(child)
        child.forget()

    def wait_for(self, condition: Callable[[], bool], *, seconds: float) -> bool:
        """Keep everything alive until the condition holds; False when the time passed first.

        Raises StartError when a child keeps dying meanwhile.
        """
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                return False
            self._turn(_SOON)
            for child in self._children:
                if child.quick_deaths > _HOPELESS_DEATHS:
                    self._fail(child)
        return True

    def keep_alive(self) -> None:
        """Keep everything alive until somebody asks to stop."""
        while True:
            self._turn(_CALM)

    def _add(self, service: Service, *, kept: bool) -> Child:
        child = Child(service, self.runtime, self._selector, kept=kept)
        self._children.append(child)
        return child

    def _fail(self, child: Child) -> None:
        self._pump(0)
        ending = child.how_it_ended if child.ended else "still not ready"
        raise StartError("\n".join([f"{child.service.name}: {ending}", *child.last_lines]))

    def _turn(self, pause: float) -> None:
        self._pump(pause)
        if self._stop_requests:
            raise InterruptedStartError
        for child in self._children:
            if child.kept:
                child.revive()

    def _pump(self, pause: float) -> None:
        for key, _ in self._selector.select(pause):
            if isinstance(key.data, Child):
                key.data.read()
            else:
                self._woken.recv(512)

    def _note_stop(self) -> None:
        self._stop_requests += 1

    def _stop(self, child: Child) -> None:
        child.ask_to_stop()
        asked, deadline = self._stop_requests, time.monotonic() + child.service.grace_seconds
        while not child.ended:
            self._pump(_SOON)
            if self._stop_requests >= max(asked + 1, _ENOUGH_ASKING) or time.monotonic() > deadline:
                child.kill()
        child.forget()

    def _sweep_orphans(self) -> None:
        for note in sorted(self.runtime.glob("*.pid")):
            pid, _, began = note.read_text().partition(" ")
            if began and birth(int(pid)) == began:
                say_as(note.stem, f"left over from an earlier run (pid {pid}): stopped")
                end(int(pid), signal.SIGINT, grace_seconds=5)
            note.unlink()

"""One supervised process: its output by lines, its deaths, its next start."""

import os
import selectors
import signal
import time
from pathlib import Path

from portal.local.console import say_as
from portal.local.process import Process, Service, birth

_STEADY_SECONDS = 20  # a child that lived this long may come back at once
_STUCK_SECONDS = 3
_LONGEST_PAUSE = 10.0
_CHUNK = 65536
_REMEMBERED_LINES = 20


class Child:
    """A service and the process that currently serves it, if any.

    `kept` says whether it is started again when it dies.
    """

    def __init__(
        self, service: Service, runtime: Path, selector: selectors.BaseSelector, *, kept: bool
    ) -> None:
        self.service = service
        self.kept = kept
        self.last_lines: list[str] = []
        self._note = runtime / f"{service.name}.pid"
        self._selector = selector
        self._unfinished = b""
        self.quick_deaths = 0
        self._due: float | None = None
        self._spawn()

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    def _spawn(self) -> None:
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        try:
            self.process: Process = self.service.spawn(writing)
        finally:
            os.close(writing)
        self._output = reading
        self._selector.register(reading, selectors.EVENT_READ, self)
        self._started = self._stuck_since = time.monotonic()
        self._note.write_text(f"{self.pid} {birth(self.pid)}")

    def read(self) -> None:
        """Pass on the complete lines that wait in the pipe; the end of output closes it."""
        try:
            chunk = os.read(self._output, _CHUNK)
        except BlockingIOError:
            return
        *lines, self._unfinished = (self._unfinished + chunk).split(b"\n")
        if not chunk:
            self._close()
        for line in lines:
            self._pass_on(line)

    def _pass_on(self, line: bytes) -> None:
        text = line.decode(errors="replace").rstrip()
        self.last_lines = [*self.last_lines[-_REMEMBERED_LINES:], text]
        say_as(self.service.name, text)

    def _close(self) -> None:
        if self._output < 0:
            return
        self._selector.unregister(self._output)
        os.close(self._output)
        self._output = -1
        if self._unfinished:
            self._pass_on(self._unfinished)
            self._unfinished = b""

    def revive(self) -> None:
        """Start a dead child again: at once after a steady life, ever later after quick deaths."""
        now = time.monotonic()
        if not self.ended:
            self._unstick(now)
            return
        if self._due is None:
            steady = now - self._started > _STEADY_SECONDS
            self.quick_deaths = 0 if steady else self.quick_deaths + 1
            pause = 0.0 if steady else min(_LONGEST_PAUSE, 0.1 * 2**self.quick_deaths)
            self._due = now + pause
            say_as(self.service.name, f"ended ({self.how_it_ended}), starts again in {pause:.1f} s")
        if now >= self._due:
            self._due = None
            self._close()
            self._spawn()

    def _unstick(self, now: float) -> None:
        if not self.service.stuck(self.pid):
            self._stuck_since = now
        elif now - self._stuck_since > _STUCK_SECONDS:
            self._stuck_since = now
            say_as(self.service.name, "does not serve any more: stopped")
            self.ask_to_stop()

    @property
    def how_it_ended(self) -> str:
        code = self.process.poll() or 0
        return signal.Signals(-code).name if code < 0 else f"exit {code}"

    def ask_to_stop(self) -> None:
        if not self.ended:
            self.process.send_signal(self.service.stop_signal)

    def kill(self) -> None:
        """No more asking: the process and all it started in its session's first group."""
        if not self.ended:
            say_as(self.service.name, "does not stop: killed")
            os.killpg(self.pid, signal.SIGKILL)
            self.process.wait()

    def forget(self) -> None:
        """Last words, and no trace in the runtime directory."""
        while self._output >= 0 and self._has_words():
            self.read()
        self._close()
        self._note.unlink(missing_ok=True)

    def _has_words(self) -> bool:
        return any(key.data is self for key, _ in self._selector.select(0))

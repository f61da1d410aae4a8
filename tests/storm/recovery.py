"""How long what was begun and broken off waits until it is done: by looking, again and again."""

import time
import uuid
from collections.abc import Iterable
from typing import Final

#: Seconds, as promised: a lease, and a sweep.  A backlog is no part of it: that waits its turn.
PROMISED: Final = 360


class Watch:
    """Of each piece of work that was once seen in somebody's hands: since when it is open.

    ``longest`` counts from the first look that found it there to the first that found it done;
    put down in between, by a worker that failed or a Valkey that forgot, it is still counted.
    """

    def __init__(self) -> None:
        self._since: dict[uuid.UUID, float] = {}
        self.longest = 0.0
        #: Which piece of work that was.
        self.slowest: uuid.UUID | None = None

    def look(self, in_hand: Iterable[uuid.UUID], still_open: Iterable[uuid.UUID]) -> None:
        self._close(self._since.keys() - set(still_open))
        now = time.monotonic()
        for each in in_hand:
            self._since.setdefault(each, now)

    def end(self) -> float:
        """The longest of all, what is still open at the end among it."""
        self._close({*self._since})
        return self.longest

    def _close(self, over: Iterable[uuid.UUID]) -> None:
        now = time.monotonic()
        for each in over:
            took = now - self._since.pop(each)
            if took > self.longest:
                self.longest, self.slowest = took, each

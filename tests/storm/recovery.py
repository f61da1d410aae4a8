"""How long what was begun and broken off waits until it is done: by looking, again and again."""

import time
import uuid
from collections.abc import Iterable
from typing import Final

#: Seconds, as promised: a lease, and a sweep.  A backlog is no part of it: that waits its turn.
PROMISED: Final = 360


class Watch:
    """Of each piece of work that somebody began: since when it is seen open.

    ``longest`` counts from the first look that found it begun to the first that found it done.
    """

    def __init__(self) -> None:
        self._since: dict[uuid.UUID, float] = {}
        self.longest = 0.0
        #: Seen open at more than one look: broken off, or slow.
        self.seen = 0

    def look(self, begun: Iterable[uuid.UUID]) -> None:
        now, still = time.monotonic(), set(begun)
        for each in self._since.keys() - still:
            self.longest = max(self.longest, now - self._since.pop(each))
        self.seen += len(still & self._since.keys())
        for each in still:
            self._since.setdefault(each, now)

    def end(self) -> float:
        """The longest of all, what is still open at the end among it."""
        now = time.monotonic()
        return max([self.longest, *(now - began for began in self._since.values())])

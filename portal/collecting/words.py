"""Words for what collections and requests have become."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Final

from portal.collecting.models import Collector, RequestState
from portal.collecting.queries import Line
from portal.collecting.recurring_queries import State
from portal.evidence.models import State as FileState

COLLECTORS: Final[Mapping[Collector, str]] = {
    Collector.COLLEAGUE: "a colleague",
    Collector.ESTABLISHMENT: "the establishment",
    Collector.SUPPLIER: "a supplier",
}
STATES: Final[Mapping[State, str]] = {
    State.LIVE: "running",
    State.LATE: "late",
    State.OPEN: "to collect",
    State.RECEIVED: "received, to read",
    State.COMING: "to come",
    State.PAUSED: "paused",
    State.STOPPED: "stopped",
}


class Seen(StrEnum):
    """What a request is to whoever looks at the list."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    REVOKED = "revoked"
    REJECTED = "rejected"
    EXAMINED = "examined"
    TO_READ = "to_read"
    LATE = "late"
    AWAITED = "awaited"


REQUEST_STATES: Final[Mapping[Seen, str]] = {
    Seen.ACCEPTED: "accepted",
    Seen.REFUSED: "refused",
    Seen.REVOKED: "called off",
    Seen.REJECTED: "file rejected by its examination",
    Seen.EXAMINED: "received, being examined",
    Seen.TO_READ: "to be read",
    Seen.LATE: "out of time",
    Seen.AWAITED: "awaited",
}


def request_state(line: Line, today: date) -> Seen:
    state = line.request.state
    if state is RequestState.DEPOSITED and line.came is not None:
        return _file_state(line.came.state)
    if state is RequestState.OPEN:
        return Seen.LATE if line.request.due_on < today else Seen.AWAITED
    return Seen(state.value)


def _file_state(state: FileState) -> Seen:
    if state is FileState.REJECTED:
        return Seen.REJECTED
    return Seen.TO_READ if state is FileState.READY else Seen.EXAMINED

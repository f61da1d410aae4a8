"""What keeps the messages of requests from leaving, told where they were asked."""

import uuid
from collections.abc import Iterable

from portal.collecting.models import FileRequest, RequestState
from portal.collecting.service import SEND
from portal.kit import delays
from portal.kit.delays import Delay


def delayed(rows: Iterable[FileRequest]) -> dict[uuid.UUID, Delay]:
    """By id, of those that still wait for a file."""
    waiting = {row.message_key: row.id for row in rows if row.state is RequestState.OPEN}
    found = delays.of(SEND, [*waiting])
    return {waiting[key]: delay for key, delay in found.items()}

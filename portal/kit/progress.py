"""How far long work has got.  Kept in Valkey: losing it loses a progress bar, never work."""

import json
import uuid
from dataclasses import asdict, dataclass

from flask import current_app
from redis import Redis, RedisError

_TTL = 3600


@dataclass(frozen=True)
class Progress:
    """``total`` is 0 while it is unknown; ``lines`` is for work that reads a file."""

    done: int = 0
    total: int = 0
    lines: int = 0

    @property
    def percent(self) -> int | None:
        return min(100, self.done * 100 // self.total) if self.total else None


def _valkey() -> Redis:
    valkey: Redis = current_app.extensions["valkey"]
    return valkey


def _key(work_id: uuid.UUID) -> str:
    return f"progress:{work_id}"


def report(work_id: uuid.UUID, done: int, total: int = 0, lines: int = 0) -> None:
    """Tell whoever watches; silent when Valkey is away, since the work itself goes on."""
    try:
        _valkey().set(_key(work_id), json.dumps(asdict(Progress(done, total, lines))), ex=_TTL)
    except RedisError:
        return


def of(work_id: uuid.UUID) -> Progress:
    try:
        value = _valkey().get(_key(work_id))
    except RedisError:
        return Progress()
    return Progress(**json.loads(str(value, "utf-8"))) if isinstance(value, bytes) else Progress()

"""Count the SQL statements of a piece of work."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

_OPENING = ("SAVEPOINT", "RELEASE", "ROLLBACK", "SELECT set_config")


@contextmanager
def counted(*, spared: tuple[str, ...] = _OPENING) -> Iterator[list[str]]:
    """The statements sent while the block runs; what opens a transaction does not count.

    Unless nothing is ``spared``.
    """
    sent: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(spared):
            sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)

"""Where the current tenant's journal ended, each time the log noted it."""

from collections.abc import Sequence

from sqlalchemy import func, select

from portal.audit.chain import Head
from portal.publiclog.models import LogEntry, LogHead
from portal.publiclog.service import head_told, sealed_entry
from tenants.db import db

#: Entries looked for at a time.
_AT_ONCE = 1_000


def heads(*, after: int = 0, until: int | None = None) -> list[Head]:
    """Those behind one position and as far as another, as the rows beside the log say."""
    return [Head(row.position, bytes(row.digest)) for row in _rows(after, until)]


def count() -> int:
    """How often it was noted."""
    return db.session.scalar(select(func.count()).select_from(LogHead)) or 0


def unlogged(*, after: int = 0, until: int | None = None) -> Head | None:
    """The first of them that the log does not know: that row was made, or changed, since."""
    rows = _rows(after, until)
    for start in range(0, len(rows), _AT_ONCE):
        part = {_entry(row): row for row in rows[start : start + _AT_ONCE]}
        asked = select(LogEntry.entry).where(LogEntry.entry.in_(list(part)))
        logged = {bytes(entry) for entry in db.session.scalars(asked)}
        for entry, row in part.items():
            if entry not in logged:
                return Head(row.position, bytes(row.digest))
    return None


def _rows(after: int, until: int | None) -> Sequence[LogHead]:
    asked = select(LogHead).where(LogHead.position > after).order_by(LogHead.position)
    if until is not None:
        asked = asked.where(LogHead.position <= until)
    return db.session.scalars(asked).all()


def _entry(row: LogHead) -> bytes:
    return sealed_entry(bytes(row.salt), head_told(row.position, bytes(row.digest)))

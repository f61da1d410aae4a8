"""Where the current tenant's journal ended, each time the log noted it."""

from collections.abc import Sequence

from sqlalchemy import select

from portal.audit.chain import Head
from portal.publiclog.models import LogEntry, LogHead
from portal.publiclog.service import head_told, sealed_entry
from tenants.db import db

#: Entries looked for at a time.
_AT_ONCE = 1_000


def heads() -> list[Head]:
    """In their order, as the rows beside the log say."""
    return [Head(row.position, bytes(row.digest)) for row in _rows()]


def unlogged() -> Head | None:
    """The first of them that the log does not know: that row was made, or changed, since."""
    rows = _rows()
    for start in range(0, len(rows), _AT_ONCE):
        part = {_entry(row): row for row in rows[start : start + _AT_ONCE]}
        asked = select(LogEntry.entry).where(LogEntry.entry.in_(list(part)))
        logged = {bytes(entry) for entry in db.session.scalars(asked)}
        for entry, row in part.items():
            if entry not in logged:
                return Head(row.position, bytes(row.digest))
    return None


def _rows() -> Sequence[LogHead]:
    return db.session.scalars(select(LogHead).order_by(LogHead.position)).all()


def _entry(row: LogHead) -> bytes:
    return sealed_entry(bytes(row.salt), head_told(row.position, bytes(row.digest)))

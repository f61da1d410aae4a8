"""What undoing an import would do to one establishment, in sentences."""

from typing import Any

from portal.fleet.importer import words
from tenants.db import AnyRow


def said(row: AnyRow) -> list[str]:
    """Why it is left alone, or each field that comes back: what it is, what it was."""
    if row.why:
        return [words.held(row.why)]
    if row.way == "removed":
        return []
    return [
        words.change(name, _text(row.now.get(name)), _text(row.before.get(name)))
        for name in words.FIELDS
        if row.now.get(name) != row.before.get(name)
    ]


def _text(value: Any) -> str:
    return "" if value is None else str(value)

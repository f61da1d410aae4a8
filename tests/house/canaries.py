"""Words and ids by which a row is known wherever it shows: each value of a lane is there once."""

import io
import re
import uuid
import zipfile
from collections.abc import Iterable

from werkzeug.test import TestResponse

from tests.house.rows import Lane

_TEXT = re.compile(r"text \d+")
_MARK = re.compile(r"text \d+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def marks(lane: Lane) -> set[str]:
    """What tells that something comes from one of the lane's rows."""
    values = (value for row in lane.rows.values() for value in row.values())
    return {
        str(value)
        for value in values
        if isinstance(value, uuid.UUID) or (isinstance(value, str) and _TEXT.fullmatch(value))
    }


def of(lane: Lane, *, but: Iterable[Lane] = ()) -> set[str]:
    """The lane's own, without what it shares with others."""
    return marks(lane).difference(*(marks(other) for other in but))


def shown(answer: TestResponse) -> set[str]:
    """Every mark in a page, a file or an archive, and in where it leads."""
    said = answer.data.decode(errors="replace") + "\n".join(map(str, answer.headers.values()))
    if answer.mimetype == "application/zip":
        with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
            said += "".join(
                archive.read(name).decode(errors="replace") for name in archive.namelist()
            )
    return set(_MARK.findall(said))

"""Lists as files that a spreadsheet opens as they are: UTF-8 with its mark, semicolons.

Decimals follow the reader's language: a French spreadsheet takes « 1.5 » for a day of May.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from flask import Response

from portal.kit.i18n import locale
from portal.kit.streams import streamed

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def cell(value: Any, language: str = "") -> Any:
    """The value, defused where a spreadsheet would take text for a formula (CWE-1236)."""
    if isinstance(value, float) and language == "fr":
        return str(value).replace(".", ",")
    if isinstance(value, str) and value.startswith(_FORMULA):
        return "'" + value
    return "" if value is None else value


def lines(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """The file, line by line, so that a long list never stands in memory whole."""
    buffer, language = io.StringIO(), locale()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    buffer.write("\ufeff")
    writer.writerow(head)
    for row in rows:
        writer.writerow([cell(value, language) for value in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


def attachment(name: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    """The answer that downloads the list as ``name``."""
    return Response(
        streamed(lines(head, rows)),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )

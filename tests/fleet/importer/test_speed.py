"""A national file is read quickly and without growing."""

import io
import tracemalloc

from portal.fleet.importer import opening, selection
from tests.fleet.importer.samples import METADATA, etalab_line, text

LINES = 20_000


def test_memory_does_not_follow_the_size_of_the_file() -> None:
    line = etalab_line()
    data = text([METADATA, *[line] * LINES])
    stream = io.BytesIO(data)
    tracemalloc.start()

    read = sum(1 for _ in selection.unique(opening.opened(stream, len(data)).structures()))

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert read == LINES
    assert peak < 4_000_000

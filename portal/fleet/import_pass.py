"""One pass over a file, in constant memory: to preview it, or to write it."""

import io
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import chain, islice

from portal.fleet import import_queries, import_writes
from portal.fleet.importer import plan, selection
from portal.fleet.importer.opening import Opened
from portal.fleet.importer.records import Outcome, StructureRecord
from portal.fleet.importer.selection import Wanted
from portal.fleet.importer.tally import Tally

BATCH = 500


@dataclass(frozen=True)
class Pass:
    """How a file is walked: which import writes it, if any, and who is told of each batch."""

    today: date
    writing: uuid.UUID | None
    progress: Callable[[int, int], None]


def listed(text: str) -> Wanted:
    """The wanted numbers of a pasted or uploaded list."""
    return selection.wanted(io.BytesIO(text.encode()))


def walk(opened: Opened, wanted: Wanted | None, tally: Tally, how: Pass) -> None:
    """Decide, write if asked, and tally every line. Raises `FileRefused` where the file breaks."""
    for batch in _batches(_outcomes(opened, wanted)):
        numbers = [it.finess for it in batch if isinstance(it, StructureRecord)]
        known = import_queries.known(numbers, lock=how.writing is not None) if numbers else {}
        steps = [
            plan.step(it, known.get(it.finess or ""), today=how.today, listed=wanted is not None)
            for it in batch
        ]
        if how.writing:
            import_writes.keep(steps, how.writing)
        for step in steps:
            tally.take(step)
        how.progress(opened.bytes_read, opened.size)


def _outcomes(opened: Opened, wanted: Wanted | None) -> Iterator[Outcome]:
    found: Iterable[Outcome] = opened.structures()
    if wanted is not None:
        found = chain(wanted.refused, selection.selected(found, wanted))
    return selection.unique(found)


def _batches(outcomes: Iterator[Outcome]) -> Iterator[list[Outcome]]:
    while batch := list(islice(outcomes, BATCH)):
        yield batch

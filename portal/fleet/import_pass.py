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

#: Lines written by one set of statements; each of them may read the whole fleet to find its rows.
BATCH = 2_000
#: Structures between two tellings: most of a national file concerns nobody's fleet.
TOLD_EVERY = 2_000
#: A file of so many structures is the country, of which FINESS counts about a hundred thousand.
NATIONAL = 50_000


@dataclass(frozen=True)
class Pass:
    """How a file is walked: which import writes it, if any, and who is told how far it got.

    `progress` is given the bytes read, the bytes of the file, and the structures read.
    """

    today: date
    writing: uuid.UUID | None
    progress: Callable[[int, int, int], None]


@dataclass(slots=True)
class _Passage:
    """What has gone by: how many structures, and which numbers of the fleet have not yet."""

    unseen: set[str]
    read: int = 0

    def watch(self, outcomes: Iterable[Outcome], tell: Callable[[int], None]) -> Iterator[Outcome]:
        for outcome in outcomes:
            self.read += 1
            if outcome.finess:
                self.unseen.discard(outcome.finess)
            if self.read % TOLD_EVERY == 0:
                tell(self.read)
            yield outcome


def listed(text: str) -> Wanted:
    """The wanted numbers of a pasted or uploaded list."""
    return selection.wanted(io.BytesIO(text.encode()))


def walk(opened: Opened, wanted: Wanted | None, tally: Tally, how: Pass) -> None:
    """Decide, write if asked, and tally every line. Raises `FileRefused` where the file breaks."""
    passage = _Passage(import_queries.open_numbers(how.today))

    def tell(read: int) -> None:
        how.progress(opened.bytes_read, opened.size, read)

    watched = passage.watch(opened.structures(), tell)
    for batch in _batches(_outcomes(watched, wanted)):
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
        tell(passage.read)
    tell(passage.read)
    if wanted is not None or passage.read >= NATIONAL:
        _name_missing(passage.unseen, tally)


def _name_missing(numbers: Iterable[str], tally: Tally) -> None:
    """Those of the fleet that the whole country's file does not know: told, never closed."""
    waiting = iter(sorted(numbers))
    while batch := list(islice(waiting, BATCH)):
        known = import_queries.known(batch, lock=False)
        for finess in batch:
            if finess in known:
                tally.take(plan.missing(known[finess]))


def _outcomes(found: Iterable[Outcome], wanted: Wanted | None) -> Iterator[Outcome]:
    if wanted is not None:
        found = chain(wanted.refused, selection.selected(found, wanted))
    return selection.unique(found)


def _batches(outcomes: Iterator[Outcome]) -> Iterator[list[Outcome]]:
    while batch := list(islice(outcomes, BATCH)):
        yield batch

"""Looking at an archive that was brought: first whether it holds together, then at each file.

Two works, so that the second finds again where it was to put what it examines.
"""

import tempfile
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import PurePosixPath
from typing import IO, Any, Final

from portal.attestations import queries as attestations
from portal.evidence import intake
from portal.kit import outbox, progress, storage
from portal.kit.canonical import sha256_hex
from portal.leaving import opening, queries, receiving
from portal.leaving.models import PriorRecord, PriorState
from portal.leaving.opening import Flaw, Opened, Unfit
from portal.leaving.record import Chapter, Record
from portal.vault import clamd, jail, sealed
from portal.vault.checks import kinds
from portal.vault.checks.examination import Examined
from portal.vault.checks.verdict import Failed, Reason

_IN_MEMORY: Final = 8_000_000
#: In bytes: a journal of years.
LARGEST_DATA: Final = 500_000_000
#: The lists of a chapter whose length the preview tells.
COUNTED: Final = (
    "evidence", "attestations", "briefs", "audits", "contests", "assessments", "actions",
)  # fmt: skip
_JSON: Final = "application/json"


def check(prior_id: uuid.UUID, *, at: datetime) -> None:
    """Whether it holds together, and what it tells; done before, nothing."""
    found = queries.prior(prior_id, lock=True)
    if found.state is not PriorState.CHECKING:
        return
    try:
        told = _told(found)
    except Unfit as unfit:
        receiving.refuse(found, unfit, at=at)
    else:
        receiving.read(found, told, at=at)


def _told(found: PriorRecord) -> dict[str, Any]:
    """What the archive tells.  Raises :class:`Unfit`."""
    with _spooled(found.file_key) as file:
        told = opening.opened(file, _telling(found.id))
        record = opening.record_for(told, queries.finess(found.establishment_id))
        manifest = sha256_hex(told.manifest.to_json())
        if queries.is_kept(found.establishment_id, manifest):
            raise Unfit(Flaw.TWICE)
        return {
            "provider_name": record.chapters[0].provider.name,
            "made_at": record.made_at,
            "manifest_sha256": manifest,
            "counts": counts(record),
            "plan": [{**it, "key": sealed.new_key()} for it in _wanted(told, record)],
            "record": record.to_json().decode(),
        }


def examine(prior_id: uuid.UUID, held: outbox.Lease, scanner: clamd.Scanner | None) -> None:
    """Put each file where it was planned, once it has passed what any deposit passes."""
    found = queries.prior(prior_id, lock=True)
    if found.state is not PriorState.EXAMINING:
        return
    with _spooled(found.file_key) as file:
        told = opening.reopened(file)
        plan = []
        for done, it in enumerate(found.plan):
            progress.report(prior_id, done, len(found.plan))
            plan.append({**it, **_outcome(told, it, held, scanner)})
    receiving.examined(found, plan)


def counts(record: Record) -> dict[str, Any]:
    """What the archive would bring, in numbers, over all of its chapters."""
    told: Counter[str] = Counter()
    for chapter in record.chapters:
        told["requirements"] += sum(it.status != "unknown" for it in chapter.requirements)
        told["verdicts"] += sum(it.verdict.word != "none" for it in chapter.requirements)
        for name in COUNTED:
            told[name] += len(getattr(chapter, name))
    days = [it.since for one in record.chapters for req in one.requirements for it in req.history]
    return {
        **told,
        "since": min(days).isoformat() if days else None,
        "providers": [chapter.provider.name for chapter in record.chapters],
    }


def _wanted(told: Opened, record: Record) -> Iterator[dict[str, Any]]:
    """The files that the record points to, each place once."""
    seen: set[str] = set()
    for chapter in record.chapters:
        for place, name in _places(chapter):
            if place not in seen:
                seen.add(place)
                known = attestations.issued_as(told.digests[place]) is not None
                yield {"place": place, "name": intake.clean_name(name), "known": known}


def _places(chapter: Chapter) -> Iterator[tuple[str, str]]:
    named = {it.file: it.file_name for it in chapter.evidence if it.file and it.file_name}
    for place in [*chapter.files(), *([chapter.journal] if chapter.journal else [])]:
        yield place, named.get(place) or PurePosixPath(place).name


def _outcome(
    told: Opened, it: dict[str, Any], held: outbox.Lease, scanner: clamd.Scanner | None
) -> dict[str, Any]:
    """What comes of one file: where it is ``taken``, it lies under its key."""
    extension = kinds.extension_of(it["place"])
    storage.current().delete(it["key"])  # what an examination that died may have left
    if extension == "json":
        return _kept(it["key"], told.pieces(it["place"]), LARGEST_DATA, _JSON)
    try:
        examined = _examined(told, it["place"], extension, held, scanner)
    except Failed as failure:
        return {"fate": "refused", "reason": failure.reason.value}
    content = examined.rewritten or told.whole(it["place"])
    kept = _kept(it["key"], content, kinds.LIMIT, kinds.TYPES[extension])
    return {**kept, "fate": "held" if examined.hints else "taken", "hints": examined.hints}


def _examined(
    told: Opened, place: str, extension: str, held: outbox.Lease, scanner: clamd.Scanner | None
) -> Examined:
    if extension not in kinds.TYPES:
        raise Failed(Reason.UNKNOWN_KIND)
    if told.size(place) > kinds.LIMIT:
        raise Failed(Reason.TOO_LARGE)
    if held.recovered and held.attempt >= outbox.MAX_ATTEMPTS:
        raise Failed(Reason.UNFINISHED)  # whoever tried it died
    content = told.whole(place)
    examined = jail.examine(extension, content)
    if scanner is not None and scanner.finds([content]) is not None:
        raise Failed(Reason.VIRUS)
    return examined


def _kept(key: str, content: storage.Source, limit: int, media_type: str) -> dict[str, Any]:
    stored = sealed.put(key, content, limit=limit)
    return {
        "fate": "taken",
        "size": stored.size,
        "sha256": stored.sha256,
        "media_type": media_type,
    }


@contextmanager
def _spooled(key: str) -> Iterator[IO[bytes]]:
    """The archive as a file that one can seek in, and that vanishes."""
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as file:
        for piece in sealed.open_plain(key):
            file.write(piece)
        yield file


def _telling(prior_id: uuid.UUID) -> Callable[[int, int], None]:
    return lambda done, total: progress.report(prior_id, done, total)

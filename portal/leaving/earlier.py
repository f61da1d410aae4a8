"""What was taken over goes along when the record leaves again, under the names of its keepers."""

import uuid
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from portal.leaving import queries
from portal.leaving.papers import Attestation, Audit, Evidence
from portal.leaving.record import Chapter, Record


def chapters(establishment_id: uuid.UUID, there: Collection[str]) -> Iterator[Chapter]:
    """The latest first; ``there`` are the places of the files that go along."""
    for prior in queries.kept(establishment_id):
        record = Record.from_json((prior.record or "").encode())
        digests = {it.place: it.sha256 for it in queries.files(prior.id) if it.place in there}
        for chapter in record.chapters:
            yield _settled(chapter, digests)


def _settled(chapter: Chapter, digests: Mapping[str, str]) -> Chapter:
    """With the files that are still there, as they are: one that was refused is told without."""
    return replace(
        chapter,
        evidence=tuple(_proof(it, digests) for it in chapter.evidence),
        attestations=tuple(_attestation(it, digests) for it in chapter.attestations),
        audits=tuple(_audit(it, digests) for it in chapter.audits),
        briefs=tuple(it if it.file in digests else replace(it, file=None) for it in chapter.briefs),
        journal=chapter.journal if chapter.journal in digests else None,
    )


def _proof(it: Evidence, digests: Mapping[str, str]) -> Evidence:
    """An image was written anew when it came: its digest is that of what is there."""
    if it.file is None:
        return it
    if it.file not in digests:
        return replace(it, file=None)
    return replace(it, sha256=digests[it.file])


def _attestation(it: Attestation, digests: Mapping[str, str]) -> Attestation:
    return replace(
        it,
        file=it.file if it.file in digests else None,
        data=it.data if it.data in digests else None,
    )


def _audit(it: Audit, digests: Mapping[str, str]) -> Audit:
    if it.report is None or it.report.file in digests:
        return it
    return replace(it, report=replace(it.report, file=None))

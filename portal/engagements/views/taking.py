"""The files of a room on their way into its archive: each is checked, then logged, then sent."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from portal.audit import service as audit
from portal.engagements.views.lasting import look
from portal.evidence import ownership, packing
from portal.evidence import queries as evidence
from portal.evidence.custody import Kept
from portal.evidence.models import Kind
from portal.kit.archive import Content
from portal.kit.transactions import keep
from tenants.http import current_actor
from tenants.roles import Role

Room = Sequence[dict[str, Any]]
#: Files that are checked, and logged, before the first of them is sent.
AT_ONCE: Final = 20


@dataclass
class Taking:
    """An archive that is being taken away; ``there`` are the names of what went into it."""

    engagement_id: uuid.UUID
    title: str
    there: set[str] = field(default_factory=set)

    def noting(self, entries: Iterator[tuple[str, Content]]) -> Iterator[tuple[str, Content]]:
        for name, content in entries:
            self.there.add(name)
            yield name, content

    def files(self, places: Room) -> Iterator[tuple[str, Content]]:
        """What proved there or was handed over, each once; what is no more as deposited is not."""
        wanted = _wanted(places)
        names = list(wanted)
        for start in range(0, len(names), AT_ONCE):
            look(self.engagement_id)
            sound = list(_sound({name: wanted[name] for name in names[start : start + AT_ONCE]}))
            self._note([wanted[name] for name, _ in sound])
            yield from self.noting((name, packing.opened(kept)) for name, kept in sound)

    def tell(self, places: Room, *, downloads: bool) -> None:
        """Name no file that is not in the archive, and say why: ``absent`` in its data."""
        for place in places:
            for proof in told_of(place):
                proof["absent"] = self._absent(proof, downloads=downloads)
                if proof["absent"]:
                    proof["file"] = None
            report = place["report"]
            if report and report["file"] not in self.there:
                report.update(file=None, data=None)

    def _absent(self, proof: Mapping[str, Any], *, downloads: bool) -> str | None:
        """``withheld``: not for whoever takes it; ``rules``: of the audit; ``lost``: not whole."""
        if proof["withheld"]:
            return "withheld"
        if proof["file"] is None or proof["file"] in self.there:
            return None
        return "lost" if downloads else "rules"

    def _note(self, taken: Sequence["_Wanted"]) -> None:
        """Log it when an auditor takes them, for each establishment that they were shown at."""
        actor = current_actor()
        if actor.role is not Role.AUDITOR or not taken:
            return
        digests: dict[uuid.UUID, list[str]] = {}
        for one in taken:
            for place in one.places:
                digests.setdefault(place, []).append(one.sha256)
        audit.record_all(
            actor,
            "engagement.downloaded",
            [
                audit.Deed(
                    "engagement", self.engagement_id, place,
                    details={"name": self.title, "files": files},
                )
                for place, files in digests.items()
            ],
        )  # fmt: skip
        keep()


@dataclass
class _Wanted:
    """A file that is named in the archive, and where it was shown."""

    evidence_id: uuid.UUID
    sha256: str
    places: set[uuid.UUID] = field(default_factory=set)


def told_of(place: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What the data of an archive tell of each proof there, handed over ones included."""
    for line in place["requirements"]:
        yield from line["proofs"]
    for one in place["requests"]:
        if one["proof"]:
            yield one["proof"]


def _wanted(places: Room) -> Mapping[str, _Wanted]:
    found: dict[str, _Wanted] = {}
    for place in places:
        for proof in told_of(place):
            if proof["file"]:
                new = _Wanted(uuid.UUID(proof["id"]), proof["sha256"])
                found.setdefault(proof["file"], new).places.add(uuid.UUID(place["id"]))
    return found


def _sound(wanted: Mapping[str, _Wanted]) -> Iterator[tuple[str, Kept]]:
    for name, one in wanted.items():
        file = evidence.evidence(one.evidence_id)
        opens = ownership.may_open(current_actor(), file)
        if opens and file.kind is Kind.FILE and file.file_key is not None:
            kept = Kept(one.evidence_id, file.file_key, file.file_size or 0, one.sha256)
            if packing.is_whole(kept):
                yield name, kept

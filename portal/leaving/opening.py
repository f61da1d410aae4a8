"""An archive that somebody brings: opened, and believed only where it holds together to the byte.

Nothing is unpacked to a disk.  Every member is read to its end once, for its digest; what is said
in one place must be said in the others.
"""

import hashlib
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import IO, Final

from portal.kit.archive import SUMS
from portal.leaving.manifest import MANIFEST, Listed, Manifest
from portal.leaving.record import BadRecord, Record
from portal.vault.checks import zips
from portal.vault.checks.verdict import Failed, Reason
from portal.vault.checks.zips import Caps

#: In bytes: what somebody may upload.
LARGEST: Final = 500_000_000
CAPS: Final = Caps(entries=10_000, unpacked=2_000_000_000)
#: In bytes: what is read whole into memory.
LARGEST_TOLD: Final = 64_000_000
_OFFICE: Final = (".docx", ".xlsx", ".odt", ".ods")


class Flaw(StrEnum):
    """Why an archive is not taken; a container's own flaws are told by ``Reason``."""

    NOT_ZIP = "not_zip"
    NO_MANIFEST = "no_manifest"
    BAD_MANIFEST = "bad_manifest"
    MISSING = "missing"
    ALTERED = "altered"
    ADDED = "added"
    SUMS_DIFFER = "sums_differ"
    BAD_RECORD = "bad_record"
    CONTRADICTS = "contradicts"
    NO_FINESS = "no_finess"
    OTHER_PLACE = "other_place"
    TWICE = "twice"


class Unfit(Exception):
    """The archive is not taken; ``values`` fill its sentence (``portal.leaving.words``)."""

    def __init__(self, flaw: Flaw | Reason, **values: str) -> None:
        super().__init__(flaw.value)
        self.flaw = flaw
        self.values = values


@dataclass(frozen=True)
class Opened:
    """An archive that holds together: its manifest, and its members to be read."""

    manifest: Manifest
    digests: Mapping[str, str]
    _archive: zipfile.ZipFile

    def pieces(self, place: str) -> Iterator[bytes]:
        """A member's content."""
        return zips.unpacked(self._archive, self._archive.getinfo(place))

    def size(self, place: str) -> int:
        """In bytes, as it was found to be."""
        return self._archive.getinfo(place).file_size

    def whole(self, place: str) -> bytes:
        """One that is not larger than it may be."""
        return _whole(self._archive, place)


def opened(file: IO[bytes], tell: Callable[[int, int], None]) -> Opened:
    """Raises :class:`Unfit`.  ``tell`` is told how many bytes of how many were compared."""
    archive = _container(file)
    names = [member.orig_filename for member in archive.infolist()]
    manifest = _manifest(archive, names)
    digests = {it.path: it.sha256 for it in manifest.files}
    _compare_names(names, digests)
    _compare_sums(archive, digests)
    _compare_content(archive, manifest, tell)
    return Opened(manifest, digests, archive)


def reopened(file: IO[bytes]) -> Opened:
    """The same, once it was found to hold together: nothing is compared again."""
    archive = zipfile.ZipFile(file)
    manifest = Manifest.from_json(_whole(archive, MANIFEST))
    return Opened(manifest, {it.path: it.sha256 for it in manifest.files}, archive)


def _container(file: IO[bytes]) -> zipfile.ZipFile:
    file.seek(0)
    if file.read(4) != b"PK\x03\x04":
        raise Unfit(Flaw.NOT_ZIP)
    try:
        return zips.check(file, CAPS, nests=_nests)
    except Failed as failure:
        raise Unfit(failure.reason) from failure


def _nests(name: str) -> bool:
    """Proofs may be documents that are containers: those are examined as any deposited file."""
    return name.startswith("evidence/") and name.endswith(_OFFICE)


def _whole(archive: zipfile.ZipFile, place: str) -> bytes:
    member = archive.getinfo(place)
    if member.file_size > LARGEST_TOLD:
        raise Unfit(Reason.ARCHIVE_SIZE)
    return b"".join(zips.unpacked(archive, member))


def _manifest(archive: zipfile.ZipFile, names: list[str]) -> Manifest:
    if MANIFEST not in names:
        raise Unfit(Flaw.NO_MANIFEST)
    try:
        found = Manifest.from_json(_whole(archive, MANIFEST))
    except BadRecord as error:
        raise Unfit(Flaw.BAD_MANIFEST, why=str(error)) from error
    if len({it.path for it in found.files}) != len(found.files):
        raise Unfit(Flaw.BAD_MANIFEST, why="twice the same path")
    return found


def _compare_names(names: list[str], digests: Mapping[str, str]) -> None:
    there = set(names) - {MANIFEST, SUMS}
    if missing := sorted(digests.keys() - there):
        raise Unfit(Flaw.MISSING, name=_shown(missing[0]))
    if added := sorted(there - digests.keys()):
        raise Unfit(Flaw.ADDED, name=_shown(added[0]))


def _compare_sums(archive: zipfile.ZipFile, digests: Mapping[str, str]) -> None:
    """The list for programs that are not ours says the same, and the manifest's own digest."""
    if SUMS not in archive.namelist():
        raise Unfit(Flaw.MISSING, name=SUMS)
    own = hashlib.sha256(_whole(archive, MANIFEST)).hexdigest()
    lines = sorted(f"{sha256}  {name}" for name, sha256 in {**digests, MANIFEST: own}.items())
    if sorted(_whole(archive, SUMS).decode("utf-8", "replace").splitlines()) != lines:
        raise Unfit(Flaw.SUMS_DIFFER)


def _compare_content(
    archive: zipfile.ZipFile, manifest: Manifest, tell: Callable[[int, int], None]
) -> None:
    done, total = 0, sum(it.size for it in manifest.files)
    for it in manifest.files:
        tell(done, total)
        digest, size = hashlib.sha256(), 0
        for piece in zips.unpacked(archive, archive.getinfo(it.path)):
            digest.update(piece)
            size += len(piece)
        if (size, digest.hexdigest()) != (it.size, it.sha256):
            raise Unfit(Flaw.ALTERED, name=_shown(it.path))
        done += size


def record_for(found: Opened, finess: str | None) -> Record:
    """The record of the establishment with this number.  Raises :class:`Unfit`."""
    if not finess:
        raise Unfit(Flaw.NO_FINESS)
    listed = [it for it in found.manifest.records if it.finess == finess]
    if not listed:
        raise Unfit(Flaw.OTHER_PLACE, whose=_whose(found.manifest.records), finess=finess)
    if len(listed) > 1 or listed[0].path not in found.digests:
        raise Unfit(Flaw.CONTRADICTS, name=_shown(listed[0].path))
    try:
        record = Record.from_json(found.whole(listed[0].path))
    except BadRecord as error:
        raise Unfit(Flaw.BAD_RECORD, why=str(error)) from error
    _agrees(found, record, finess)
    return record


def _agrees(found: Opened, record: Record, finess: str) -> None:
    """The record is of that place and that provider, and its files are those of the manifest."""
    if (record.establishment.finess, record.chapters[0].provider) != (
        finess,
        found.manifest.provider,
    ):
        raise Unfit(Flaw.CONTRADICTS, name="record.json")
    for chapter in record.chapters:
        for place, sha256 in chapter.files().items():
            if found.digests.get(place) != sha256:
                raise Unfit(Flaw.CONTRADICTS, name=_shown(place))
        if chapter.journal is not None and chapter.journal not in found.digests:
            raise Unfit(Flaw.CONTRADICTS, name=_shown(chapter.journal))


def _whose(listed: tuple[Listed, ...]) -> str:
    """The places that it is of, the first three by name."""
    names = [f"{it.establishment} ({it.finess or '–'})" for it in listed[:3]]
    return _shown(", ".join(names) + (", …" if len(listed) > len(names) else ""), 300)


def _shown(name: str, most: int = 120) -> str:
    """A name of theirs on one line."""
    return "".join(c if c.isprintable() else " " for c in name)[:most]

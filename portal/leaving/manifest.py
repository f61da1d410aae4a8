"""What an archive says that it holds: which records, and the digest of every other file."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final, Literal, Self

from marshmallow import Schema

from portal.kit.dataclass_schema import schema_of
from portal.leaving.record import Provider, canonical, read

Format = Literal["treize-archive/1"]
FORMAT: Final[Format] = "treize-archive/1"
MANIFEST: Final = "manifest.json"


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One establishment's record and where it lies."""

    path: str
    establishment: str
    finess: str | None


@dataclass(frozen=True, kw_only=True)
class Packed:
    """One file: its place, its size in bytes, its SHA-256 in hexadecimal."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """Every file of the archive but itself and the list for ``sha256sum``, by place."""

    format: Format
    made_at: datetime
    made_by: str
    provider: Provider
    records: tuple[Listed, ...]
    files: tuple[Packed, ...]

    def to_json(self) -> bytes:
        return canonical(self)

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        """The manifest that wrote exactly these bytes; raises ``BadRecord`` for any other."""
        found: Self = read(_schema(), data)
        return found


@cache
def _schema() -> Schema:
    return schema_of(Manifest)

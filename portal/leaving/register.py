"""The whole register of a provider as it leaves: what it offers, says and keeps.

What stands at each establishment is in that establishment's own record beside it.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

from portal.leaving.papers import Evidence
from portal.leaving.record import Provider, canonical
from portal.leaving.states import Bearer, Status

Format = Literal["treize-register/1"]
FORMAT: Final[Format] = "treize-register/1"


@dataclass(frozen=True, kw_only=True)
class Word:
    """What was said of a requirement from a day on."""

    since: date
    status: Status
    text: str


@dataclass(frozen=True, kw_only=True)
class Statement:
    """The word on one requirement for one offering; ``history`` begins with the oldest."""

    code: str
    status: Status
    text: str
    reviewed_on: date
    by: str
    history: tuple[Word, ...]


@dataclass(frozen=True, kw_only=True)
class Carried:
    """What an offering carries or supports; ``bearer`` where it is not the guide's."""

    code: str
    part: Literal["carries", "supports"]
    bearer: Bearer | None
    remains: str


@dataclass(frozen=True, kw_only=True)
class Offering:
    code: str
    name: str
    description: str
    included: bool
    archived_on: date | None
    requirements: tuple[Carried, ...]
    statements: tuple[Statement, ...]


@dataclass(frozen=True, kw_only=True)
class Served:
    """What a proof serves at one level: everybody (both ``None``), an offering, a place."""

    offering: str | None
    establishment: str | None
    codes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Shelved:
    """A proof of the whole shelf, and who may see it."""

    proof: Evidence
    visibility: Literal["provider", "clients", "house"]
    serves: tuple[Served, ...]


@dataclass(frozen=True, kw_only=True)
class Followed:
    """An establishment of the fleet, and where its record lies in the archive."""

    name: str
    finess: str | None
    city: str
    stage: Literal["prospect", "client"]
    archived_on: date | None
    record: str


@dataclass(frozen=True, kw_only=True)
class Register:
    """``journal`` is the place of all deeds, with the head of their chain."""

    format: Format
    made_at: datetime
    as_of: date
    provider: Provider
    edition: str
    offerings: tuple[Offering, ...]
    evidence: tuple[Shelved, ...]
    establishments: tuple[Followed, ...]
    journal: str

    def to_json(self) -> bytes:
        return canonical(self)

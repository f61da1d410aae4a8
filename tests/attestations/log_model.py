"""What should be true of attestations and of the log: a list, and a few lines of plain Python."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from portal.attestations.verification import Answer


def entry(salt: bytes, **told: Any) -> bytes:
    """As the log has it; written again here, so that both would have to be wrong alike."""
    plain = json.dumps(told, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(salt + plain.encode()).digest()


@dataclass
class Paper:
    """One attestation of a place, as it was ordered; ``failed``: it waits to be asked for again."""

    place: int
    failed: bool = False
    issued: bool = False
    superseded: bool = False
    revoked: bool = False
    approved: bool = False

    @property
    def stands(self) -> bool:
        return self.issued and not self.superseded and not self.revoked

    @property
    def answer(self) -> Answer:
        if self.revoked:
            return Answer.REVOKED
        return Answer.SUPERSEDED if self.superseded else Answer.OURS

    @property
    def kinds(self) -> Iterator[str]:
        """What the log holds of it beside the file itself."""
        yield "issued"
        for kind in ("superseded", "revoked", "approved"):
            if getattr(self, kind):
                yield kind


@dataclass
class Model:
    """``heads`` counts, by tenant, the ends of its journal that were noted.

    ``sealed``: the certificates of the seal were put into the log, with the first document tried.
    """

    papers: list[Paper] = field(default_factory=list)
    heads: dict[str, int] = field(default_factory=dict)
    sealed: bool = False

    def issue(self, number: int) -> None:
        """The last that was ordered stands, in whatever order documents are made."""
        made, self.sealed = self.papers[number], True
        if made.issued or made.failed:
            return
        made.issued = True
        issued = [one for one in self.papers if one.issued and one.place == made.place]
        for older in issued[:-1]:
            older.superseded = True

"""What a proof holds up, or held up until it lapsed: tracking knows, and is asked by a signal."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from portal.evidence.signals import holding_asked


@dataclass(frozen=True)
class Held:
    """Requirements, their questions and how many establishments rest on one proof alone."""

    codes: Sequence[str]
    questions: Sequence[int]
    establishments: int


def held(evidence_ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, Held]:
    """By proof, what no other one proves for longer; a fixed number of SQL statements."""
    found: dict[uuid.UUID, Held] = {}
    if evidence_ids:
        for _, answer in holding_asked.send(evidence_ids=evidence_ids):
            found |= answer
    return found

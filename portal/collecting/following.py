"""What a file that came takes the place of: the proof it was asked for, or its last successor.

A supplier takes weeks.  Meanwhile a makeshift may have taken that place, or the proof may be gone.
"""

import uuid
from typing import Any

from portal.evidence import line, linking
from portal.evidence import queries as evidence
from portal.evidence.models import Evidence, State


def head(replaces_id: uuid.UUID | None) -> Evidence | None:
    """The last of its line that counts, free to be followed; ``None``: there is nothing to follow.

    One that is examined still may yet be refused: what came would be lost from the line with it.
    """
    if replaces_id is None:
        return None
    old = evidence.evidence(replaces_id)
    last = evidence.evidence([old.id, *line.live_successors(old)][-1])
    return last if last.withdrawn_at is None and last.state is State.READY else None


def served(evidence_id: uuid.UUID) -> dict[str, Any]:
    """What a proof served, as the form of another one that shall serve the same is filled in."""
    links = evidence.links(evidence_id)
    offerings = {link.offering_id for link in links if link.offering_id}
    places = sorted({str(link.establishment_id) for link in links if link.establishment_id})
    return {
        "codes": sorted(linking.codes_of(evidence_id)),
        "level": "establishment" if places else "offering" if offerings else "tenant",
        "offering": str(min(offerings, default="")),
        "establishments": places,
    }

"""Whether a journal holds: its chain, against what the public log noted of it, and its erasures.

One check for whoever reads the page and for whoever asks at a terminal; a stretch at a time there.
"""

from collections.abc import Collection
from typing import NamedTuple

from portal.audit import verification
from portal.audit.chain import GENESIS, Finding, Head, Kind
from portal.publiclog import noted


class Told(NamedTuple):
    """What was found; counted once all of it was followed."""

    #: As far as it was followed, and where it says that it ends.
    end: Head
    whole: Head
    finding: Finding | None
    done: bool
    #: How many of its ends the log noted.
    noted: int = 0
    #: Deeds of which something was erased, and names and details gone without a deed that says so.
    erased: int = 0
    untold: int = 0


def follow(start: Head = GENESIS, *, limit: int | None = None, kept: Collection[Head] = ()) -> Told:
    """Follow ``limit`` deeds from a place that is believed, or all; ``kept``: ends kept elsewhere.

    Each end that was noted is looked at in the stretch where it lies, those past the end in the
    last.
    """
    until = None if limit is None else start.position + limit
    if until is not None and verification.head().position <= until:
        until = None  # the last stretch: what was noted past its end is looked at as well
    heads = noted.heads(after=start.position, until=until)
    found = verification.verify_stretch(start, limit=limit, noted=[*heads, *kept])
    unlogged = noted.unlogged(after=start.position, until=until)
    finding = found.finding or (unlogged and Finding(unlogged.position, Kind.REWRITTEN))
    if finding is not None or not found.last:
        return Told(found.end, found.whole, finding, done=finding is not None)
    return Told(
        found.end,
        found.whole,
        finding=None,
        done=True,
        noted=noted.count(),
        erased=verification.erased(),
        untold=verification.untold(),
    )

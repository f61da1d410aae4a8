"""What changed between two attestations of one establishment.  Pure."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from portal.attestations.snapshot import Requirement, Snapshot, Status

#: How far an answer goes, least first.
_RANK: dict[Status, int] = {
    "unknown": 0, "planned": 1, "partial": 2, "alternative": 3, "implemented": 3,
    "not_applicable": 3,
}  # fmt: skip


class Way(StrEnum):
    BETTER = "better"
    WORSE = "worse"
    OTHER = "other"


@dataclass(frozen=True)
class Step:
    """What was said of one thing before, and is said now."""

    what: str
    before: str
    after: str


@dataclass(frozen=True)
class Change:
    """A requirement that is not what it was; ``None`` stands for one that was not asked."""

    code: str
    title: str
    question: int
    way: Way
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Comparison:
    """Shares are in per mille: declared, proven, recognised; before, then now."""

    previous: Snapshot
    current: Snapshot
    changes: tuple[Change, ...]

    def only(self, way: str) -> list[Change]:
        """Those that went one way, by its word: a page asks by the word itself."""
        return [change for change in self.changes if change.way == way]


def compare(previous: Snapshot, current: Snapshot) -> Comparison:
    """Requirement by requirement, those of the current one first to last."""
    before = {each.code: each for each in previous.requirements}
    found = (_change(before.pop(each.code, None), each) for each in current.requirements)
    changes = [change for change in found if change is not None]
    changes += [_gone(each) for each in before.values()]
    return Comparison(previous, current, tuple(changes))


def told(previous: Snapshot, current: Snapshot) -> dict[str, Any]:
    """The comparison, for the document."""
    found = compare(previous, current)
    return {
        "number": previous.number,
        "as_of": previous.as_of.isoformat(),
        "totals": {
            name: [getattr(previous.totals, name), getattr(current.totals, name)]
            for name in ("declared", "proven", "recognised")
        },
        "changes": [
            {
                "code": change.code,
                "title": change.title,
                "way": change.way,
                "steps": [[step.what, step.before, step.after] for step in change.steps],
            }
            for change in found.changes
        ],
    }


def _change(before: Requirement | None, now: Requirement) -> Change | None:
    if before is None:
        added = Step("asked", "absent", now.status)
        return Change(now.code, now.title, now.question, Way.OTHER, (added,))
    steps = tuple(
        Step(what, was, is_now)
        for what, was, is_now in (
            ("applies", _applies(before), _applies(now)),
            ("status", before.status, now.status),
            ("proof", _proof(before), _proof(now)),
            ("verdict", before.verdict.word, now.verdict.word),
        )
        if was != is_now
    )
    return Change(now.code, now.title, now.question, _way(before, now), steps) if steps else None


def _gone(before: Requirement) -> Change:
    gone = Step("asked", before.status, "absent")
    return Change(before.code, before.title, before.question, Way.OTHER, (gone,))


def _applies(requirement: Requirement) -> str:
    return "yes" if requirement.applies else "no"


def _void(requirement: Requirement) -> bool:
    return requirement.status == "not_applicable"


def _proof(requirement: Requirement) -> str:
    return "proven" if requirement.proven else "unproven"


def _standing(requirement: Requirement) -> tuple[int, int, int]:
    word = {"contested": -1, "none": 0, "recognised": 1}[requirement.verdict.word]
    return _RANK[requirement.status], int(requirement.proven), word


def _way(before: Requirement, now: Requirement) -> Way:
    """Better when something went up and nothing down; what is asked or not is neither.

    Nor is what has no object: nothing was done for it to be so.
    """
    if before.applies != now.applies or _void(before) != _void(now):
        return Way.OTHER
    moved = [new - old for old, new in zip(_standing(before), _standing(now), strict=True)]
    if min(moved) >= 0 and max(moved) > 0:
        return Way.BETTER
    return Way.WORSE if max(moved) <= 0 and min(moved) < 0 else Way.OTHER

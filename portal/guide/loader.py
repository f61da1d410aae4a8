"""Check every field of an edition and build it.  A broken or altered edition is refused whole."""

import functools
from pathlib import Path
from typing import Any

from portal.guide import checks
from portal.guide.edition import (
    Edition,
    OfferingTemplate,
    PlainWords,
    Proof,
    Question,
    Requirement,
)
from portal.guide.sealed import EditionError, LineMap, read

EDITIONS = Path(__file__).parent / "editions"
CURRENT = "2026.1"
FILES = (
    "edition.yaml",
    "offerings.yaml",
    "plain-words.yaml",
    "questions.yaml",
    "requirements.yaml",
)


@functools.cache
def current() -> Edition:
    """The edition in force, loaded and checked once per process."""
    return load(EDITIONS / CURRENT)


def load(folder: Path) -> Edition:
    """The edition in ``folder``.  Raises :class:`EditionError` with every fault, file and line."""
    sealed = read(folder, FILES)
    contents, faults = sealed.contents, sealed.faults
    if set(contents) == set(FILES):
        faults = [*faults, *checks.faults_of(contents)]
    if faults:
        raise EditionError(faults)
    about = contents["edition.yaml"]
    words = contents["plain-words.yaml"]
    return Edition(
        id=about["id"],
        language=about["language"],
        title=about["title"],
        status=about["status"],
        published_on=checks.as_date(about["published_on"]),
        digest=sealed.digest,
        scale_labels=tuple(about["scale"]["labels"]),
        scale_note=about["scale"]["note"],
        proof_note=about["proof_note"],
        conditions=dict(about["conditions"]),
        bearers=dict(about["bearers"]),
        tiers=dict(about["tiers"]),
        reference_notes=dict(about["reference_notes"]),
        questions=tuple(_question(q) for q in contents["questions.yaml"]),
        requirements=tuple(
            _requirement(r, words[r["code"]], position)
            for position, r in enumerate(contents["requirements.yaml"])
        ),
        offerings=tuple(_offering(o) for o in contents["offerings.yaml"]),
    )


def _question(given: LineMap) -> Question:
    lists = {name: tuple(given[name]) for name in ("levels", "checks")}
    return Question(**{**given, **lists})


def _requirement(given: LineMap, words: LineMap, position: int) -> Requirement:
    proof: dict[str, Any] = {**given["proof"], "kinds": tuple(given["proof"]["kinds"])}
    references = {
        source: tuple(str(number) for number in numbers)
        for source, numbers in given["references"].items()
    }
    built: dict[str, Any] = {
        **given,
        "also_questions": tuple(given.get("also_questions", ())),
        "evidence": tuple(given["evidence"]),
        "proof": Proof(**proof),
        "remains": given.get("remains", ""),
        "references": references,
        "words": PlainWords(**words),
        "position": position,
    }
    return Requirement(**built)


def _offering(given: LineMap) -> OfferingTemplate:
    lists = {name: tuple(given[name]) for name in ("carries", "supports")}
    return OfferingTemplate(**{**given, **lists})

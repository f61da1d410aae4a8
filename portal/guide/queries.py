"""Search in the edition in force.  All of it is in memory: nothing here reads the database."""

import functools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields

from portal.guide import loader
from portal.guide.edition import Edition, Requirement
from portal.kit.folding import fold

_WORD = re.compile(r"[^\W_]+(?:[.\-][^\W_]+)*")
_SHORTEST_PLURAL = 5
#: The words that announce a source's numbers: « rgpd 28 », « iso 27002 8.13 ».
_SOURCES = {
    "hygiene": ("anssi", "hygiene"),
    "iso27002": ("iso",),
    "nis2": ("nis2",),
    "rgpd": ("rgpd", "gdpr"),
    "other": (),
}
_SOURCE_OF = {word: source for source, words in _SOURCES.items() for word in words}
_BETWEEN = frozenset({"27002", "iec", "art", "article", "articles", "mesure", "mesures", "no"})


@dataclass(frozen=True)
class Filters:
    """What a reader asked to see; an empty string or ``None`` asks for nothing."""

    q: str = ""
    question: int | None = None
    bearer: str = ""
    tier: str = ""
    condition: str = ""

    def __bool__(self) -> bool:
        return any(getattr(self, each.name) for each in fields(self))

    def as_query(self) -> Mapping[str, str | int]:
        """The filters in use, as an address carries them."""
        return {name: value for name, value in asdict(self).items() if value}


@dataclass(frozen=True)
class _Entry:
    """What a requirement is searched by: the surest words apart from the rest."""

    requirement: Requirement
    heading: str
    everything: str


def requirements(filters: Filters) -> Sequence[Requirement]:
    """Those that match every word and filter: named so first, then in the edition's order."""
    terms = list(_terms(filters.q))
    if fold(filters.q).strip() and not terms:
        return ()
    kept = [entry for entry in _index() if _passes(entry.requirement, filters)]
    found = [entry for entry in kept if all(term.stands_in(entry.everything) for term in terms)]
    found.sort(key=lambda entry: not all(term.stands_in(entry.heading) for term in terms))
    return tuple(entry.requirement for entry in found)


def also_concerned(number: int) -> Sequence[Requirement]:
    """Requirements of other questions that bear on this one too."""
    return tuple(r for r in loader.current().requirements if number in r.also_questions)


def neighbours(code: str) -> tuple[Requirement | None, Requirement | None]:
    """The requirements before and after ``code`` in the edition's order."""
    every = loader.current().requirements
    at = loader.current().requirement(code).position
    return every[at - 1] if at else None, every[at + 1] if at + 1 < len(every) else None


class _Term:
    """A typed word.  It matches the beginning of words; a number or one letter, a whole word."""

    def __init__(self, word: str) -> None:
        plural = len(word) >= _SHORTEST_PLURAL and word[-1] in "sx"
        self._sought = f" {word} " if _is_exact(word) else f" {word[:-1] if plural else word}"

    def stands_in(self, text: str) -> bool:
        return self._sought in text


def _terms(q: str) -> Iterator[_Term]:
    """What must be there; a number after the name of a source is that source's number."""
    source = None
    for word in _words(fold(q).replace("nis 2", "nis2")):
        if source and word in _BETWEEN:
            continue
        if source and _is_exact(word):
            yield _Term(f"{source}_{word}")
        else:
            source = _SOURCE_OF.get(word)
            yield _Term(word)


def _is_exact(word: str) -> bool:
    number = word.rpartition("_")[2]
    return len(number) == 1 or number.replace(".", "").isdigit()


def _passes(requirement: Requirement, filters: Filters) -> bool:
    return (
        filters.question in {None, requirement.question}
        and filters.bearer in {"", requirement.bearer}
        and filters.tier in {"", requirement.tier}
        and filters.condition in {"", requirement.condition}
    )


@functools.cache
def _index() -> Sequence[_Entry]:
    """Built once per process: a published edition never changes."""
    edition = loader.current()
    return tuple(
        _Entry(
            requirement,
            heading=_searchable([requirement.code, requirement.title]),
            everything=_searchable(_texts(edition, requirement), _numbers(requirement)),
        )
        for requirement in edition.requirements
    )


def _texts(edition: Edition, requirement: Requirement) -> Iterator[str]:
    question = edition.question(requirement.question)
    yield from (requirement.code, requirement.title, requirement.statement, requirement.remains)
    yield from (question.title, question.short)
    words = requirement.words
    yield from (words.done, words.declared, words.partial, words.missing, words.ask, words.why)
    yield from requirement.evidence
    yield from requirement.proof.kinds
    for source, numbers in requirement.references.items():
        yield " ".join((*_SOURCES[source], *numbers))


def _searchable(texts: Iterable[str], numbers: Iterable[str] = ()) -> str:
    """Folded words between single spaces; a compound is found whole and by its parts."""
    words = [word for text in texts for word in _words(text)]
    parts = [part for word in words if "-" in word for part in word.split("-")]
    return f" {' '.join([*words, *parts, *numbers])} "


def _numbers(requirement: Requirement) -> Iterator[str]:
    for source, numbers in requirement.references.items():
        yield from (f"{source}_{number}" for number in numbers)


def _words(text: str) -> list[str]:
    return _WORD.findall(fold(text))

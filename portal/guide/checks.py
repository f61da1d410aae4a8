"""The rules each field of an edition obeys.  A fault names file, line and reason."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from portal.guide.edition import QUESTIONS
from portal.guide.sealed import Fault, LineMap

CODE = re.compile(r"[A-Z]{2,5}-\d{2}")
SLUG = re.compile(r"[a-z][a-z-]{1,30}")
#: The controls that ISO/IEC 27002:2022 numbers: 37, 8, 14 and 34 in its four themes.
ISO27002 = re.compile(
    r"5\.([1-9]|[12]\d|3[0-7])|6\.[1-8]|7\.([1-9]|1[0-4])|8\.([1-9]|[12]\d|3[0-4])"
)
LEVELS = 5
LONG, SHORT, WORDS = 600, 120, 150

Check = Callable[[Any], bool]


def text(longest: int) -> Check:
    return lambda value: isinstance(value, str) and 0 < len(value.strip()) <= longest


def whole(low: int, high: int) -> Check:
    return lambda value: type(value) is int and low <= value <= high


def one_of(*allowed: str) -> Check:
    return lambda value: value in allowed


def flag(value: Any) -> bool:
    return type(value) is bool


def like(pattern: re.Pattern[str]) -> Check:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def many(each: Check, *, least: int = 1, most: int = 40) -> Check:
    return lambda value: (
        isinstance(value, list) and least <= len(value) <= most and all(each(v) for v in value)
    )


def mapped(each: Check, *keys: str) -> Check:
    return lambda value: (
        isinstance(value, dict) and set(value) == set(keys) and all(map(each, value.values()))
    )


def as_date(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def _is_date(value: Any) -> bool:
    try:
        return bool(as_date(value))
    except ValueError:
        return False


def _scale(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and (value.get("min"), value.get("max")) == (0, LEVELS - 1)
        and many(text(SHORT), least=LEVELS, most=LEVELS)(value.get("labels"))
        and text(LONG)(value.get("note"))
    )


def _proof(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and set(value) <= {"valid_months", "kinds", "end_date_on_document"}
        and whole(1, 60)(value.get("valid_months"))
        and many(text(SHORT), most=6)(value.get("kinds"))
        and flag(value.get("end_date_on_document", False))
    )


_REFERENCES: dict[str, Check] = {
    "hygiene": many(whole(1, 42)),
    "iso27002": many(like(ISO27002)),
    "nis2": many(like(re.compile(r"[a-j]"))),
    "rgpd": many(like(re.compile(r"\d{1,2}"))),
    "other": many(text(SHORT)),
}  # fmt: skip


def _references(value: Any) -> bool:
    return isinstance(value, dict) and all(
        source in _REFERENCES and _REFERENCES[source](numbers) for source, numbers in value.items()
    )


CONDITIONS = (
    "always",
    "online_services",
    "health_data",
    "hosted_health_data",
    "remote_intervention",
    "mobile_devices",
)
BEARERS = ("provider", "shared", "establishment")
TIERS = ("baseline", "reinforced")

EDITION: dict[str, Check] = {
    "id": like(re.compile(r"20\d\d\.\d{1,2}")),
    "language": one_of("fr"),
    "published_on": _is_date,
    "title": text(SHORT),
    "status": text(SHORT),
    "scale": _scale,
    "conditions": mapped(text(SHORT), *CONDITIONS),
    "bearers": mapped(text(SHORT), *BEARERS),
    "tiers": mapped(text(SHORT), *TIERS),
    "reference_notes": mapped(text(LONG), "nis2", "iso27002", "hygiene", "other"),
    "proof_note": text(LONG),
}
QUESTION: dict[str, Check] = {
    "number": whole(1, QUESTIONS),
    "title": text(SHORT),
    "short": text(40),
    "title_confirmed": flag,
    "topic_confirmed": flag,
    "note": text(LONG),
    "lead": text(WORDS),
    "best_practice": text(WORDS),
    "levels": many(text(LONG), least=LEVELS, most=LEVELS),
    "checks": many(text(SHORT)),
}
REQUIREMENT: dict[str, Check] = {
    "code": like(CODE),
    "title": text(SHORT),
    "statement": text(LONG),
    "question": whole(1, QUESTIONS),
    "also_questions": many(whole(1, QUESTIONS)),
    "bearer": one_of(*BEARERS),
    "tier": one_of(*TIERS),
    "weight": whole(1, 3),
    "review_months": whole(1, 60),
    "condition": one_of(*CONDITIONS),
    "evidence": many(text(SHORT)),
    "proof": _proof,
    "remains": text(WORDS),
    "references": _references,
}
OPTIONAL = frozenset({"also_questions", "remains"})
PLAIN: dict[str, Check] = {
    name: text(WORDS) for name in ("done", "declared", "partial", "missing", "ask", "why")
}
OFFERING: dict[str, Check] = {
    "code": like(SLUG),
    "name": text(SHORT),
    "description": text(WORDS + 30),
    "included": flag,
    "carries": many(like(CODE), least=0, most=79),
    "supports": many(like(CODE), least=0, most=79),
}


def faults_of(contents: dict[str, Any]) -> list[Fault]:
    """Every broken rule: first each field alone, then, if all hold, what they say together."""
    faults = [
        *_fields("edition.yaml", [contents["edition.yaml"]], EDITION),
        *_fields("questions.yaml", contents["questions.yaml"], QUESTION),
        *_fields("requirements.yaml", contents["requirements.yaml"], REQUIREMENT),
        *_words(contents["plain-words.yaml"]),
        *_fields("offerings.yaml", contents["offerings.yaml"], OFFERING),
    ]
    return faults or list(_together(contents))


def _fields(file: str, entries: Any, rules: dict[str, Check]) -> Iterator[Fault]:
    if not isinstance(entries, list) or not entries:
        yield Fault(file, 1, "expected a list of entries")
        return
    for entry in entries:
        if isinstance(entry, LineMap):
            yield from _entry(file, entry, rules)
        else:
            yield Fault(file, 1, f"expected named fields, found {entry!r}")


def _entry(file: str, entry: LineMap, rules: dict[str, Check]) -> Iterator[Fault]:
    for name in sorted(set(rules) - set(entry) - OPTIONAL):
        yield Fault(file, entry.line, f"field « {name} » is missing")
    for name, value in entry.items():
        if name not in rules:
            yield Fault(file, entry.lines.get(name, entry.line), f"unknown field « {name} »")
        elif not rules[name](value):
            shown = repr(value)[:80]
            yield Fault(file, entry.lines[name], f"field « {name} » cannot be {shown}")


def _words(words: Any) -> Iterator[Fault]:
    file = "plain-words.yaml"
    if not isinstance(words, LineMap):
        yield Fault(file, 1, "expected one entry by requirement code")
        return
    for code, entry in words.items():
        if isinstance(entry, LineMap):
            yield from _entry(file, entry, PLAIN)
        else:
            yield Fault(file, words.lines[code], f"no sentences for {code}")


def _together(contents: dict[str, Any]) -> Iterator[Fault]:
    numbers = [question["number"] for question in contents["questions.yaml"]]
    if numbers != list(range(1, QUESTIONS + 1)):
        yield Fault("questions.yaml", 1, f"expected questions 1 to {QUESTIONS} in order")
    requirements = contents["requirements.yaml"]
    yield from _unique("requirements.yaml", requirements)
    yield from _unique("offerings.yaml", contents["offerings.yaml"])
    codes = {requirement["code"] for requirement in requirements}
    asked = {requirement["question"] for requirement in requirements}
    for number in sorted(set(numbers) - asked):
        yield Fault("requirements.yaml", 1, f"question {number} has no requirement")
    words = contents["plain-words.yaml"]
    for requirement in requirements:
        if requirement["question"] in requirement.get("also_questions", ()):
            reason = f"also_questions names {requirement['question']}, its own question"
            yield Fault("requirements.yaml", requirement.lines["also_questions"], reason)
        if requirement["code"] not in words:
            reason = f"{requirement['code']} has no plain words"
            yield Fault("requirements.yaml", requirement.line, reason)
    for code in sorted(set(words) - codes):
        yield Fault("plain-words.yaml", words.lines[code], f"{code} is no requirement")
    for offering in contents["offerings.yaml"]:
        yield from _offered(offering, codes)


def _unique(file: str, entries: list[LineMap]) -> Iterator[Fault]:
    seen: dict[str, int] = {}
    for entry in entries:
        line = entry.lines["code"]
        if entry["code"] in seen:
            yield Fault(file, line, f"{entry['code']} stands already on line {seen[entry['code']]}")
        seen.setdefault(entry["code"], line)


def _offered(offering: LineMap, codes: set[str]) -> Iterator[Fault]:
    for part in ("carries", "supports"):
        for code in sorted(set(offering[part]) - codes):
            yield Fault("offerings.yaml", offering.lines[part], f"{code} is no requirement")
    for code in sorted(set(offering["carries"]) & set(offering["supports"])):
        yield Fault(
            "offerings.yaml", offering.lines["supports"], f"{code} is both carried and supported"
        )

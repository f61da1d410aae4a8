"""From the raw texts of one line to a clean structure, or to its refusal."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import lru_cache

from portal.fleet.importer import numbers
from portal.fleet.importer.records import Caution, Doubt, Outcome, Reason, Refusal, StructureRecord
from portal.fleet.nomenclature import categories, territories

Raw = Mapping[str, str]
"""Texts by canonical name: `finess`, `name`, `postcode`… Missing and empty mean the same."""

_LONGEST = 255
_BLANKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_ROUTING = re.compile(r"([0-9]{5}) +(\S.*)")
_NO_DIGIT = re.compile(r"[^0-9+]")
_CEDEX = re.compile(r" +CEDEX\b.*$", re.IGNORECASE)
_DATES = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y/%m/%d", "%d/%m/%y")
_DATE_LENGTH = 10
_PHONE_LENGTH = 10
_CAPACITY_DIGITS = 5
#: What accents become when bytes of another encoding (Mac Roman, UTF-8 cut in two) are read as
#: Windows-1252.  No French name or town holds any of these.
_DAMAGED = re.compile("[ƒˆŽžÃ™‰\ufffd]")


def clean(text: str) -> str | None:
    """The text on one line, without control characters or repeated blanks; None when empty."""
    text = text.strip()
    if not text.isprintable() or "  " in text:
        text = _BLANKS.sub(" ", text)
    return text[:_LONGEST].strip() or None


@lru_cache(maxsize=16384)
def day(text: str) -> date | None:
    """A date in one of the usual French or ISO writings; the hour that follows is ignored."""
    text = text.strip().split("T")[0].split(" ")[0][:_DATE_LENGTH]
    for writing in _DATES:
        try:
            return datetime.strptime(text, writing).date()  # noqa: DTZ007 -- a day has no zone
        except ValueError:
            continue
    return None


@lru_cache(maxsize=4096)
def _place(departement: str, commune: str, postcode: str) -> territories.Departement | None:
    """Islands first, that only a postcode tells apart, then whatever is known."""
    by_postcode = territories.departement_of(postcode) if postcode else None
    if by_postcode and by_postcode.code in {"977", "978"}:
        return by_postcode
    given = territories.departement(departement) if departement else None
    by_commune = territories.departement_of(commune) if commune else None
    return given or by_commune or by_postcode


@lru_cache(maxsize=16384)
def _postal(postcode: str, city: str, routing_line: str) -> tuple[str | None, str | None]:
    """Postcode and city, from their own fields or from the routing line `97306 CAYENNE CEDEX`."""
    postcode = postcode.strip()
    if routing := _ROUTING.match(routing_line.strip()):
        postcode, city = postcode or routing[1], city or routing[2]
    if len(postcode) == 4 and postcode.isdigit():  # noqa: PLR2004 -- a lost leading zero
        postcode = f"0{postcode}"
    return clean(postcode), clean(_CEDEX.sub("", city))


def _phone(text: str) -> str | None:
    if len(text) == _PHONE_LENGTH and text.isdigit() and text.isascii():
        return text
    digits = _NO_DIGIT.sub("", text)
    if len(digits) == _PHONE_LENGTH - 1 and digits[0] in "123456789":
        digits = f"0{digits}"
    return digits[: _PHONE_LENGTH * 2] or None


@lru_cache(maxsize=1024)
def _category(code: str, given: str) -> tuple[str | None, str | None, tuple[Caution, ...]]:
    known = categories.category(code) if code else None
    if known is None:
        doubt = (Caution(Doubt.CATEGORY_UNKNOWN, code),) if code else ()
        return code or None, clean(given), doubt
    closed = (Caution(Doubt.CATEGORY_CLOSED, code),) if known.closed_on else ()
    return code, known.long, closed


def _days(raw: Raw, cautions: list[Caution]) -> dict[str, date | None]:
    days: dict[str, date | None] = {}
    for name in ("opened_on", "closed_on", "source_updated_on"):
        text = raw.get(name)
        days[name] = day(text) if text else None
        if text and text.strip() and days[name] is None:
            cautions.append(Caution(Doubt.DATE_DROPPED, text[:40]))
    return days


def _capacity(raw: Raw, cautions: list[Caution]) -> int | None:
    text = raw.get("capacity", "").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit() and len(text) <= _CAPACITY_DIGITS:
        return int(text)
    cautions.append(Caution(Doubt.CAPACITY_DROPPED, text[:40]))
    return None


def _managing_body(raw: Raw, cautions: list[Caution]) -> str | None:
    text = raw.get("managing_body_finess", "")
    if not text.strip():
        return None
    reading = numbers.managing_body(text)
    if reading.value is None:
        cautions.append(Caution(Doubt.MANAGING_BODY_DROPPED, text[:40]))
    return reading.value


def _number(reading: numbers.Reading, cautions: list[Caution]) -> str | None:
    cautions.extend(reading.cautions)
    return reading.value


def address(parts: Iterable[str | None]) -> str | None:
    """One address of the parts that say something, each on its own line."""
    lines = [line for part in parts if part and (line := clean(part))]
    return "\n".join(dict.fromkeys(lines)) or None


def assemble(line: int, raw: Raw) -> Outcome:
    """Clean one structure; only a missing number or name refuses it, all else is a caution."""
    given = raw.get("finess", "")
    reading = numbers.finess(given)
    if reading.value is None:
        reason = reading.refusal or Reason.FINESS_SHAPE
        return Refusal(line, reason, {"value": given.strip()[:40]})
    short, long_name = clean(raw.get("name", "")), clean(raw.get("long_name", ""))
    name = short or long_name
    if name is None:
        return Refusal(line, Reason.NAME_MISSING, {}, reading.value)
    cautions = list(reading.cautions)
    code, label, doubts = _category(
        raw.get("category_code", "").strip(), raw.get("category_label", "")
    )
    cautions.extend(doubts)
    postcode, city = _postal(raw.get("postcode", ""), raw.get("city", ""), raw.get("routing", ""))
    place = _place(
        raw.get("departement", ""), raw.get("commune", ""), postcode or ""
    ) or territories.departement_of_number(reading.value)
    if place is None:
        cautions.append(Caution(Doubt.DEPARTEMENT_UNKNOWN, postcode or ""))
    if _DAMAGED.search(f"{name}{long_name}{city}"):
        cautions.append(Caution(Doubt.ENCODING, name[:40]))
    return StructureRecord(
        line=line,
        finess=reading.value,
        name=name,
        long_name=long_name if long_name != name else None,
        managing_body_finess=_managing_body(raw, cautions),
        managing_body_name=clean(raw.get("managing_body_name", "")),
        managing_body_siren=_number(numbers.siren(raw.get("managing_body_siren", "")), cautions),
        category_code=code,
        category_label=label,
        siret=_number(numbers.siret(raw.get("siret", "")), cautions),
        address=raw.get("address") or None,
        postcode=postcode,
        city=city,
        departement=place.code if place else None,
        region=territories.regions()[place.region] if place else None,
        phone=_phone(raw.get("phone", "")),
        capacity=_capacity(raw, cautions),
        **_days(raw, cautions),
        cautions=tuple(cautions),
    )

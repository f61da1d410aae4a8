"""The FINESS+ structure flow: JSON, managing bodies holding their establishments, streamed.

The published schema leaves the establishment's own block undefined and flows differ from it in
case and shape (codes bare or in an object), so that fields are looked up tolerantly.
"""

import re
from collections.abc import Iterator
from decimal import InvalidOperation
from typing import Any, BinaryIO

import ijson

from portal.fleet.importer import assembly
from portal.fleet.importer.nesting import Measured, OutOfMeasure
from portal.fleet.importer.records import FileReason, FileRefused, Outcome

_STREET = ("numerovoie", "complementvoie", "typevoie", "libellevoie")
_MAIN_ADDRESS = "03"
_POSTCODE_AHEAD = re.compile(r"[0-9]{5} ")
_INACTIVE = frozenset({"I", "F", "INACTIF", "FERME"})

Object = dict[str, Any]
"""A JSON object whose members' names are lowered and without underscores."""


def structures(stream: BinaryIO) -> Iterator[Outcome]:
    """Every establishment, in the order of the flow; `line` is its rank in the file."""
    rank = 0
    bodies = 0
    try:
        for item in ijson.items(Measured(stream), "pmej.item"):
            bodies += 1
            body = _object(item)
            owner = _owner(_object(body.get("informationsgeneralespmej")))
            for place in _objects(body.get("ege")):
                rank += 1
                yield _outcome(rank, owner, place)
    except ijson.IncompleteJSONError as cut:
        raise FileRefused(_fault(cut), rank=str(rank)) from cut
    except (ijson.JSONError, UnicodeDecodeError, InvalidOperation, OutOfMeasure) as broken:
        raise FileRefused(FileReason.JSON_BROKEN, rank=str(rank)) from broken
    if not bodies:
        raise FileRefused(FileReason.NOT_FINESS_JSON)


def _fault(error: ijson.IncompleteJSONError) -> FileReason:
    """Tell a cut file (« premature EOF », « incomplete ») from a faulty one."""
    words = str(error).lower()
    cut = "premature" in words or "incomplete" in words
    return FileReason.JSON_CUT if cut else FileReason.JSON_BROKEN


def _owner(body: Object) -> dict[str, str]:
    return {
        "managing_body_finess": _first(body, "numfinesspm", "numfinesspmej"),
        "managing_body_name": _first(body, "denominationlonguepmsmsse", "denominationpm"),
        "managing_body_siren": _first(body, "siren"),
    }


def _outcome(rank: int, owner: dict[str, str], place: Object) -> Outcome:
    details = _object(place.get("informationsgeneralesege"))
    updated = _first(place, "datedernieremaj")
    raw = {
        **owner,
        "finess": _number(details),
        "name": _first(details, "nomegecourt", "denominationege", "denomination", "nom"),
        "long_name": _first(details, "nomegelong", "denominationlongueege"),
        "category_code": _first(place, "categorieentitegeographiqueexercice"),
        "siret": _first(details, "siret") or _first(place, "siret"),
        "opened_on": _first(details, "dateouverture"),
        "source_updated_on": updated,
        "closed_on": _closed_on(details, place, updated),
        **_postal(_main_address(place.get("adresse"))),
        "phone": _phone(place.get("contact")),
    }
    return assembly.assemble(rank, raw)


def _number(details: Object) -> str:
    """The FINESS number under whichever name begins as it should."""
    usual = _first(details, "numfinessege")
    starting = (_text(it) for name, it in details.items() if name.startswith("numfiness"))
    return usual or next(filter(None, starting), "")


def _closed_on(details: Object, place: Object, updated: str) -> str:
    """The closing date; for an inactive place without one, the day of its last change."""
    if date := _first(details, "datefermeture"):
        return date
    return updated if _first(place, "etatobjet").upper() in _INACTIVE else ""


def _postal(where: Object) -> dict[str, str]:
    parts = (_first(where, name) for name in _STREET)
    street = _first(where, "lignequatre") or " ".join(part for part in parts if part)
    point = _first(where, "complementpointgeographique")
    line = _first(where, "ligneacheminement")
    return {
        "address": assembly.address((point, street, _first(where, "lieudit"))) or "",
        "postcode": _first(where, "codepostal"),
        "routing" if _POSTCODE_AHEAD.match(line) else "city": line,
        "commune": _first(where, "cogcommune"),
    }


def _phone(contacts: object) -> str:
    telecoms = (_object(contact.get("telecom")) for contact in _objects(contacts))
    return next(filter(None, (_first(telecom, "telephone") for telecom in telecoms)), "")


def _main_address(addresses: object) -> Object:
    known = _objects(addresses)
    main = [it for it in known if _first(it, "usageadresse") == _MAIN_ADDRESS]
    return next(iter(main or known), {})


def _object(value: object) -> Object:
    if not isinstance(value, dict):
        return {}
    return {name.lower().replace("_", ""): member for name, member in value.items()}


def _objects(value: object) -> list[Object]:
    return [_object(it) for it in value] if isinstance(value, list) else []


def _first(source: Object, *names: str) -> str:
    """The first of these members that says something."""
    for name in names:
        if name in source and (text := _text(source[name])):
            return text
    return ""


def _text(value: object) -> str:
    """A text, whether bare, a number, or the `code` or `dateEvenement` of an object."""
    if isinstance(value, dict):
        told = _object(value)
        return _bare(told.get("code")) or _bare(told.get("dateevenement"))
    return _bare(value)


def _bare(value: object) -> str:
    """A text as it can be kept: without NUL, which JSON writes and PostgreSQL does not."""
    if value is None or isinstance(value, bool | list | dict):
        return ""
    return str(value).replace("\0", " ").strip()

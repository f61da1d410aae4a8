"""Départements and regions of France, found from whatever a file says of a place."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_FILE = Path(__file__).with_name("territories.yaml")
_SAINT_BARTHELEMY = frozenset({"97133", "97123", "97701"})
_SAINT_MARTIN = frozenset({"97150", "97127", "97801"})


@dataclass(frozen=True, slots=True)
class Departement:
    """A département (or overseas collectivity) by its INSEE code, with its region's code."""

    code: str
    name: str
    region: str
    finess: str | None = None


@cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return table


@cache
def regions() -> dict[str, str]:
    """Names of the regions by INSEE code; `COM` gathers the overseas collectivities."""
    return dict(_table()["regions"])


@cache
def departements() -> dict[str, Departement]:
    """Every département by INSEE code."""
    return {entry["code"]: Departement(**entry) for entry in _table()["departements"]}


@cache
def _by_finess_code() -> dict[str, Departement]:
    return {place.finess: place for place in departements().values() if place.finess}


def departement(code: str) -> Departement | None:
    """The département of an INSEE code (`01`, `2A`, `971`) or of a FINESS one (`9A`)."""
    code = code.strip().upper()
    if len(code) == 1:
        code = f"0{code}"
    return departements().get(code) or _by_finess_code().get(code)


def departement_of(place: str) -> Departement | None:
    """The département of a postcode or of an INSEE commune code; Corsican postcodes included."""
    place = place.strip().upper()
    if place in _SAINT_BARTHELEMY:
        return departement("977")
    if place in _SAINT_MARTIN:
        return departement("978")
    if place.startswith(("97", "98")):
        return departements().get(place[:3])
    if place.startswith("20"):
        return departements().get("2A" if place[:3] in {"200", "201"} else "2B")
    return departements().get(place[:2])


def departement_of_number(finess: str) -> Departement | None:
    """The département a FINESS number was created in: nearly always where the place stands.

    Overseas numbers begin with 97, their fourth character telling where; Mayotte's with 98.
    """
    if finess.startswith("98"):
        return departements()["976"]
    return departements().get(f"97{finess[3:4]}" if finess.startswith("97") else finess[:2])

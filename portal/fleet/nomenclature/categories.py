"""Categories of establishments by their FINESS code, with the codes that were closed."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_FILE = Path(__file__).with_name("categories.yaml")


@dataclass(frozen=True, slots=True)
class Category:
    """One code of the nomenclature; `closed_on` set means that no new structure receives it."""

    code: str
    family: str
    short: str
    long: str
    esms: bool = True
    closed_on: date | None = None
    replaced_by: str | None = None
    private_address: bool = False


@cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return table


@cache
def families() -> dict[str, str]:
    """Families of categories and their French names, in the order of the screens."""
    return dict(_table()["families"])


@cache
def categories() -> dict[str, Category]:
    """Every known category by code, in the order of the file."""
    return {entry["code"]: Category(**entry) for entry in _table()["categories"]}


def category(code: str) -> Category | None:
    """The known category of this code; None for a code kept as « other »."""
    return categories().get(code)


def label(code: str, given: str = "") -> str:
    """Our short label of a category, else the one its source gave, else the bare code."""
    known = category(code)
    return known.short if known else (given or code)

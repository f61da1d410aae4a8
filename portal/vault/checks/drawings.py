"""Drawings (SVG) inside a document: nothing in them runs, and nothing is fetched to draw them."""

import re
from collections.abc import Mapping
from typing import Final

from portal.vault.checks.verdict import Failed, Reason

_SVG: Final = "{http://www.w3.org/2000/svg}"
STYLE: Final = f"{_SVG}style"
_HREF: Final = "href"
#: ``url(#a)`` is of the drawing itself, ``data:`` holds what it shows.
_FETCHED: Final = re.compile(r"url\(\s*['\"]?\s*(?!data:)(?:[a-z][a-z0-9+.-]*:|//)", re.IGNORECASE)
_ELSEWHERE: Final = re.compile(r"\s*(?!data:|#)\S", re.IGNORECASE)


def check(tag: str, attributes: Mapping[str, str]) -> None:
    """One element, of a drawing or not.  Raises ``Failed``."""
    if not tag.startswith(_SVG):
        return
    name = tag.removeprefix(_SVG)
    if any(known.lower().startswith("on") for known in attributes):
        raise Failed(Reason.OFFICE_MACRO)
    away = name != "a" and _ELSEWHERE.match(attributes.get(_HREF, ""))
    if away or any(map(_FETCHED.search, attributes.values())):
        raise Failed(Reason.OFFICE_EXTERNAL)


def check_style(words: str) -> None:
    """A drawing's sheet of styles; a back slash would hide what it says.  Raises ``Failed``."""
    if "@import" in words.lower() or "\\" in words or _FETCHED.search(words):
        raise Failed(Reason.OFFICE_EXTERNAL)

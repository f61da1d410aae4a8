"""What a page says, and which of it is said in the other language than the reader's."""

import re
from collections.abc import Iterator
from functools import cache

from bs4 import BeautifulSoup
from bs4.element import NavigableString

from tests.house import catalogue
from tests.house.catalogue import texts

_SPOKEN = {"title", "alt", "placeholder", "aria-label", "content"}
_PLACEHOLDER = re.compile(r"%\(\w+\)s")
#: Around a value: fewer letters than these could be the beginning of anything.
_TELLING = 15


def in_the_other_language(html: BeautifulSoup, language: str) -> set[str]:
    """Sentences of the interface that were left as templates (or Python) hold them.

    Names, guide and proofs are data: they keep the language they were written in.
    """
    exact, shaped = _untranslated(language)
    return {said for said in _said(html) if said in exact or shaped.fullmatch(said)}


def _said(html: BeautifulSoup) -> Iterator[str]:
    for text in html.find_all(string=True):
        if type(text) is NavigableString:  # neither a comment nor a script
            yield _plain(text)
    for tag in html.find_all(True):
        for name, value in tag.attrs.items():
            if (name in _SPOKEN or name.startswith("data-")) and isinstance(value, str):
                yield _plain(value)


def _plain(text: str) -> str:
    return " ".join(text.split())


@cache
def _untranslated(language: str) -> tuple[set[str], re.Pattern[str]]:
    exact, shaped = set(), []
    for message in catalogue.read(language):
        for here, there in zip(texts(message.id), texts(message.string), strict=True):
            shape = [_plain(part).replace("%%", "%") for part in _PLACEHOLDER.split(here)]
            if here == there:
                continue
            if len(shape) == 1:
                exact.add(shape[0])
            elif sum(map(len, shape)) > _TELLING:
                shaped.append(r"\s?.+\s?".join(map(re.escape, shape)))
    return exact - {""}, re.compile("|".join(shaped))

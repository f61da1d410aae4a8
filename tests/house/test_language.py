"""Templates speak French, Python English; the catalogues say each sentence in the other."""

import ast
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message

from portal.kit import authority, pades
from portal.local import console
from tests.house import catalogue, sentences, tree
from tests.house.catalogue import texts
from tests.house.test_templates import LOOSE_SPACE

#: Data and formats that are French by nature: each with its reason.
FRENCH_BY_NATURE = {
    "portal/local/demo": "invented people and proofs",
    "portal/local/logins": "invented people",
    "portal/kit/folding": "the letters of the alphabet",
    "portal/fleet/nomenclature": "the categories and territories of the country",
    "portal/fleet/importer": "the words of the national files",
    "portal/vault/checks/numbers": "what files write beside the national number",
    "portal/vault/checks/records": "the words of a care record",
}
MARKS = re.compile(r"[àâäçéèêëîïôöùûüÿœæÀÂÇÉÈÊËÎÏÔÙÛÜŒÆ]")
WORDS = re.compile(
    r"\b(?:le|la|les|des|du|une|est|sont|pour|dans|avec|sur|vous|votre|pas|aucune?|cette|ces)\b"
)
#: Single signs, the line that scripts wait for, and what sealed documents say of themselves.
SPARED = {
    "œ", "Œ", console.READY, authority.ROOT_NAME, authority.SEAL_NAME, authority.WARNING,
    pades.READ_ALOUD,
}  # fmt: skip
#: French words that English keeps: names of the country's registers, territories and services.
KEPT_IN_ENGLISH = re.compile(
    r"\bdépartements?\b|“Raison sociale”|Pro Santé Connect|\b(?:La )?Réunion\b|\bSaint Barthélemy\b"
)
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w*\}")
#: French spacing, or a French quotation mark, in an English sentence.
FRENCH_SIGNS = re.compile(r"[ \u00a0\u202f][:;?!]|[«»]|'")

#: A word that elides, right before what a person or a company is called.
UNELIDED = re.compile(
    r"\b(?:de|que|le|la|ce|si|jusque|lorsque) "
    r"%\((?:name|by|to|who|whom|person|provider|tenant|host|title|label|file|address)\)s"
)

ENGLISH = [p for p in sentences.PYTHON if not tree.name(p).startswith(tuple(FRENCH_BY_NATURE))]
every_language = pytest.mark.parametrize("language", catalogue.HEADERS)


def _docstrings(source: ast.Module) -> set[int]:
    """Constants that stand alone: docstrings, which may quote a French word."""
    return {id(n.value) for n in ast.walk(source) if isinstance(n, ast.Expr)}


def _addresses(source: ast.Module) -> set[int]:
    """Rules of routes are French: they are part of the screen."""
    routing = {"get", "post", "route", "add_url_rule"}
    return {
        id(node) for name, call in tree.calls(source) if name in routing for node in ast.walk(call)
    }


def _constants(path: Path) -> list[str]:
    source = tree.parsed(path)
    spared = _docstrings(source) | _addresses(source)
    return [
        node.value
        for node in ast.walk(source)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in spared
    ]


def _is_french(text: str) -> bool:
    return bool(MARKS.search(text)) or len(WORDS.findall(text.lower())) > 1


@pytest.mark.parametrize("path", ENGLISH, ids=tree.name)
def test_python_holds_no_french(path: Path) -> None:
    said = {KEPT_IN_ENGLISH.sub("", text) for text in set(_constants(path)) - SPARED}
    french = [text for text in said if _is_french(text)]

    assert french == []


def test_a_text_that_is_too_long_is_refused_in_our_words() -> None:
    """Marshmallow's own have the limit in them, so that no catalogue knows them."""
    wordless = [
        f"{tree.name(path)}:{call.lineno}"
        for path in sentences.PYTHON
        for name, call in tree.calls(tree.parsed(path))
        if name == "Length" and "error" not in {keyword.arg for keyword in call.keywords}
    ]

    assert wordless == []


def _entries(language: str) -> list[Message]:
    return [message for message in catalogue.read(language) if message.id]


def _said(language: str) -> list[str]:
    return [text for message in _entries(language) for text in texts(message.string)]


@every_language
def test_every_sentence_is_said_in_the_other_language(language: str) -> None:
    """`make catalogue` adds what is missing; the words are yours."""
    known = {texts(it.id) for it in _entries(language) if all(texts(it.string))}
    wanted = {(one, many) if many else (one,) for one, (many, _) in _wanted(language)}

    assert wanted - known == set()


@every_language
def test_a_catalogue_holds_nothing_that_is_not_said(language: str) -> None:
    said = {one for one, _ in _wanted(language)}
    known = catalogue.read(language)

    assert {texts(it.id)[0] for it in _entries(language)} - said == set()
    assert list(known.obsolete) == []
    assert [it.id for it in _entries(language) if it.fuzzy] == []


@every_language
def test_a_catalogue_says_nothing_twice(language: str) -> None:
    """A reader keeps the last of two like entries without a word."""
    written = catalogue.path(language).read_text("utf-8")

    assert len(re.findall(r"^msgid ", written, flags=re.MULTILINE)) == len(
        _entries(language)
    ) + len(["the header"])


def _wanted(language: str) -> list[tuple[str, tuple[str | None, list[str]]]]:
    return list(catalogue.wanted(language).items())


@every_language
def test_a_sentence_has_one_plural(language: str) -> None:
    files = sentences.PYTHON if language == "fr" else sentences.TEMPLATES
    of = sentences.of_python if language == "fr" else sentences.of_template
    plurals: dict[str, set[str | None]] = {}
    for file in files:
        for one, many in of(file).items():
            plurals.setdefault(one, set()).add(many)

    assert {one: found for one, found in plurals.items() if len(found - {None}) > 1} == {}


def _values(text: str) -> list[str]:
    """What a sentence shows, and the signs that stand for a percent."""
    rest = PLACEHOLDER.sub("", text)
    return sorted({*PLACEHOLDER.findall(text)}) + re.findall("%+", rest)


@every_language
def test_a_translation_keeps_the_values_it_shows(language: str) -> None:
    """One thing alone may be said without its number, as in « une exigence »."""
    wrong = []
    for message in _entries(language):
        pairs = list(zip(texts(message.id), texts(message.string), strict=True))
        for place, (here, there) in enumerate(pairs):
            alone = {"%(num)s"} if len(pairs) > 1 and place == 0 else set()
            if set(_values(here)) - alone != set(_values(there)) - alone:
                wrong.append((here, there))

    assert wrong == []


@every_language
def test_a_catalogue_counts_as_its_language_does(language: str) -> None:
    """Zero is singular in French, plural in English."""
    written = catalogue.read(language)

    assert written.plural_forms == Catalog(locale=language).plural_forms


def test_what_both_speak_means_the_same_in_both() -> None:
    """A template's « note » finds Python's: then no other word may stand for it."""
    for language, other in (("fr", "en"), ("en", "fr")):
        shared = {one for one, _ in _wanted(other)}
        told = {texts(m.id)[0]: texts(m.string)[0] for m in _entries(language)}

        assert {it: told[it] for it in shared & told.keys() if told[it] != it} == {}


def test_a_sign_that_closes_a_french_sentence_stays_on_its_line() -> None:
    said = _said("fr")

    assert [it for it in said if LOOSE_SPACE.search(PLACEHOLDER.sub("x", it))] == []
    assert [it for it in said if "'" in it] == []


def test_no_french_word_that_loses_a_vowel_stands_before_a_name() -> None:
    """« de Ann », « que Armor »: nobody knows beforehand how a name begins."""
    assert [it for it in _said("fr") if UNELIDED.search(it)] == []


def test_english_is_set_as_english_is() -> None:
    assert [it for it in _said("en") if FRENCH_SIGNS.search(PLACEHOLDER.sub("x", it))] == []


def test_english_says_nothing_in_french() -> None:
    said = (KEPT_IN_ENGLISH.sub("", it) for it in _said("en"))

    assert [it for it in said if MARKS.search(it) or WORDS.search(it.lower())] == []

"""Python speaks English; what it shows is said in French by the catalogue."""

import ast
import re
from pathlib import Path

import pytest
import yaml
from marshmallow import validate

from portal.kit.errors import DomainError
from portal.local import console
from tests.house import tree
from tests.house.test_templates import LOOSE_SPACE

CATALOGUE = tree.ROOT / "translations/python-fr.yaml"
#: Data and formats that are French by nature: each with its reason.
FRENCH_BY_NATURE = {
    "portal/local/demo": "invented people and proofs",
    "portal/local/logins": "invented people",
    "portal/fleet/nomenclature": "the categories and territories of the country",
    "portal/fleet/importer": "the words of the national files",
}
MARKS = re.compile(r"[àâäçéèêëîïôöùûüÿœæÀÂÇÉÈÊËÎÏÔÙÛÜŒÆ]")
WORDS = re.compile(
    r"\b(?:le|la|les|des|du|une|est|sont|pour|dans|avec|sur|vous|votre|pas|aucune?|cette|ces)\b"
)
#: Single signs, and the line that scripts wait for.
SPARED = {"œ", "Œ", console.READY}
TRANSLATORS = {"_", "gettext", "lazy_gettext", "ngettext", "lazy_ngettext"}
#: Of marshmallow: what they say when they refuse.
VALIDATORS = {name for name in dir(validate) if name[0].isupper()}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w*\}")

PYTHON = tree.python_files("portal", "tenants")
ENGLISH = [p for p in PYTHON if not tree.name(p).startswith(tuple(FRENCH_BY_NATURE))]


def _docstrings(source: ast.Module) -> set[int]:
    """Constants that stand alone: docstrings, which may quote a French word."""
    return {id(n.value) for n in ast.walk(source) if isinstance(n, ast.Expr)}


def _addresses(source: ast.Module) -> set[int]:
    """Rules of routes are French: they are part of the screen."""
    routing = {"get", "post", "route", "add_url_rule"}
    return {
        id(node) for name, call in tree.calls(source) if name in routing for node in ast.walk(call)
    }


def _texts(path: Path) -> list[str]:
    source = tree.parsed(path)
    spared = _docstrings(source) | _addresses(source)
    return [
        node.value
        for node in ast.walk(source)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in spared
    ]


@pytest.mark.parametrize("path", ENGLISH, ids=tree.name)
def test_python_holds_no_french(path: Path) -> None:
    french = [
        text
        for text in set(_texts(path)) - SPARED
        if MARKS.search(text) or len(WORDS.findall(text.lower())) > 1
    ]

    assert french == []


def _errors() -> set[str]:
    """The names of all domain errors, so that what they are raised with is read as shown."""
    for path in PYTHON:
        if "DomainError" in path.read_text("utf-8") or "Refused" in path.read_text("utf-8"):
            _load(path)
    names, waiting = {"DomainError"}, [DomainError]
    while waiting:
        for below in waiting.pop().__subclasses__():
            names.add(below.__name__)
            waiting.append(below)
    return names


def _load(path: Path) -> None:
    __import__(".".join(path.relative_to(tree.ROOT).with_suffix("").parts))


def _shown(path: Path, errors: set[str]) -> set[str]:
    """The English that a person may read: translated, raised, or said by a form."""
    source = tree.parsed(path)
    found = {text for text in map(tree.text, _said(source, errors)) if text}
    for node in ast.walk(source):
        if isinstance(node, ast.ClassDef) and _is_error(node, errors):
            found |= {t for t in map(tree.text, _messages(node)) if t}
    return found


def _said(source: ast.Module, errors: set[str]) -> list[ast.expr | None]:
    said: list[ast.expr | None] = []
    for name, call in tree.calls(source):
        first = call.args[0] if call.args else None
        if name in TRANSLATORS:
            said += call.args[:2] if name.endswith("ngettext") else [first]
        elif name in errors or name == "ValidationError":
            said.append(first)
        said += [k.value for k in call.keywords if k.arg == "error" and name in VALIDATORS]
        for keyword in call.keywords:
            if keyword.arg == "error_messages" and isinstance(keyword.value, ast.Dict):
                said += keyword.value.values
    return said


def _is_error(node: ast.ClassDef, errors: set[str]) -> bool:
    return node.name in errors


def _messages(node: ast.ClassDef) -> list[ast.expr | None]:
    return [
        line.value
        for line in node.body
        if isinstance(line, ast.Assign) and getattr(line.targets[0], "id", "") == "message"
    ]


@pytest.fixture(scope="module")
def catalogue() -> dict[str, str]:
    loaded: dict[str, str] = yaml.safe_load(CATALOGUE.read_text("utf-8"))
    return loaded


@pytest.fixture(scope="module")
def errors() -> set[str]:
    return _errors()


@pytest.mark.parametrize("path", PYTHON, ids=tree.name)
def test_what_python_shows_is_said_in_french(
    path: Path, catalogue: dict[str, str], errors: set[str]
) -> None:
    assert {text for text in _shown(path, errors) if not catalogue.get(text)} == set()


def test_a_translation_keeps_the_values_it_shows(catalogue: dict[str, str]) -> None:
    wrong = {
        english: french
        for english, french in catalogue.items()
        if set(PLACEHOLDER.findall(english)) != set(PLACEHOLDER.findall(french))
    }

    assert wrong == {}


def test_the_catalogue_says_nothing_twice() -> None:
    """YAML keeps the last of two like keys without a word."""
    tree_of_keys = yaml.compose(CATALOGUE.read_text("utf-8"))
    assert isinstance(tree_of_keys, yaml.MappingNode)
    keys = [str(key.value) for key, _ in tree_of_keys.value]

    assert sorted({key for key in keys if keys.count(key) > 1}) == []


def test_a_sign_that_closes_a_french_sentence_stays_on_its_line(
    catalogue: dict[str, str],
) -> None:
    loose = {
        french for french in catalogue.values() if LOOSE_SPACE.search(PLACEHOLDER.sub("x", french))
    }

    assert loose == set()

"""Every sentence a person may read: French in templates, English in Python."""

import ast
import importlib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jinja2.ext import babel_extract
from marshmallow import fields, validate

from portal.kit.errors import DomainError
from tests.house import tree

#: Each msgid with its plural, where it has one.
Sentences = dict[str, str | None]

TEMPLATES = sorted(path for ext in ("html", "txt") for path in tree.TEMPLATES.rglob(f"*.{ext}"))
PYTHON = tree.python_files("portal", "tenants")
TRANSLATORS = ("_", "gettext", "lazy_gettext", "ngettext", "lazy_ngettext")
#: Modules of that name are dictionaries of sentences, translated where they are looked up.
DICTIONARY = "words.py"
#: What a class of errors says, and what its page is headed with.
_TOLD = {"message", "heading"}
#: Of marshmallow: what they say when they refuse.
VALIDATORS = {name for name in dir(validate) if name[0].isupper()}


@cache
def of_template(path: Path) -> Sentences:
    """What a page, a fragment or a mail says."""
    with path.open("rb") as source:
        found = [texts for _, _, texts, _ in babel_extract(source, TRANSLATORS, (), {})]
    return _paired(texts if isinstance(texts, tuple) else (texts,) for texts in found)


@cache
def of_python(path: Path) -> Sentences:
    """What is translated, raised for a reader, said by a form, or kept in a dictionary."""
    source = tree.parsed(path)
    nodes = [*_said(source), *_messages(source), *_marshmallow(source)]
    if path.name == DICTIONARY:
        nodes += _dictionaries(source)
    return _paired(tuple(map(tree.text, group)) for group in nodes)


def _paired(found: Iterable[Iterable[str | None]]) -> Sentences:
    groups = [[text for text in group if text] for group in found]
    counted = {group[0]: group[1] for group in groups if len(group) > 1}
    return {group[0]: counted.get(group[0]) for group in groups if group}


def _said(source: ast.Module) -> Iterator[list[ast.expr]]:
    for name, call in tree.calls(source):
        if name in TRANSLATORS:
            yield call.args[: 2 if name.endswith("ngettext") else 1]
        elif name in errors() or name == "ValidationError":
            yield call.args[:1]
        for keyword in call.keywords:
            if keyword.arg == "error" and name in VALIDATORS:
                yield [keyword.value]
            if keyword.arg == "error_messages":
                yield from ([value] for value in _refusals(source, keyword.value))


def _refusals(source: ast.Module, said: ast.expr) -> list[ast.expr]:
    """Where the field is, or under the name of what several fields say alike."""
    if isinstance(said, ast.Name):
        lines = [line for line in source.body if isinstance(line, ast.Assign | ast.AnnAssign)]
        named = (line for line in lines if said.id in {ast.unparse(to) for to in _targets(line)})
        said = next((line.value for line in named if line.value), said)
    return said.values if isinstance(said, ast.Dict) else []


def _targets(line: ast.Assign | ast.AnnAssign) -> list[ast.expr]:
    return line.targets if isinstance(line, ast.Assign) else [line.target]


def _messages(source: ast.Module) -> Iterator[list[ast.expr]]:
    """What a class of errors says, and what is named before it is raised."""
    for node in ast.walk(source):
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in _TOLD:
            yield [node.value]


def _dictionaries(source: ast.Module) -> Iterator[list[ast.expr]]:
    for line in source.body:
        value = line.value if isinstance(line, ast.Assign | ast.AnnAssign) else None
        if isinstance(value, ast.Dict):
            yield from ([sentence] for sentence in value.values)


def _marshmallow(source: ast.Module) -> Iterator[list[ast.expr]]:
    """What the fields of a form say by themselves, with their own names for what they read."""
    for name, call in tree.calls(source):
        if ast.unparse(call.func) == f"fields.{name}":
            for sentence in _of_field(getattr(fields, name)):
                yield [ast.Constant(sentence)]


def _of_field(kind: type[fields.Field[Any]]) -> Iterator[str]:
    said: dict[str, str] = {}
    for ancestor in reversed(kind.__mro__):
        said |= getattr(ancestor, "default_error_messages", {})
    for reason, sentence in said.items():
        full = sentence.replace("{obj_type}", getattr(kind, "OBJ_TYPE", ""))
        if "{" not in full and reason not in {"type", "invalid_utf8"}:
            yield full


@cache
def errors() -> set[str]:
    """The names of all domain errors: what they are raised with is read as shown."""
    for path in PYTHON:
        if "DomainError" in path.read_text("utf-8") or "Refused" in path.read_text("utf-8"):
            importlib.import_module(".".join(path.relative_to(tree.ROOT).with_suffix("").parts))
    names, waiting = {"DomainError"}, [DomainError]
    while waiting:
        for below in waiting.pop().__subclasses__():
            names.add(below.__name__)
            waiting.append(below)
    return names

"""Templates: what they may hold, how they are named, and that every sentence compiles."""

import re
from functools import cache
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from jinja2 import Environment, nodes
from jinja2.ext import babel_extract

from tests.house import tree

HTML = sorted(tree.TEMPLATES.rglob("*.html"))
#: Mails are read where no style sheet follows them.
MAILS = {path for path in HTML if "mail" in path.relative_to(tree.TEMPLATES).parts}
PAGES = [path for path in HTML if path not in MAILS]
ENVIRONMENT = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
TRANSLATORS = {"_": (0,), "gettext": (0,), "ngettext": (0, 1)}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
#: Before these a no-break space: else the sign starts a line on its own.
LOOSE_SPACE = re.compile(r" [:;!?»%]|« ")

#: What somebody types into, as a template writes it by itself, without the macros of forms.
TYPED_INTO = re.compile(
    r"<textarea\b.*?</textarea>|<input\b(?=[^>]*\btype=\"(?:text|date|email|number|tel|url)\").*?>\n",
    re.DOTALL,
)

#: What takes a file that is no proof: a document to check, a list, an archive of another portal.
NO_PROOF = {
    "templates/attestations/verify.html",
    "templates/fleet/imports.html",
    "templates/leaving/bring.html",
}

every_page = pytest.mark.parametrize("path", PAGES, ids=tree.name)
every_template = pytest.mark.parametrize("path", HTML, ids=tree.name)


@cache
def _parsed(path: Path) -> nodes.Template:
    return ENVIRONMENT.parse(path.read_text("utf-8"), filename=str(path))


@cache
def _html(path: Path) -> BeautifulSoup:
    """The markup between the tags of Jinja, which make bad attributes and are left out."""
    source = re.sub(r"\{#.*?#\}|\{%.*?%\}", "", path.read_text("utf-8"), flags=re.DOTALL)
    return BeautifulSoup(re.sub(r"\{\{.*?\}\}", "x", source, flags=re.DOTALL), "html.parser")


def _sentences(path: Path) -> list[tuple[str, nodes.Call]]:
    found = []
    for call in _parsed(path).find_all(nodes.Call):
        places = TRANSLATORS.get(getattr(call.node, "name", ""), ())
        for place in places:
            text = call.args[place] if len(call.args) > place else None
            assert isinstance(text, nodes.Const), f"not a literal: line {call.lineno}"
            found.append((str(text.value), call))
    return found


def _messages(path: Path) -> set[str]:
    """Every msgid, from calls and from trans blocks alike."""
    with path.open("rb") as source:
        extracted = list(babel_extract(source, ("_", "gettext", "ngettext"), (), {}))
    texts = (text if isinstance(text, tuple) else (text,) for _, _, text, _ in extracted)
    return {part for group in texts for part in group if part}


@every_template
def test_a_template_compiles_with_the_filters_that_the_app_has(app: Flask, path: Path) -> None:
    app.jinja_env.compile(path.read_text("utf-8"), filename=str(path))


@every_page
def test_a_page_extends_a_layout_and_a_fragment_none(path: Path) -> None:
    """Fragments begin with « _ »; macros and the layouts themselves stand apart."""
    parts = path.relative_to(tree.TEMPLATES).parts
    extends = bool(list(_parsed(path).find_all(nodes.Extends)))
    alone = path.name.startswith("_") or parts[0] in {"base.html", "macros"}

    assert extends is not alone


@every_page
def test_nothing_is_inline(path: Path) -> None:
    """The content security policy would refuse it; the page must not count on it."""
    html = _html(path)
    attributes = {name for tag in html.find_all(True) for name in tag.attrs}

    assert {name for name in attributes if name == "style" or name.startswith("on")} == set()
    assert html.find_all("style") == []
    assert [tag for tag in html.find_all("script") if tag.get_text(strip=True)] == []
    assert "javascript:" not in path.read_text("utf-8").lower()


@every_page
def test_a_form_that_writes_carries_its_token(path: Path) -> None:
    source = path.read_text("utf-8")
    writing = len(re.findall(r'<form\b[^>]*method="post"', source, flags=re.IGNORECASE))

    assert writing == 0 or "csrf()" in source or "csrf_token" in source


@every_page
def test_what_is_shown_is_escaped(path: Path) -> None:
    filters = {found.name for found in _parsed(path).find_all(nodes.Filter)}

    assert "safe" not in filters


@every_template
def test_every_macro_that_is_imported_is_used(path: Path) -> None:
    source = path.read_text("utf-8")
    imported = {
        name if isinstance(name, str) else name[1]
        for node in _parsed(path).find_all(nodes.FromImport)
        for name in node.names
    }

    assert {name for name in imported if len(re.findall(rf"\b{name}\b", source)) < 2} == set()


@every_template
def test_every_sentence_has_the_values_it_shows(path: Path) -> None:
    """A `%` that stands for itself is doubled: a single one breaks the page that shows it."""
    for text, call in _sentences(path):
        given = {keyword.key for keyword in call.kwargs} | {"num"}
        assert set(PLACEHOLDER.findall(text)) <= given, text
        assert "%" not in PLACEHOLDER.sub("", text).replace("%%", ""), text


@every_template
def test_french_punctuation_does_not_start_a_line(path: Path) -> None:
    loose = {text for text in _messages(path) if LOOSE_SPACE.search(PLACEHOLDER.sub("x", text))}

    assert loose == set()


@every_template
def test_an_apostrophe_is_typographic(path: Path) -> None:
    assert {text for text in _messages(path) if "'" in text} == set()


def test_no_template_is_left_alone() -> None:
    """Each is rendered by a view, extended, included or imported by its name."""
    python = "".join(p.read_text("utf-8") for p in tree.python_files("portal"))
    jinja = "".join(p.read_text("utf-8") for p in tree.TEMPLATES.rglob("*.*") if p.suffix != ".ttf")
    names = {path.relative_to(tree.TEMPLATES).as_posix() for path in PAGES}
    named = {n for n in names if f'"{n}"' in python or f'"{n}"' in jinja or f"'{n}'" in jinja}
    # Errors are chosen by status (kit/failures.py); a layout may wait for its first page.
    apart = {n for n in names if n.startswith(("errors/", "layouts/"))}

    assert names - named - apart == set()


@every_template
def test_a_quotation_mark_is_part_of_a_sentence(path: Path) -> None:
    """English quotes otherwise."""
    shown = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", path.read_text("utf-8"), flags=re.DOTALL)

    assert re.findall(r"[«»“”]", shown) == []


@every_template
def test_a_sign_before_which_languages_differ_is_part_of_a_sentence(path: Path) -> None:
    """English sets no space before a colon: whatever stands outside « _() » is in no language."""
    assert re.findall(r"(?:}}|%}|>)[ \u00a0][:;?!](?=[\s<])", path.read_text("utf-8")) == []


@every_page
def test_what_was_typed_wrong_is_told_where_it_was_typed(path: Path) -> None:
    """Not in the summary alone: a field says itself that it is wrong, and why (WCAG 3.3.1)."""
    source = path.read_text("utf-8")
    if "{{ error_summary(" not in source:
        return
    alone = [
        found[0]
        for found in TYPED_INTO.finditer(source)
        if not re.search(r"ties\(|aria-invalid|\breadonly\b", found[0])
    ]
    assert alone == []


def _called(path: Path) -> set[str]:
    return {getattr(call.node, "name", "") for call in _parsed(path).find_all(nodes.Call)}


def test_whatever_takes_a_proof_takes_a_photo_too_and_says_what_nobody_reads() -> None:
    pages = [path for path in HTML if path.parent.name != "macros"]
    bare = {
        tree.name(path)
        for path in pages
        if "file" in _called(path) or 'type="file"' in path.read_text("utf-8")
    }
    taking = {tree.name(path) for path in pages if "proof_file" in _called(path)}

    assert bare == NO_PROOF
    assert taking == {
        "templates/collecting/deposit.html",
        "templates/evidence/_parts.html",
        "templates/evidence/many.html",
    }


@pytest.mark.parametrize("name", ["file", "files"])
def test_a_photo_comes_by_the_name_of_the_file(app: Flask, name: str) -> None:
    with app.test_request_context():
        macros = app.jinja_env.get_template("macros/proof.html").module
        shown = BeautifulSoup(macros.proof_file(None, name, "Le fichier", "PDF."), "html.parser")  # type: ignore[attr-defined]  # a macro

    disk, camera = shown.find_all("input", type="file")
    assert (disk["name"], camera["name"]) == (name, name)
    assert (camera["capture"], camera["accept"]) == ("environment", "image/jpeg,image/png")
    assert not camera.has_attr("required")
    assert not disk.has_attr("required")
    assert "lire une photo ni un document numérisé" in shown.get_text()

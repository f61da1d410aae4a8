"""What is served as it stands: vendored files untouched, nothing inline, colours one can read."""

import hashlib
import re
from itertools import product
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "static"
SHEETS = sorted((STATIC / "css").glob("*.css"))
#: Mails are read without our style sheets, so theirs travels inline.
TEMPLATES = sorted(p for p in (ROOT / "templates").rglob("*.html") if "mail" not in str(p.parent))

TEXT = ("ink", "quiet", "accent", "kept", "due", "late")
GROUNDS = ("paper", "sheet", "tint")


def _tokens() -> dict[str, tuple[str, str]]:
    """Each colour token with its light and its dark value."""
    css = (STATIC / "css/treize.css").read_text()
    found = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", css)
    return {name: (light, dark) for name, light, dark in found}


def _luminance(colour: str) -> float:
    """Relative luminance, as WCAG 2.2 defines it."""
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    dim, bright = sorted((_luminance(one), _luminance(other)))
    return (bright + 0.05) / (dim + 0.05)


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_what_is_rearranged_for_small_screens_stays_as_it_is_on_paper(sheet: Path) -> None:
    """A sheet of paper is narrower than a tablet, and its tables are to be read as tables."""
    queries = re.findall(r"@media ([^{]+)", sheet.read_text("utf-8"))
    narrow = {query.strip() for query in queries if "max-width" in query}

    assert {query for query in narrow if not query.startswith("screen and ")} == set()


def test_vendored_files_are_those_that_were_reviewed() -> None:
    listed = {
        name: digest
        for digest, name in (
            line.split("  ", 1) for line in (STATIC / "SHA256SUMS").read_text().splitlines()
        )
    }
    present = {
        path.relative_to(STATIC).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in ("fonts", "vendor")
        for path in (STATIC / folder).rglob("*")
        if path.is_file()
    }

    assert present == listed


def test_every_vendored_file_comes_with_its_licence() -> None:
    homes = [STATIC / "fonts", *(STATIC / "vendor").iterdir()]

    assert [home.name for home in homes if not list(home.glob("LICENSE*"))] == []


@pytest.mark.parametrize(("name", "ground"), list(product(TEXT, GROUNDS)))
@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_text_is_readable_on_every_ground(name: str, ground: str, theme: int) -> None:
    tokens = _tokens()

    assert _contrast(tokens[name][theme], tokens[ground][theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_words_on_the_first_button_are_readable(theme: int) -> None:
    tokens = _tokens()

    assert _contrast(tokens["on-accent"][theme], tokens["accent"][theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("ground", GROUNDS)
def test_the_frame_of_a_field_is_seen(ground: str, theme: int) -> None:
    tokens = _tokens()

    assert _contrast(tokens["edge"][theme], tokens[ground][theme]) >= 3


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_recognised_stands_out_from_proven(theme: int) -> None:
    tokens = _tokens()

    assert _contrast(tokens["kept"][theme], tokens["proof"][theme]) >= 2.5


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_a_style_sheet_uses_only_tokens_that_exist(sheet: Path) -> None:
    everything = "".join(path.read_text() for path in SHEETS)
    defined = set(re.findall(r"(--[\w-]+):", everything))

    assert set(re.findall(r"var\((--[\w-]+)", sheet.read_text())) <= defined


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_the_look_has_no_gradient_and_no_shadow(sheet: Path) -> None:
    assert not re.search(r"gradient\(|box-shadow|text-shadow", sheet.read_text())


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_what_a_style_sheet_names_is_there(sheet: Path) -> None:
    names = re.findall(r'url\("([^"#]+)"\)', sheet.read_text())

    assert [name for name in names if not (sheet.parent / name).resolve().is_file()] == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_template_holds_nothing_inline(template: Path) -> None:
    markup = re.sub(r"\{#.*?#\}", "", template.read_text(), flags=re.DOTALL)

    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:|hx-on|hx-vals=.js:", markup)
    assert not re.search(r"<script(?![^>]*\ssrc=)", markup)


def test_our_script_builds_no_code_and_no_markup_from_strings() -> None:
    script = (STATIC / "js/treize.js").read_text()

    assert not re.search(r"\beval\(|new Function|innerHTML|outerHTML|document\.write", script)

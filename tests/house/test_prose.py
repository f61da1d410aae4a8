"""What the pages for engineers name is there: files, links, commands, settings, rooms, words."""

import ast
import re
import tomllib
from pathlib import Path

import click
import pytest
from flask import Flask

from tests.house import tree

PAGES = [tree.ROOT / "README.md", tree.ROOT / "CONTRIBUTING.md", *tree.ROOT.glob("docs/*.md")]
TOUR, WORDS = tree.ROOT / "docs/tour.md", tree.ROOT / "docs/words.md"
CODE = ("portal", "tenants", "tests", "verifier")

every_page = pytest.mark.parametrize("path", PAGES, ids=tree.name)


def _spans(path: Path) -> set[str]:
    """What stands between backticks, blocks of commands left out."""
    prose = re.sub(r"^```.*?^```", "", path.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    return set(re.findall(r"`([^`\n]+)`", prose))


def _is_there(named: str) -> bool:
    """A path from the root, the portal, the templates; a bare file's name anywhere in the code."""
    if "/" in named:
        return any((tree.ROOT / place / named).exists() for place in ("", "portal", "templates"))
    return any(path.name == named for path in tree.python_files(*CODE))


@every_page
def test_a_file_that_is_named_is_there(path: Path) -> None:
    files = {it for it in _spans(path) if re.fullmatch(r"[\w.-]+(/[\w.-]*)+|\w+\.py", it)}

    assert {it for it in files if not _is_there(it)} == set()


@every_page
def test_a_link_leads_to_a_file(path: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", path.read_text("utf-8"))

    assert [link for link in links if not (path.parent / link).exists()] == []


@every_page
def test_a_command_that_is_told_can_be_given(app: Flask, path: Path) -> None:
    prose, makefile = path.read_text("utf-8"), (tree.ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, flags=re.MULTILINE))
    made = set(re.findall(r"(?:^|`)make ([a-z]+)", prose, flags=re.MULTILINE))
    flask = re.findall(r"flask (?:--app wsgi )?([a-z]+)(?: ([a-z-]+))?", prose)

    assert made <= targets
    assert [words for words in flask if not _is_command(app, *words)] == []


def _is_command(app: Flask, name: str, within: str) -> bool:
    """A group of commands is told with one of its own; what follows another is its argument."""
    found = app.cli.commands.get(name)
    return within in found.commands if isinstance(found, click.Group) else found is not None


def test_every_setting_is_told() -> None:
    config = tree.parsed(tree.ROOT / "portal/config.py")
    [reads] = [
        node
        for node in ast.walk(config)
        if isinstance(node, ast.FunctionDef) and node.name == "from_env"
    ]
    settings = {
        text
        for node in ast.walk(reads)
        if (text := tree.text(node)) and re.fullmatch(r"[A-Z][A-Z\d_]+", text)
    }

    told = {span.partition("=")[0] for span in _spans(tree.ROOT / "README.md")}

    assert len(settings) > 30
    assert settings - told == set()


def _floors() -> list[list[str]]:
    """The slices as import-linter keeps them, top first, those of one floor together."""
    config = tomllib.loads((tree.ROOT / "pyproject.toml").read_text("utf-8"))
    [slices] = [
        contract["layers"]
        for contract in config["tool"]["importlinter"]["contracts"]
        if contract.get("containers") == ["portal"]
    ]
    return [[name.strip() for name in layer.split("|")] for layer in slices]


def _rooms() -> list[tuple[str, str]]:
    rooms = TOUR.read_text("utf-8").split("## The rooms")[1].split("\n## ")[0]
    return re.findall(r"^\| `portal/(\w+)` \|[^|]+\| (.+) \|$", rooms, flags=re.MULTILINE)


def test_the_tour_passes_every_room_from_the_ground_up() -> None:
    packages = {path.parent.name for path in (tree.ROOT / "portal").glob("*/__init__.py")}
    height = {name: floor for floor, names in enumerate(reversed(_floors())) for name in names}
    visited = [name for name, _files in _rooms()]

    assert sorted(visited) == sorted(packages)
    assert [height[name] for name in visited] == sorted(height[name] for name in visited)


def test_the_first_file_to_open_is_in_its_room() -> None:
    first = {
        f"portal/{room}/{name}" for room, files in _rooms() for name in re.findall("`(.+?)`", files)
    }

    assert len(first) >= len(_rooms())
    assert {name for name in first if not (tree.ROOT / name).exists()} == set()


def test_the_rooms_are_drawn_as_they_are_kept() -> None:
    drawing = (tree.ROOT / "CONTRIBUTING.md").read_text("utf-8").split("```")[1]
    kept = [name for floor in _floors() for name in floor]
    drawn = [word.removeprefix("portal/") for word in drawing.split("tenants:")[0].split()]

    assert [word for word in drawn if word in kept] == kept


def test_the_words_name_what_the_code_has() -> None:
    classes = {
        node.name
        for path in tree.python_files("portal", "tenants")
        for node in ast.walk(tree.parsed(path))
        if isinstance(node, ast.ClassDef)
    }
    named = {span for span in _spans(WORDS) if re.fullmatch(r"[A-Z][A-Za-z]+", span)}

    assert len(named) > 30
    assert named - classes == set()

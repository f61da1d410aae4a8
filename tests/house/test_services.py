"""Services say who acts, take the day as an argument, and leave the commit to whoever called."""

import ast
from pathlib import Path

import pytest

from tests.house import tree

SLICES = (
    "audit", "accounts", "federation", "guide", "fleet", "contracts", "evidence", "tracking",
    "attestations", "reminders", "journal", "people", "privacy",
)  # fmt: skip
#: Entry points: they ask the time, and a command or a job settles what it began.
CALLERS = {"commands.py", "jobs.py", "listeners.py"}
#: What stands between a browser and the rules: they ask the time, and leave the commit.
BROWSERS = {"sessions.py", "codes.py", "notices.py", "passkeys.py", "steps.py", "flow.py"}

MODULES = tree.python_files(*(f"portal/{name}" for name in SLICES))
RULES = [
    path
    for path in MODULES
    if path.name not in CALLERS | BROWSERS and "views" not in path.as_posix()
]


def _functions(path: Path) -> list[ast.FunctionDef]:
    return [node for node in tree.parsed(path).body if isinstance(node, ast.FunctionDef)]


@pytest.mark.parametrize(
    "path", [path for path in MODULES if path.name not in CALLERS], ids=tree.name
)
def test_a_slice_flushes_and_never_commits(path: Path) -> None:
    settled = [
        f"line {call.lineno}"
        for name, call in tree.calls(tree.parsed(path))
        if name == "commit" and isinstance(call.func, ast.Attribute)
    ]

    assert settled == []


@pytest.mark.parametrize("path", RULES, ids=tree.name)
def test_who_acts_comes_first(path: Path) -> None:
    late = [
        function.name
        for function in _functions(path)
        if "actor" in [arg.arg for arg in function.args.args[1:] + function.args.kwonlyargs]
    ]

    assert late == []


@pytest.mark.parametrize("path", RULES, ids=tree.name)
def test_two_arguments_of_one_kind_are_named(path: Path) -> None:
    """Two dates in a row, or two texts, would be swapped one day."""
    swappable = []
    for function in _functions(path):
        kinds = [ast.unparse(arg.annotation) for arg in function.args.args if arg.annotation]
        if kinds[:1] == ["Actor"] and len(set(kinds)) < len(kinds):
            swappable.append(function.name)

    assert swappable == []


@pytest.mark.parametrize("path", RULES, ids=tree.name)
def test_rules_are_given_the_time(path: Path) -> None:
    """Only entry points ask the clock: what depends on a day can be tried on any day."""
    asked = [
        f"line {call.lineno}"
        for name, call in tree.calls(tree.parsed(path))
        if name in {"now", "today"}
        and isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "clock"
    ]

    assert asked == []

"""What a view leads to: every function of the portal that it names, and those that they name.

Read from the sources, so that a view is known by what it could do, whatever a test asks of it.
Names are followed through imports; whoever names a class may call all of its methods.
"""

import ast
from collections.abc import Iterator
from functools import cache

from tests.house import tree


@cache
def named() -> dict[str, frozenset[str]]:
    """What each function, class and constant of the portal names; all by their dotted names."""
    found: dict[str, frozenset[str]] = {}
    for path in tree.python_files("portal", "tenants"):
        parts = path.relative_to(tree.ROOT).with_suffix("").parts
        module = ".".join(part for part in parts if part != "__init__")
        body = tree.parsed(path)
        known = dict(_names(body, module))
        for name, node in _definitions(body):
            found[f"{module}.{name}"] = frozenset(_named_in(node, known))
        found.update({f"{module}.{it}": frozenset({to}) for it, to in known.items()
                      if to != f"{module}.{it}"})  # fmt: skip
    return found


def led_to(start: str) -> set[str]:
    """All that ``start`` names, directly or by way of others."""
    seen, ahead = set[str](), [start]
    while ahead:
        if (name := ahead.pop()) not in seen:
            seen.add(name)
            ahead.extend(named().get(name, ()))
    return seen


def _definitions(body: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    for node in body.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name, node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from ((it.id, node) for it in targets if isinstance(it, ast.Name))


def _names(body: ast.Module, module: str) -> Iterator[tuple[str, str]]:
    """What a name of this module stands for."""
    yield from ((name, f"{module}.{name}") for name, _ in _definitions(body))
    for node in ast.walk(body):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from ((it.asname or it.name, f"{node.module}.{it.name}") for it in node.names)
        elif isinstance(node, ast.Import):
            yield from ((it.asname or it.name, it.name) for it in node.names)


def _named_in(node: ast.AST, known: dict[str, str]) -> Iterator[str]:
    for it in ast.walk(node):
        if isinstance(it, ast.Name) and it.id in known:
            yield known[it.id]
        elif isinstance(it, ast.Attribute):
            yield f".{it.attr}"
            if isinstance(it.value, ast.Name) and it.value.id in known:
                yield f"{known[it.value.id]}.{it.attr}"

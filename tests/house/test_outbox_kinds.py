"""Whatever is promised has somebody to do it, and nobody waits for what is never promised."""

import ast
import importlib
from types import ModuleType

from portal import worker
from portal.kit import outbox
from tests.house import tree

PROMISES = {"promise", "promise_all"}
#: Where promising itself is written.
KIT = tree.ROOT / "portal/kit/outbox.py"


def _modules() -> list[tuple[ModuleType, ast.Module]]:
    found = []
    for path in tree.python_files("portal"):
        source = path.read_text("utf-8")
        if path != KIT and "outbox" in source:
            dotted = ".".join(path.relative_to(tree.ROOT).with_suffix("").parts)
            module = importlib.import_module(dotted.removesuffix(".__init__"))
            found.append((module, tree.parsed(path)))
    return found


def _value(node: ast.expr, module: ModuleType) -> object:
    """A literal, a constant of the module, or a constant of a module it imports."""
    if isinstance(node, ast.Name):
        return getattr(module, node.id)
    if isinstance(node, ast.Attribute):
        return getattr(_value(node.value, module), node.attr)
    literal = tree.text(node)
    assert literal is not None, ast.dump(node)
    return literal


def _promised() -> set[str]:
    return {
        str(_value(call.args[0], module))
        for module, source in _modules()
        for name, call in tree.calls(source)
        if name in PROMISES
    }


def _promised_once() -> set[str]:
    """What a migration promises to whom was there before it: the kinds that it names."""
    return {
        kind
        for path in tree.python_files("migrations")
        if "INSERT INTO outbox" in path.read_text("utf-8")
        for node in tree.parsed(path).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_KINDS"
        for kind in ast.literal_eval(node.value)
    }


def _declared() -> dict[str, outbox.Job]:
    return {
        value.kind: value
        for module, _ in _modules()
        for value in vars(module).values()
        if isinstance(value, outbox.Job)
    }


def test_every_promise_has_its_job_and_every_job_its_promise() -> None:
    assert _promised_once()
    assert _promised() | _promised_once() == set(_declared())


def test_the_worker_knows_every_job_by_its_kind() -> None:
    assert dict(worker.JOBS) == _declared()


def test_a_kind_names_its_slice() -> None:
    """So that what waits in the table can be read."""
    strays = {
        kind: job.run.__module__
        for kind, job in worker.JOBS.items()
        if job.run.__module__.split(".")[1] != kind.split(".")[0]
    }

    assert strays == {}

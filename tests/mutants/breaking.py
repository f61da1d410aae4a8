"""Break one thing in this process, before anything of the portal is imported."""

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from types import CodeType, ModuleType


class NoSuchTextError(LookupError):
    """The text to be replaced is not there exactly once: the mutant is out of date."""


def changed(text: str, old: str, new: str, *, of: str) -> str:
    """The text with ``old``, there exactly once, made ``new``; ``of``: whose text it is."""
    if text.count(old) != 1:
        raise NoSuchTextError(f"{of}: {old}")
    return text.replace(old, new)


@dataclass(frozen=True)
class Edit:
    """Another text in a module of ours."""

    module: str
    old: str
    new: str

    def apply(self) -> list[object]:
        sys.meta_path.insert(0, _Finder(self))
        return []

    def changed(self, source: str) -> str:
        return changed(source, self.old, self.new, of=self.module)


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, edit: Edit) -> None:
        self._edit = edit

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._edit.module:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.origin is not None:
            spec.loader = _Loader(fullname, spec.origin, self._edit)
        return spec


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, fullname: str, path: str, edit: Edit) -> None:
        super().__init__(fullname, path)
        self._edit = edit

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002 -- named by the protocol
        """Compiled from the changed text; no file on disk ever holds it."""
        changed = self._edit.changed(self.get_data(self.path).decode())
        return self.source_to_code(changed.encode(), self.path)

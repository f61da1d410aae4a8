"""Break one thing in this process, before anything of the portal is imported."""

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from types import CodeType, ModuleType
from typing import Any

import pytest


class NoSuchTextError(LookupError):
    """The text to be replaced is not there exactly once: the mutant is out of date."""


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
        if source.count(self.old) != 1:
            raise NoSuchTextError(f"{self.module}: {self.old}")
        return source.replace(self.old, self.new)


@dataclass(frozen=True)
class Policy:
    """A policy of PostgreSQL that is missing from every database the tests make."""

    table: str
    name: str

    def apply(self) -> list[object]:
        """The plugin that pytest is to load."""
        return [_WithoutPolicy(self)]


Breaking = Edit | Policy


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


class _WithoutPolicy:
    """Drops the policy as each database is made, and keeps to what concerns its table."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self) -> None:
        """Before any test module takes the function by its name."""
        conftest: Any = sys.modules["tests.conftest"]
        made = conftest.new_database

        def new_database(name: str) -> None:
            made(name)
            self._drop(conftest, name)

        conftest.new_database = new_database

    def _drop(self, conftest: Any, database: str) -> None:
        engine = conftest.sa.create_engine(conftest.servers.admin_url(database))
        with engine.begin() as connection:
            connection.execute(
                conftest.sa.text(f'DROP POLICY "{self._policy.name}" ON "{self._policy.table}"')
            )
        engine.dispose()

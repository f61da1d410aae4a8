"""Break each lock and each check in turn, and say which test notices: `python -m tests.mutants`.

Words on the command line choose the mutants whose name holds one; `--jobs N` runs N at once.
Exit code 0 when at least ``ENOUGH`` are noticed, and nothing is where nothing is broken.
"""

import argparse
import importlib
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.mutants import gate
from tests.mutants.breaking import Edit
from tests.mutants.database import CONDITIONS, InDatabase, Policy, Together
from tests.mutants.regressions import REGRESSIONS

Breaking = Edit | InDatabase | Together
ENOUGH = 0.95
ROOT = Path(__file__).parents[2]
#: Where each kind of mutant should be noticed, the nearest tests first.
SUITES = {
    "policy": (
        (
            "tests/house/test_isolation.py",
            "tests/house/test_personal_rows.py",
            "tests/house/test_second_locks.py",
        ),
        (
            "tests/house/test_auditors.py",
            "tests/accounts/test_forgetting.py",
            "tests/accounts/test_carried.py",
        ),
        ("tests/tenants/test_rls.py", "tests/test_dispatcher.py", "tests/house/test_definers.py"),
        # What each side writes of a row is told by columns, which the deeds above do not touch.
        (
            "tests/engagements/test_sides.py",
            "tests/engagements/test_fleet.py",
            "tests/space/test_columns.py",
            "tests/space/test_proof_columns.py",
            "tests/space/test_renewing_columns.py",
            "tests/space/test_score_columns.py",
            "tests/briefs/test_columns.py",
        ),
    ),
    "condition": (
        (
            "tests/tenants/test_rls.py",
            "tests/house/test_auditors.py",
            "tests/house/test_second_locks.py",
            "tests/house/test_isolation.py",
            "tests/engagements/test_locks.py",
        ),
        ("tests/people/test_operating.py", "tests/people/test_plans.py", "tests/operations"),
        ("tests/space/test_renewing_columns.py", "tests/engagements/test_coming_back.py"),
        ("tests/publiclog", "tests/attestations", "tests/engagements"),
    ),
    "filter": (("tests/house/test_session_locks.py",),),
    "guard": (("tests/house/test_session_locks.py",),),
    "hook": (
        (
            "tests/tenants/test_told.py",
            "tests/tenants/test_scoping.py",
            "tests/tenants/test_rls.py",
        ),
        ("tests/house/test_session_locks.py",),
    ),
    "gate": (
        (
            "tests/tenants/test_entry.py",
            "tests/tenants/test_http.py",
            "tests/tenants/test_sign_ins.py",
        ),
        ("tests/house/test_doors.py", "tests/house/test_routes.py"),
        ("tests/accounts", "tests/federation", "tests/people", "tests/engagements"),
    ),
    "regression": (),  # each names its own test
    "nothing": (
        ("tests/house/test_isolation.py", "tests/house/test_session_locks.py", "tests/tenants"),
    ),
}
#: Slow, and run against its own mutants: see ``tests/tenants/test_access_machine.py``.
_LEFT_OUT = ("--ignore", "tests/tenants/test_access_machine.py")


@dataclass(frozen=True)
class Mutant:
    kind: str
    name: str
    breaking: Breaking | None
    #: The one test that should notice; without it, those of its kind.
    test: str | None = None

    def __str__(self) -> str:
        return f"{self.kind}: {self.name}"


class Outcome(NamedTuple):
    """``test``: the first that failed; ``broken``: it, or the mutant, did not even run."""

    test: str | None
    broken: bool
    seconds: float


#: What a dying process leaves open says nothing of the mutant.
_UNASKED = ("-p", "no:unraisableexception")
#: The mutant's own fault: a text that is no program kills itself.
_NONSENSE = ("NameError: ", "UnboundLocalError: ", "ImportError: ")


class _Witness:
    """Notes the first test that fails, and lets run what concerns one table where there is one."""

    def __init__(self, table: str | None) -> None:
        self._table = table
        self.test: str | None = None
        self.broken = False

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        if self._table is not None:
            items[:] = [item for item in items if _table_of(item) in {None, self._table}]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and self.test is None:
            self.test = report.nodeid
            # What fails before a test begins, or after it, asserted nothing of the mutant.
            asserted = report.when == "call"
            self.broken = not asserted or any(it in report.longreprtext for it in _NONSENSE)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.test, self.broken = report.nodeid, True


def _table_of(item: Any) -> str | None:
    """The one that a test says it is about."""
    table: str | None = item.callspec.params.get("table") if hasattr(item, "callspec") else None
    return table


#: Imported once for all; nothing of ours, which may be broken.
_SLOW = (
    "alembic", "babel.messages", "bs4", "flask_migrate", "flask_sqlalchemy",
    "psycopg", "redis", "rq", "sqlalchemy.dialects.postgresql", "webauthn",
)  # fmt: skip


def _quietly() -> None:
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)


def try_out(mutant: Mutant) -> Outcome:
    """In a process of its own, which is no good for anything afterwards."""
    began = time.monotonic()
    _quietly()
    plugins = mutant.breaking.apply() if mutant.breaking else []
    witness = _Witness(mutant.breaking.table if isinstance(mutant.breaking, Policy) else None)
    for suite in ((mutant.test,),) if mutant.test else SUITES[mutant.kind]:
        there = [path for path in suite if (ROOT / path.partition("::")[0]).exists()]
        pytest.main(
            [*there, *_LEFT_OUT, "-x", "-q", "-p", "no:cacheprovider", *_UNASKED],
            plugins=[witness, *plugins],
        )
        if witness.test is not None:
            break
    return Outcome(witness.test, witness.broken, time.monotonic() - began)


def _policies() -> list[Policy]:
    """Of every table of a tenant, as a migrated database has them."""
    conftest, servers = (
        importlib.import_module(f"tests.{name}") for name in ("conftest", "servers")
    )
    database = f"policies_{servers.servers.slot}"
    conftest.new_database(database)
    engine = conftest.sa.create_engine(servers.servers.admin_url(database))
    asked = "SELECT tablename, policyname FROM pg_policies ORDER BY 1, 2"
    with engine.connect() as connection:
        found = [Policy(*row) for row in connection.execute(conftest.sa.text(asked))]
    engine.dispose()
    return found


def _models() -> list[str]:
    """The name of each model that belongs to a tenant."""
    importlib.import_module("tests.house.tree").import_tables()
    scoping, database = (importlib.import_module(f"tenants.{name}") for name in ("scoping", "db"))
    mapped = (mapper.class_ for mapper in database.Base.registry.mappers)
    return sorted(one.__name__ for one in mapped if issubclass(one, scoping.TenantScoped))


def _known() -> tuple[list[Policy], list[str]]:
    return _policies(), _models()


def mutants(policies: list[Policy], models: list[str]) -> Iterator[Mutant]:
    yield Mutant("nothing", "nothing", None)
    for policy in policies:
        yield Mutant("policy", f"{policy.table}.{policy.name}", policy)
    for model in models:
        yield Mutant("filter", model, gate.without_filter(model))
        yield Mutant("guard", model, gate.without_guard(model))
    yield from (Mutant("condition", name, broken) for name, broken in CONDITIONS.items())
    yield from (Mutant("hook", name, edit) for name, edit in gate.HOOKS.items())
    yield from (Mutant("gate", name, edit) for name, edit in gate.GATE.items())
    for name, known in REGRESSIONS.items():
        yield Mutant("regression", name, known.breaking, known.test)


def _still_apply(chosen: list[Mutant]) -> None:
    """An edit whose text is gone would break nothing, and be survived by everybody."""
    broken = [mutant.breaking for mutant in chosen]
    parts = [part for one in broken for part in (one.parts if isinstance(one, Together) else [one])]
    for edit in parts:
        if isinstance(edit, Edit):
            path = (ROOT / edit.module.replace(".", "/")).with_suffix(".py")
            compile(edit.changed(path.read_text("utf-8")), path, "exec")


def _tried(mutant: Mutant) -> tuple[Mutant, Outcome]:
    return mutant, try_out(mutant)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*")
    parser.add_argument("--jobs", type=int, default=1)
    asked = parser.parse_args()
    # Each in a process forked from this one, which has imported nothing that may be broken.
    fork = partial(multiprocessing.get_context("fork").Pool, maxtasksperchild=1)
    with fork(1) as pool:
        known = pool.apply(_known)
    chosen = [
        m for m in mutants(*known) if not asked.words or any(w in str(m) for w in asked.words)
    ]
    _still_apply(chosen)
    for slow in _SLOW:
        importlib.import_module(slow)
    with fork(asked.jobs) as pool:
        found = [_told(*tried) for tried in pool.imap(_tried, chosen)]
    return _summed_up(dict(found))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _told(mutant: Mutant, outcome: Outcome) -> tuple[Mutant, Outcome]:
    said = "BROKEN" if outcome.broken else "killed" if outcome.test else "SURVIVED"
    _say(f"{said:9} {mutant}  [{outcome.seconds:.1f} s]  {outcome.test or ''}")
    return mutant, outcome


def _summed_up(found: dict[Mutant, Outcome]) -> int:
    control = [outcome for mutant, outcome in found.items() if mutant.breaking is None]
    tried = {mutant: outcome for mutant, outcome in found.items() if mutant.breaking is not None}
    killed = [m for m, outcome in tried.items() if outcome.test and not outcome.broken]
    for kind in SUITES:
        of = [mutant for mutant in tried if mutant.kind == kind]
        if of:
            _say(f"{kind}: {sum(m in killed for m in of)} of {len(of)} killed")
    _say(f"{len(killed)} of {len(tried)} killed")
    kept = all(outcome.test is None for outcome in control)
    return 0 if kept and len(killed) >= ENOUGH * len(tried) else 1


if __name__ == "__main__":
    sys.exit(main())

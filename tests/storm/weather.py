"""A storm: what is promised, what is killed meanwhile, and what is found when it is over.

A worker does its work itself (RQ's ``SimpleWorker``): it has no child that could die alone, and
whoever kills it kills what runs.  The lease tells its death, as it would a child's.
"""

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Final

from flask import Flask
from flask_migrate import upgrade
from redis import Redis, RedisError
from sqlalchemy import Row, TextClause, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.app import create_app
from portal.config import Settings
from portal.guide import loader
from portal.guide import service as guide
from portal.kit import outbox
from portal.local import fork
from portal.local.postgres import APP, OWNER, Postgres
from portal.local.valkey import Valkey
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tests import make
from tests.storm import counting, parts
from tests.storm.ledger import Ledger
from tests.storm.plan import WORKERS, Found, Plan
from tests.storm.recovery import Watch

ROOT: Final = Path(__file__).parents[2]
TENANTS: Final = 3
#: What a worker says that lost its lease before its effect was settled.
OVERTAKEN: Final = "was taken over"
_LEFT: Final = text(
    "SELECT id, kind, state, attempts, handed_until, last_error FROM outbox WHERE state <> 'done'"
)
_SLOWEST: Final = text("SELECT id, kind, attempts, failures, fence FROM outbox")


class Storm:
    """Servers and processes of its own below ``home``; it kills no other."""

    def __init__(self, home: Path, plan: Plan) -> None:
        self._plan, self._home = plan, home
        self._postgres, self._valkey = Postgres(home / "pg"), Valkey(home / "vk")
        self._inbox, self._busy = home / "inbox", home / "busy"
        self._inbox.touch()
        self._busy.mkdir()
        self._family: dict[str, fork.Forked] = {}
        self._frozen: dict[str, float] = {}
        self._chance, self._found = random.SystemRandom(), Found()
        self._begun, self._handed = Watch(), Watch()
        self._tenants: list[Actor] = []
        self._app: Flask
        self._ledger: Ledger

    def run(self) -> Found:
        with ExitStack() as undo:
            self._log = (self._home / "storm.log").open("ab")
            undo.enter_context(self._log)
            for server in (self._postgres, self._valkey):
                server.start()
                undo.callback(server.stop)
            undo.callback(self._end_all)
            self._prepare()
            self._keep_all()
            self._rage()
            began = time.monotonic()
            self._found.backlog = len(self._left())
            self._wait()
            self._found.drained_after = time.monotonic() - began
            self._count()
        return self._found

    def _prepare(self) -> None:
        self._postgres.ensure_database("storm")
        port = parts.free_port()
        mine = {
            "SECRET_KEY": "storm",
            "MASTER_KEY": "storm" * 8 + "key",
            "DATABASE_URL": self._postgres.url(APP, "storm"),
            "OWNER_DATABASE_URL": self._postgres.url(OWNER, "storm"),
            "REDIS_URL": self._valkey.url(),
            "STORAGE_URL": (self._home / "files").as_uri(),
            "KEYS_DIR": str(self._home / "keys"),  # what another log signed bars this one
            "TREIZE_ENV": "development",
            "SMTP_URL": f"smtp://127.0.0.1:{port}",
            "STORM_SMTP": str(port),
            "STORM_INBOX": str(self._inbox),
            "STORM_BUSY": str(self._busy),
            parts.HASTE: "1" if self._plan.hasty else "",
        }
        self._env = {**os.environ, **mine}
        self._app = create_app(Settings.from_env(self._env))
        with self._app.app_context():
            upgrade()
            db.engine.dispose()
        self._as_owner(self._fill)
        with self._app.app_context():
            self._tenants = [make.tenant(f"storm-{number}") for number in range(TENANTS)]
            db.engine.dispose()
        self._ledger = Ledger(self._app, self._tenants)

    def _as_owner(self, deed: Callable[[Session], None]) -> None:
        engine = create_engine(self._postgres.url(OWNER, "storm"))
        with Session(engine) as session, session.begin():
            deed(session)
        engine.dispose()

    @staticmethod
    def _fill(session: Session) -> None:
        guide.publish(session, loader.current())
        session.execute(text("CREATE TABLE storm_effect (outbox_id uuid NOT NULL)"))
        session.execute(text(f'GRANT SELECT, INSERT ON storm_effect TO "{APP}"'))

    def _rage(self) -> None:
        plan, ledger = self._plan, self._ledger
        blows = [*plan.blows.elements()]
        self._chance.shuffle(blows)
        for left, blow in zip(range(len(blows), 0, -1), blows, strict=True):
            work, mails = plan.work - len(ledger.work), plan.mails - len(ledger.mails)
            ledger.promise(
                max(0, work) // left // TENANTS + 1, -(-max(0, mails) // left // TENANTS)
            )
            time.sleep(self._chance.uniform(*plan.pause))
            self._strike(blow)
            self._found.blows[blow] += 1
            self._keep_all()
            with suppress(DBAPIError):
                self._left()

    def _strike(self, blow: str) -> None:
        if blow == "valkey":
            self._left()  # what it holds and is about to forget is watched from here on
            self._hit_valkey()
        elif blow == "postgres":
            self._hit_postgres()
        elif blow == "frozen":
            name = self._one_at_work()
            self._family[name].send_signal(signal.SIGSTOP)
            over = parts.LEASE if self._plan.hasty else outbox.LEASED_FOR.total_seconds()
            self._frozen[name] = time.monotonic() + 1.5 * over
        else:
            self._kill(blow)

    def _kill(self, kind: str) -> None:
        """Kill one that lives: whoever ended by herself is begun again before."""
        self._keep_all()
        process = self._family[self._one(kind)]
        process.send_signal(signal.SIGKILL)
        self._found.killed += process.wait(20) == -signal.SIGKILL

    def _hit_postgres(self) -> None:
        """Under promises that are being made: some are cut off before their commit, some in it."""
        over = threading.Event()
        with ThreadPoolExecutor(1) as beside:  # not the blow: servers die with who started them
            promising = beside.submit(self._ledger.promise_until, over)
            try:
                time.sleep(self._chance.uniform(0, 0.2))
                if self._found.blows["postgres"] % 2:
                    os.kill(self._postgres.pid, signal.SIGQUIT)  # as if the machine lost its power
                self._postgres.stop()
                self._postgres.start()
            finally:
                over.set()
            promising.result()

    def _one(self, kind: str) -> str:
        """Whoever is frozen is left to wake up and find her work done by another."""
        there = [name for name in self._family if name.startswith(kind)]
        return self._chance.choice([name for name in there if name not in self._frozen] or there)

    def _one_at_work(self) -> str:
        """A worker in the midst of an effect, if there is one before long."""
        until = time.monotonic() + 3
        while time.monotonic() < until:
            for name, process in self._family.items():
                at_work = name.startswith("worker") and name not in self._frozen
                if at_work and (self._busy / str(process.pid)).exists():
                    return name
            time.sleep(0.005)
        return self._one("worker")

    def _hit_valkey(self) -> None:
        if self._found.blows["valkey"] % 2:
            os.kill(self._valkey.pid, signal.SIGKILL)
            self._valkey.stop()
            self._valkey.start()
        else:
            with suppress(RedisError), Redis.from_url(self._valkey.url()) as client:
                client.flushall()

    def _keep_all(self) -> None:
        """Wake whoever was frozen for long enough; start again whoever died."""
        for name, until in [*self._frozen.items()]:
            if time.monotonic() > until:
                self._family[name].send_signal(signal.SIGCONT)
                del self._frozen[name]
        for name, body in parts.wanted(WORKERS).items():
            if name not in self._family or self._family[name].poll() is not None:
                self._frozen.pop(name, None)
                self._family[name] = fork.fork(
                    body,
                    name=f"storm {name}",
                    output=self._log.fileno(),
                    env=self._env,
                    directory=ROOT,
                    death_signal=signal.SIGKILL,
                )

    def _end_all(self) -> None:
        for process in self._family.values():
            process.send_signal(signal.SIGKILL)
            process.wait(20)

    def _wait(self) -> None:
        open_before, limit = -1, 0.0
        while True:
            time.sleep(0.5)
            self._keep_all()
            with suppress(DBAPIError):
                left = len(self._left())
                if left != open_before:
                    open_before, limit = left, time.monotonic() + self._plan.patience
                if (not left and not self._frozen) or time.monotonic() > limit:
                    return

    def _left(self) -> list[Row[Any]]:
        left = self._all(_LEFT)
        still = {row.id for row in left}
        self._begun.look((row.id for row in left if row.attempts), still)
        handed = (row.id for row in left if row.attempts or row.handed_until is not None)
        self._handed.look(handed, still)
        return left

    def _all(self, asked: TextClause) -> list[Row[Any]]:
        """Of every tenant."""
        found: list[Row[Any]] = []
        for actor in self._tenants:
            with self._app.app_context(), tenant_scope(actor.tenant_id):
                found += db.session.execute(asked)
                db.session.remove()
                db.engine.dispose()
        return found

    def _count(self) -> None:
        found, received = self._found, Counter(self._inbox.read_text().split())
        found.left = self._left()
        found.not_done = len(found.left)
        found.recovery, found.handed_recovery = self._begun.end(), self._handed.end()
        found.slowest = [it for it in self._all(_SLOWEST) if it.id == self._handed.slowest]
        found.overtaken = (self._home / "storm.log").read_text(errors="replace").count(OVERTAKEN)
        seen = counting.remains(self._app, self._tenants)
        counting.judge(found, self._ledger, seen, received)

"""Refuse to serve over a database whose locks are open.

Looked at before the first request of each process, and by workers as they start, rather than when
the app is made: migrations need an app before there is a table, and a web process that restarts
while PostgreSQL is away must come back with it.
"""

import logging
from collections.abc import Container
from threading import Lock
from typing import Final

from flask import Flask, request
from sqlalchemy import Connection, text

from tenants.db import db

#: Below these, a known fault of PostgreSQL lets rows through row-level security
#: (CVE-2026-120154, by ON CONFLICT).  By major version, as ``server_version_num`` counts.
FLOOR: Final = {15: 150020, 16: 160016, 17: 170012, 18: 180007}
OLDEST: Final = min(FLOOR)

_ROLE = text("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
_TABLES = text("""
    SELECT c.relname AS name,
           c.relrowsecurity AND c.relforcerowsecurity AS locked,
           pg_has_role(c.relowner, 'MEMBER') AS owned,
           has_table_privilege(c.oid, 'TRUNCATE') AS truncatable
      FROM pg_class c
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
       AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid
                      AND a.attname = 'tenant_id' AND NOT a.attisdropped)
     ORDER BY c.relname
""")

_log = logging.getLogger(__name__)


class UnsafeDatabaseError(RuntimeError):
    """Tenants would not be kept apart; the message says why and what to change."""


def init_app(app: Flask, *, production: bool, spared: Container[str] = ()) -> None:
    """Check once, before the first request for an endpoint that is not ``spared``."""
    guard = _Once(production=production)
    app.before_request(lambda: None if request.endpoint in spared else guard())
    app.extensions["selfcheck"] = guard


def require(app: Flask) -> None:
    """Check now if not yet, inside an app context: for processes that answer no request."""
    guard: _Once = app.extensions["selfcheck"]
    guard()


def verify(connection: Connection, *, production: bool) -> None:
    """Raise :class:`UnsafeDatabaseError` with every reason not to serve over ``connection``.

    A PostgreSQL below the security floor is a reason in production, elsewhere a warning.
    """
    version: int = connection.scalar(text("SELECT current_setting('server_version_num')::int"))
    old = below_floor(version)
    if old and not production:
        _log.warning("%s", _too_old(version))
    reasons = [*_role(connection), *_settings(connection), *_tables(connection)]
    if old and production:
        reasons.append(_too_old(version))
    if reasons:
        raise UnsafeDatabaseError("; ".join(reasons))


def below_floor(version: int) -> bool:
    """Whether this ``server_version_num`` lacks a fix that row-level security rests on."""
    major = version // 10_000
    return major < OLDEST or version < FLOOR.get(major, 0)


def _too_old(version: int) -> str:
    major, minor = divmod(version, 10_000)
    wanted = FLOOR.get(major, FLOOR[OLDEST])
    return (
        f"PostgreSQL {major}.{minor} has a known fault in row-level security: "
        f"update it to {wanted // 10_000}.{wanted % 10_000} or later"
    )


def _role(connection: Connection) -> list[str]:
    role = connection.execute(_ROLE).one()
    reasons = []
    if role.rolsuper:
        reasons.append("the app connects as a superuser")
    if role.rolbypassrls:
        reasons.append("the app's role has BYPASSRLS")
    return reasons


def _settings(connection: Connection) -> list[str]:
    on = connection.scalar(text("SELECT current_setting('row_security')")) == "on"
    return [] if on else ["row_security is off for the app's role"]


def _tables(connection: Connection) -> list[str]:
    tables = connection.execute(_TABLES).all()
    if not tables:
        return ["no table is there: run the migrations first (flask --app wsgi db upgrade)"]
    found = {
        "row-level security is not enabled and forced on": [t.name for t in tables if not t.locked],
        "the app's role owns": [t.name for t in tables if t.owned],
        "the app's role may TRUNCATE": [t.name for t in tables if t.truncatable],
    }
    return [f"{what} {', '.join(names)}" for what, names in found.items() if names]


class _Once:
    """Checks until it has passed once; a server that does not answer is no refusal."""

    def __init__(self, *, production: bool) -> None:
        self._production = production
        self._passed = False
        self._turn = Lock()

    def __call__(self) -> None:
        if self._passed:
            return
        with self._turn:
            self._check()

    def _check(self) -> None:
        if self._passed:
            return
        with db.engine.connect() as connection:
            try:
                verify(connection, production=self._production)
            except UnsafeDatabaseError as error:
                _log.critical("refusing to serve: %s", error)
                raise
        self._passed = True

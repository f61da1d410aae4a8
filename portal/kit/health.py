"""Whether the portal is alive, and whether all it needs is there."""

from collections.abc import Callable

from flask import Blueprint, current_app
from flask.typing import ResponseReturnValue
from redis import Redis, RedisError
from rq import worker_registration
from sqlalchemy import text

from tenants import selfcheck
from tenants.access import public
from tenants.db import db

bp = Blueprint("health", __name__)

#: Written by the dispatcher at each round; expires by itself when it stops.
DISPATCHER_BEAT = "beat:dispatcher"
BEAT_SECONDS = 15


@bp.get("/healthz")
@public
def alive() -> ResponseReturnValue:
    return {"status": "ok"}


@bp.get("/readyz")
@public
def ready() -> ResponseReturnValue:
    connection: Redis = current_app.extensions["valkey_impatient"]
    # What it would tell of the others is not asked of a Valkey that does not answer.
    answers = _holds(lambda: bool(connection.ping()))
    checks = {
        "database": _holds(_database_answers),
        "valkey": answers,
        "dispatcher": answers and _holds(lambda: _dispatches(connection)),
        "workers": answers and _holds(lambda: _works(connection)),
    }
    return {"ready": all(checks.values()), **checks}, 200 if all(checks.values()) else 503


@bp.app_template_global()
def hands_at_work() -> bool:
    """Whether somebody does what is promised, for a page that follows it.

    Of a Valkey that does not answer nobody knows: then nobody does.
    """
    connection: Redis = current_app.extensions["valkey"]
    try:
        return _dispatches(connection) and _works(connection)
    except RedisError:
        return False


def _dispatches(connection: Redis) -> bool:
    return bool(connection.exists(DISPATCHER_BEAT))


def _works(connection: Redis) -> bool:
    return workers(connection) > 0


def workers(connection: Redis) -> int:
    """How many workers are heard of.

    The list of their names is tidied by those that live: it names whoever was killed for as long
    as nobody does.  What each tells of itself lapses when it falls silent, after a minute and a
    half, or when what it had begun would have been stopped.
    """
    names = worker_registration.get_keys(connection=connection)
    return int(connection.exists(*names)) if names else 0


def _holds(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception:  # noqa: BLE001 - whatever fails, the answer is « not ready », never a 500
        return False


def _database_answers() -> bool:
    """Whether it may be served over, and still is there when the transaction ends.

    A server that stops may say so first and hang up after: ending it belongs to the check.
    """
    selfcheck.require(current_app)
    with db.engine.connect() as connection:
        return bool(connection.scalar(text("SELECT 1")) == 1)

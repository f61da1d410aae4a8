"""Whether the portal is alive, and whether all it needs is there."""

from collections.abc import Callable

from flask import Blueprint, current_app
from flask.typing import ResponseReturnValue
from redis import Redis
from rq import Worker
from sqlalchemy import text

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
    checks = {
        "database": _holds(_database_answers),
        "valkey": _holds(_valkey_answers),
        "dispatcher": _holds(_dispatcher_beats),
        "workers": _holds(_workers_beat),
    }
    return {"ready": all(checks.values()), **checks}, 200 if all(checks.values()) else 503


def _holds(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception:  # noqa: BLE001 - whatever fails, the answer is « not ready », never a 500
        db.session.rollback()
        return False


def _valkey() -> Redis:
    valkey: Redis = current_app.extensions["valkey"]
    return valkey


def _database_answers() -> bool:
    return bool(db.session.execute(text("SELECT 1")).scalar() == 1)


def _valkey_answers() -> bool:
    return bool(_valkey().ping())


def _dispatcher_beats() -> bool:
    return bool(_valkey().exists(DISPATCHER_BEAT))


def _workers_beat() -> bool:
    return Worker.count(connection=_valkey()) > 0

"""The parts of the portal itself, each run by its name: `python -m portal.local.part worker`."""

import os
import sys

from flask import Flask
from flask.cli import FlaskGroup
from gunicorn.app.wsgiapp import WSGIApplication
from sqlalchemy import create_engine, inspect, text

from portal.app import create_app
from portal.local.demo.command import demo

DEMO_SWITCH = "TREIZE_DEMO"
DOOR = "TREIZE_DOOR"  # the number of the open socket that the web part listens on

_WEB = (
    *("--worker-class", "gthread", "--workers", "2", "--threads", "4"),
    *("--limit-request-line", "8190"),
    *("--timeout", "60", "--graceful-timeout", "5", "--log-level", "warning"),
    "--no-control-socket",
    # Nor does gunicorn believe what anybody on this machine says of another (portal.kit.proxies).
    *("--forwarded-allow-ips", ""),
)


def prepare() -> None:
    """Bring the database up to date before anything is served: tables, guide, demo data."""
    app = create_app()
    _command(app, "db", "upgrade")
    _command(app, "guide", "publish")
    wanted = os.environ.get(DEMO_SWITCH)
    if wanted != "0":
        app.cli.add_command(demo)
        _command(app, "demo", *(["--beside"] if wanted == "1" else []))
    _count_rows(app.config["SETTINGS"].owner_database_url)


def _count_rows(url: str) -> None:
    """Statistics now: without them the planner takes just filled tables for empty ones.

    Of the portal's own tables: for those of the cluster, PostgreSQL warns that they are not hers.
    """
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        tables = ", ".join(f'"{name}"' for name in inspect(connection).get_table_names())
        connection.execute(text(f"ANALYZE {tables}"))
    engine.dispose()


def web() -> None:
    """Serve pages."""
    sys.argv = ["gunicorn", *_WEB, "--bind", f"fd://{os.environ[DOOR]}", "wsgi:app"]
    WSGIApplication(prog="gunicorn").run()


def worker() -> None:
    """Do promised work."""
    _command(create_app(), "worker")


def worker_at_hand() -> None:
    """Do what somebody waits for, whatever keeps the others busy."""
    _command(create_app(), "worker", "--no-bulk")


def dispatcher() -> None:
    """Hand due work to the workers."""
    _command(create_app(), "dispatcher")


def _command(app: Flask, *words: str) -> None:
    """What `flask --app wsgi …` does with these words."""
    flask = FlaskGroup(create_app=lambda: app, load_dotenv=False)
    flask.main(args=list(words), standalone_mode=False)


PARTS = {part.__name__: part for part in (prepare, web, worker, worker_at_hand, dispatcher)}

if __name__ == "__main__":
    PARTS[sys.argv[1]]()

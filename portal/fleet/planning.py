"""How PostgreSQL plans a statement just after an import, when it cannot know yet what was written.

Each way holds for the current transaction, between entering and leaving.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import func, select, true

from tenants.db import db


@contextmanager
def afresh() -> Iterator[None]:
    """Statements are planned by the size tables have now, not by a plan kept from before.

    For reading only: whatever writes has its foreign keys looked up, each planned afresh too.
    """
    _set("plan_cache_mode", "force_custom_plan")
    yield
    _set("plan_cache_mode", "auto")


@contextmanager
def joined_whole() -> Iterator[None]:
    """Large tables are joined whole: believing in one row, it would read them all for each row."""
    _set("enable_nestloop", "off")
    yield
    _set("enable_nestloop", "on")


def _set(name: str, value: str) -> None:
    db.session.execute(select(func.set_config(name, value, true())))

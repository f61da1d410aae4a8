"""The database handle and the base class of every table."""

import enum
import select as polling
from datetime import datetime
from typing import Any, TypeAlias

from flask_sqlalchemy import SQLAlchemy
from psycopg._preparing import PrepareManager
from sqlalchemy import DateTime, Enum, MetaData, Pool, Row, Select, Text, event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import DeclarativeBase, registry

#: A row or a query of whatever columns: what lists are made of.
AnyRow: TypeAlias = Row[*tuple[Any, ...]]
AnySelect: TypeAlias = Select[*tuple[Any, ...]]

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

#: Text and a CHECK: readable rows, and no native enum, whose ``=`` is not leakproof under RLS.
_STATE = Enum(
    enum.Enum,
    native_enum=False,
    length=32,
    create_constraint=True,
    values_callable=lambda states: [state.value for state in states],
)


class Base(DeclarativeBase):
    registry = registry(
        metadata=MetaData(naming_convention=NAMING),
        type_annotation_map={
            str: Text(),
            datetime: DateTime(timezone=True),
            enum.Enum: _STATE,
        },
    )


db = SQLAlchemy(
    model_class=Base,
    engine_options={
        "pool_size": 8,
        "hide_parameters": True,
        "max_overflow": 8,
        "connect_args": {"connect_timeout": 5},
    },
)


class _Prepared(PrepareManager):
    """Keeps prepared statements through a rollback, which ends every page that is read.

    The driver forgets them, lest the rollback undo a table; at run time nobody makes tables.
    Forgotten, each statement of each page would be parsed and planned again.
    """

    def clear(self) -> bool:
        return False


@event.listens_for(Pool, "connect")
def _keep_prepared(connection: Any, _record: Any) -> None:
    connection._prepared = _Prepared()  # noqa: SLF001 -- the driver gives no other way in


@event.listens_for(Pool, "checkout")
def _still_there(connection: Any, _record: Any, _proxy: Any) -> None:
    """Renew the pool when PostgreSQL hung up on a connection that lay in it.

    Nobody speaks on an idle connection: whatever there is to read on it is its end.  Looking costs
    a system call, and no journey to PostgreSQL.
    """
    if connection.closed or _heard(connection.fileno()):
        raise InvalidatePoolError


def _heard(socket: int) -> bool:
    ears = polling.poll()
    ears.register(socket, polling.POLLIN)
    return bool(ears.poll(0))


class Model(db.Model):  # type: ignore[name-defined,misc]  # Flask-SQLAlchemy types it as Any
    """A table.  Tenant tables derive from ``tenants.scoping.Record``, global ones from this."""

    __abstract__ = True

    def __init__(self, **columns: Any) -> None:
        super().__init__(**columns)

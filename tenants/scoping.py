"""Tenant-owned tables, and the session hooks that keep tenants apart."""

import uuid
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import (
    Connection,
    ForeignKey,
    ForeignKeyConstraint,
    TextClause,
    event,
    func,
    select,
    text,
)
from sqlalchemy.orm import (
    Mapped,
    ORMExecuteState,
    Session,
    SessionTransaction,
    mapped_column,
    with_loader_criteria,
)
from uuid_utils.compat import uuid7

from tenants import rls
from tenants.context import NO_SCOPE, Scope, current_scope, current_tenant_id
from tenants.db import Model, db

TOLD = "scope_told_to_postgres"

_TELL = text(
    f"SELECT set_config('{rls.TENANT}', :tenant, true), set_config('{rls.REACH}', :reach, true),"
    f" set_config('{rls.MEMBERSHIP}', :membership, true), set_config('{rls.USER}', :user, true),"
    f" set_config('{rls.ENGAGEMENT}', :engagement, true)"
)


def new_id() -> uuid.UUID:
    """A time-ordered id (RFC 9562, version 7), made in Python so that PostgreSQL 15 serves."""
    return uuid7()


class TenantScoped:
    """Mixin for every table whose rows belong to one tenant."""

    tenant_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("tenant.id"), primary_key=True, default=current_tenant_id, sort_order=-9
    )


class Record(TenantScoped, Model):
    """A tenant's table with the key ``(tenant_id, id)`` and timestamps."""

    __abstract__ = True

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id, sort_order=-8)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), sort_order=98)
    updated_at: Mapped[datetime] = mapped_column(
        server_default=func.now(), onupdate=func.now(), sort_order=99
    )


def points_to(
    table: str, column: str | None = None, *, ondelete: str | None = None
) -> ForeignKeyConstraint:
    """A composite foreign key: a row can only point inside its own tenant."""
    return ForeignKeyConstraint(
        ["tenant_id", column or f"{table}_id"],
        [f"{table}.tenant_id", f"{table}.id"],
        ondelete=ondelete,
    )


RecordType = TypeVar("RecordType", bound=Record)


def find(model: type[RecordType], record_id: uuid.UUID) -> RecordType | None:
    """The row with this id, if the current scope may see it."""
    return db.session.scalar(select(model).where(model.id == record_id))


class CrossTenantWriteError(RuntimeError):
    """A row of one tenant was about to be written in another tenant's scope."""


class ScopeSwitchError(RuntimeError):
    """The scope changed in mid-transaction.  One transaction serves one scope."""


@event.listens_for(Session, "after_begin")
def _begin(session: Session, _transaction: SessionTransaction, connection: Connection) -> None:
    _tell_postgres(session, connection)


def go_on(session: Session) -> None:
    """Serve the present scope from now on: a tenant's, which its door has just let her into.

    A transaction that was begun for her alone, and from which the session keeps no row, goes on:
    one of its own would cost every page two journeys to PostgreSQL.  Any other is ended, and what
    it wrote is undone.  This is the one way from a scope to another.
    """
    alone = Scope(user_id=current_scope().user_id)
    kept = session.identity_map or session.new or session.in_nested_transaction()
    if alone == NO_SCOPE or session.info.get(TOLD) != alone or kept:
        session.rollback()
    else:
        _tell_postgres(session, session.connection())


def _tell_postgres(session: Session, connection: Connection) -> None:
    scope = session.info[TOLD] = current_scope()
    connection.execute(
        _TELL,
        {
            "tenant": str(scope.tenant_id or ""),
            "reach": scope.reach.value,
            "membership": str(scope.membership_id or ""),
            "user": str(scope.user_id or ""),
            "engagement": str(scope.engagement_id or ""),
        },
    )


@event.listens_for(Session, "after_transaction_end")
def _forget(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(TOLD, None)


@event.listens_for(Session, "do_orm_execute")
def _filter_reads(state: ORMExecuteState) -> None:
    tenant_id = _unchanged(state.session).tenant_id
    if tenant_id is None or state.is_column_load or state.is_relationship_load:
        return
    if isinstance(state.statement, TextClause):
        return  # written out, with its tenant: there is nothing to put a criterion in
    state.statement = state.statement.options(
        with_loader_criteria(
            TenantScoped, lambda cls: cls.tenant_id == tenant_id, include_aliases=True
        )
    )


@event.listens_for(Session, "before_flush")
def _guard_writes(session: Session, _context: Any, _instances: Any) -> None:
    _unchanged(session)
    for row in [*session.new, *session.dirty, *session.deleted]:
        if isinstance(row, TenantScoped) and row.tenant_id not in {None, current_tenant_id()}:
            raise CrossTenantWriteError(repr(row))


def _unchanged(session: Session) -> Scope:
    scope = current_scope()
    if session.info.get(TOLD, scope) != scope:
        raise ScopeSwitchError
    return scope

"""The log's tables.  They are nobody's: what stands in them tells of nobody.

``log_head`` is a tenant's own: what it takes to show that its journal was noted in the log.
"""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Index,
    SmallInteger,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from tenants.db import Model
from tenants.scoping import Record


class LogEntry(Model):
    """A salted digest.  It waits for its place, then keeps it."""

    __tablename__ = "log_entry"
    __table_args__ = (
        CheckConstraint("octet_length(entry) = 32", name="opaque"),
        Index("ix_log_entry_waiting", "at", postgresql_where=text("position IS NULL")),
    )

    entry: Mapped[bytes] = mapped_column(primary_key=True)
    position: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    at: Mapped[datetime] = mapped_column(server_default=func.now())


class LogNode(Model):
    """The tree, as tiles hold it: leaves' hashes at level 0, above them every eighth level."""

    __tablename__ = "log_node"

    level: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hash: Mapped[bytes]


class LogCheckpoint(Model):
    """What was signed, as it was signed.

    ``token`` is a third party's time over ``note`` (RFC 3161), ``stamped_at`` the time in it.
    """

    __tablename__ = "log_checkpoint"
    __table_args__ = (CheckConstraint("(token IS NULL) = (stamped_at IS NULL)", name="stamped"),)

    size: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    note: Mapped[str]
    at: Mapped[datetime]
    token: Mapped[bytes | None]
    stamped_at: Mapped[datetime | None]


class TrustAnchor(Model):
    """What a verifier believes: the log's public key, the certificates that seals end at."""

    __tablename__ = "trust_anchor"
    __table_args__ = (CheckConstraint("kind IN ('log', 'seal')", name="kind"),)

    kind: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime]


class LogHead(Record):
    """Where a tenant's journal ended when it was noted, with what opens the entry that says so."""

    __tablename__ = "log_head"
    __table_args__ = (UniqueConstraint("tenant_id", "position"),)

    position: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[bytes]
    salt: Mapped[bytes]

"""What a person proves herself with, and what happened to her account."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenants.db import Model
from tenants.scoping import new_id


class FactorKind(StrEnum):
    TOTP = "totp"
    PASSKEY = "passkey"


class Challenge(Model):
    """Something to be answered once, soon, by the browser that holds its id.

    Of whom and for what is in the digest alone: the table names nobody.
    """

    __tablename__ = "challenge"
    __table_args__ = (Index("ix_challenge_expires_at", "expires_at"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    digest: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=0)
    expires_at: Mapped[datetime]


class Factor(Model):
    """An authenticator app (``secret``, encrypted) or a passkey (``credential_id`` and its key)."""

    __tablename__ = "factor"
    __table_args__ = (Index("ix_factor_user_id", "user_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user_account.id"))
    kind: Mapped[FactorKind]
    label: Mapped[str]
    added_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    secret: Mapped[str | None]
    #: The last half minute whose code was taken: none is taken twice (RFC 6238, 5.2).
    last_step: Mapped[int | None] = mapped_column(BigInteger)
    credential_id: Mapped[bytes | None] = mapped_column(unique=True)
    public_key: Mapped[bytes | None]
    sign_count: Mapped[int] = mapped_column(BigInteger, default=0)


class RecoveryCode(Model):
    """A code on paper, for who lost her other factors.  ``selector`` is how it begins."""

    __tablename__ = "recovery_code"
    __table_args__ = (Index("ix_recovery_code_user_id", "user_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user_account.id"))
    selector: Mapped[str]
    code_hash: Mapped[str]
    used_at: Mapped[datetime | None]


class AccountEvent(Model):
    """What happened to an account, for its person to read."""

    __tablename__ = "account_event"
    __table_args__ = (Index("ix_account_event_user_id", "user_id", "at"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user_account.id"))
    at: Mapped[datetime]
    action: Mapped[str]
    agent: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)


class Comeback(Model):
    """Somebody says that she has lost every factor, and waits (``portal.accounts.comeback``).

    One at most for each person.  ``digest`` is of the token that takes it back.
    """

    __tablename__ = "comeback"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    asked_at: Mapped[datetime]
    opens_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    digest: Mapped[str]


class AddressChange(Model):
    """The address that an account had before; ``digest`` is of the token that gives it back."""

    __tablename__ = "address_change"
    __table_args__ = (Index("ix_address_change_user_id", "user_id", "changed_at"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user_account.id"))
    former: Mapped[str]
    changed_at: Mapped[datetime]
    digest: Mapped[str]

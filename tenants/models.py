"""Tenants, the people who sign in, and what ties one to the other."""

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, false, func, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.db import Model
from tenants.plans import Plan
from tenants.roles import Role, SecondFactor
from tenants.scoping import Record, TenantScoped, new_id, points_to

#: How long a new tenant may try, before somebody has to speak of a plan.
TRIAL_DAYS = 30
_TODAY = "(now() AT TIME ZONE 'Europe/Paris')::date"


class Tenant(Model):
    """An IT provider.  Everything it knows belongs to it alone."""

    __tablename__ = "tenant"
    __table_args__ = (
        CheckConstraint("plan <> 'trial' OR plan_until IS NOT NULL", name="trial_ends"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    siren: Mapped[str | None]
    edition_id: Mapped[str]
    second_factor: Mapped[SecondFactor] = mapped_column(
        default=SecondFactor.PROVIDERS, server_default=SecondFactor.PROVIDERS.value
    )
    #: The language that people who have no account yet are written to in.
    locale: Mapped[str] = mapped_column(default="fr", server_default="fr")
    #: Since when its directory may vouch for its people; ``None`` while it may not.  What the
    #: directory opened before that is shut.
    directory_since: Mapped[datetime | None]
    #: Whether its own people, owners excepted, come in by the directory alone.
    directory_only: Mapped[bool] = mapped_column(default=False, server_default=false())
    #: The last day whose sweep and reminders were promised; ``None`` before the first.
    swept_on: Mapped[date | None]
    #: The last day up to which a sweep was done: the next one begins there, whatever became of
    #: those promised in between.
    swept_until: Mapped[date | None]
    #: PostgreSQL gives a new tenant its trial; ``grant_plan`` alone changes it, for operators.
    plan: Mapped[Plan] = mapped_column(server_default=Plan.TRIAL.value)
    plan_since: Mapped[date] = mapped_column(server_default=text(_TODAY))
    #: Its last day; ``None`` for a plan without an end.
    plan_until: Mapped[date | None] = mapped_column(server_default=text(f"{_TODAY} + {TRIAL_DAYS}"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    def plan_is_over(self, today: date) -> bool:
        """Whether its last day is past.  Nothing is shut nor deleted by it."""
        return self.plan_until is not None and self.plan_until < today


#: Where the addresses of closed accounts are: nobody can have one (RFC 2606).
CLOSED = "@closed.invalid"


class UserAccount(Model):
    """A person who signs in, whatever her hats."""

    __tablename__ = "user_account"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str | None]
    locale: Mapped[str] = mapped_column(default="fr")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class SignIn(Model):
    """A browser that somebody signed in with: revoked, its next request finds the door shut."""

    __tablename__ = "sign_in"
    __table_args__ = (Index("ix_sign_in_user_id", "user_id", "opened_at"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user_account.id"))
    #: What opened it: ``password``, ``totp``, ``passkey``, ``recovery``, ``oidc``.
    method: Mapped[str]
    #: Whether two factors, or one that counts for two, stood behind it (ANSSI, ASVS 6.3.3).
    strong: Mapped[bool]
    #: When she last proved who she is: sensitive acts ask again after a while.
    confirmed_at: Mapped[datetime]
    opened_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    #: Browser and network address, for her to recognise it by.
    agent: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    #: Good in this tenant alone: its directory vouched for her, and it speaks for no other.
    only_tenant_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("tenant.id"))
    #: Good for adding a second factor and for nothing else: she lost all that she had.
    enrolling: Mapped[bool] = mapped_column(default=False, server_default=false())
    #: Whether it was shut from elsewhere, or for all of them: its browser is a stranger again.
    shut_out: Mapped[bool] = mapped_column(default=False, server_default=false())


class Membership(Record):
    """A person's role in one tenant: for all of it, or for listed establishments, for a time."""

    __tablename__ = "membership"
    __table_args__ = (
        UniqueConstraint("tenant_id", "user_id"),
        Index("ix_membership_user_id", "user_id"),
    )

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user_account.id"))
    role: Mapped[Role]
    job_title: Mapped[str] = mapped_column(default="")
    whole_tenant: Mapped[bool]
    starts_at: Mapped[datetime] = mapped_column(server_default=func.now())
    ends_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class MembershipEstablishment(TenantScoped, Model):
    """One establishment that a membership reaches."""

    __tablename__ = "membership_establishment"
    __table_args__ = (
        points_to("membership"),
        points_to("establishment"),
        Index("ix_membership_establishment_establishment", "tenant_id", "establishment_id"),
    )

    membership_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    establishment_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)

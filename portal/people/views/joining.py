"""What an invitation holds out, read and taken up in the scope of the tenant it names."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from sqlalchemy.exc import IntegrityError

from portal.accounts import notices, sessions
from portal.accounts import service as accounts
from portal.accounts.notices import Act
from portal.accounts.visitors import Visitor
from portal.config import Settings
from portal.federation import doors, flow, platforms
from portal.federation import service as federation
from portal.federation.doors import Door
from portal.federation.oidc import Claims
from portal.kit import clock, tokens, transactions
from portal.kit.i18n import locale
from portal.kit.tokens import Token
from portal.people import queries, service
from portal.people.service import Void
from tenants import queries as tenancy
from tenants import service as tenants
from tenants.access import Actor
from tenants.context import Scope, entered, tenant_scope
from tenants.db import db
from tenants.models import UserAccount
from tenants.roles import PROVIDER_ROLES, Role

_BY_CARD = frozenset({Role.DIRECTOR, Role.MEMBER})


@dataclass(frozen=True)
class Offer:
    """What is held out, and by whom; plain values, read in the tenant's own scope."""

    email: str
    role: Role
    host: str
    tenant: str
    slug: str
    ends_at: datetime | None
    expires_at: datetime
    places: list[str]
    known: bool
    #: Whether whoever has this role comes in by the tenant's directory and no other way.
    alone: bool


@dataclass(frozen=True)
class Proof:
    """What a directory has just said of whoever holds the link."""

    door: Door
    claims: Claims


def read(token: str) -> Offer:
    """In the scope of the tenant that the token names, where it stands or not.  Raises `Void`."""
    known = _token(token)
    with tenant_scope(known.owner_id):
        try:
            row = service.standing(known.digest, at=clock.now())
            tenant = tenancy.tenant(row.tenant_id)
            return Offer(
                email=row.email,
                role=row.role,
                host=row.invited_by_name,
                tenant=tenant.name,
                slug=tenant.slug,
                ends_at=row.ends_at,
                expires_at=row.expires_at,
                places=[place.name for place in queries.invited_to(row.id)],
                known=tenancy.user_by_email(row.email) is not None,
                alone=tenants.takes_a_directory(tenant, row.role),
            )
        finally:
            db.session.rollback()


def door_for(offer: Offer, known: Visitor | None) -> Door | None:
    """Whose word may tie who is invited: the provider's own directory for its own people.

    Pro Santé Connect for the people of an establishment, and for a new account alone: it opens all
    of an account, so that who has one ties it on the page that is made for it.
    """
    if offer.role in PROVIDER_ROLES:
        door = doors.of_tenant(offer.slug)
        db.session.rollback()  # read in no scope, before one is entered
        return door
    if offer.role in _BY_CARD and known is None and not offer.known:
        return doors.of_platform()
    return None


def take_up(token: str, known: Visitor, proof: Proof | None) -> None:
    """As somebody who has an account and is signed in.  Raises ``Refused``, `TakenIdentity`."""
    link = _token(token)
    with tenant_scope(link.owner_id), transactions.settled():
        if (person := tenancy.user(known.user_id)) is None:
            raise Void
        _accept(person, link, proof)
    if proof is not None:
        flow.let_go()
        with entered(Scope(user_id=known.user_id)), transactions.settled():
            notices.note(known.user_id, Act.IDENTITY_TIED, by=proof.door.name)


def join(
    token: str, offer: Offer, name: str, *, password: str | None = None, proof: Proof | None = None
) -> uuid.UUID:
    """The account, the access and what it is tied to are born together, or not at all."""
    link = _token(token)
    settings: Settings = current_app.config["SETTINGS"]
    hashed = password and accounts.hash_password(password, memory_kib=settings.password_memory_kib)
    try:
        with tenant_scope(link.owner_id), transactions.settled():
            person = tenants.register_user(email=offer.email, name=name, password_hash=hashed)
            person.locale = locale()
            user_id = person.id
            _accept(person, link, proof)
    except IntegrityError as error:  # somebody took it up in another window meanwhile
        raise Void from error
    return user_id


def enter_by(proof: Proof, user_id: uuid.UUID) -> None:
    """Signed in as far as the directory's word goes."""
    sessions.open_session(
        user_id,
        method="oidc",
        strong=proof.door.is_strong(proof.claims),
        only_tenant_id=proof.door.tenant_id,
    )
    notices.note(user_id, Act.IDENTITY_TIED, tell=False, by=proof.door.name)


def _accept(person: UserAccount, link: Token, proof: Proof | None) -> None:
    membership = service.accept(person, link.digest, at=clock.now())
    if proof is None:
        return
    if proof.door.provider_id is None:
        federation.tie_to_platform(person.id, platforms.digests(proof.claims))
        return
    actor = Actor(person.id, link.owner_id, membership.role, person.name)
    federation.tie(actor, proof.door.provider_id, proof.claims)


def _token(token: str) -> Token:
    if (found := tokens.read(token)) is None:
        raise Void
    return found

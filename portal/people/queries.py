"""Reads over the people of a tenant, its invitations, and the establishments to choose among."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, func, select

from portal.fleet.models import Establishment
from portal.kit.errors import NotFound
from portal.kit.folding import fold
from portal.people.models import Invitation, InvitationEstablishment, InvitationState
from tenants import queries as tenancy
from tenants.db import AnyRow, db
from tenants.models import Membership, MembershipEstablishment, UserAccount
from tenants.roles import Role

#: Establishments named on a line before « and 12 others ».
_SHOWN = 3


@dataclass(frozen=True)
class Places:
    """The first establishments of an access by name, and how many there are."""

    first: Sequence[str] = ()
    count: int = 0


@dataclass(frozen=True)
class Candidate:
    """An establishment to tick."""

    id: uuid.UUID
    name: str
    city: str
    ticked: bool


def team(at: datetime) -> list[tuple[Membership, UserAccount, Places]]:
    """Everybody with a valid access, by name, with the establishments it is limited to."""
    m = MembershipEstablishment
    places = _places(
        select(m.membership_id.label("owner"), Establishment.name, Establishment.name_key).join(
            Establishment,
            and_(
                Establishment.tenant_id == m.tenant_id,
                Establishment.id == m.establishment_id,
            ),
        )
    )
    return [
        (membership, person, places.get(membership.id, Places()))
        for membership, person in tenancy.members(at)
    ]


def waiting() -> list[tuple[Invitation, Places]]:
    """Invitations not taken up nor withdrawn, lapsed ones included, latest first."""
    i = InvitationEstablishment
    rows = db.session.scalars(
        select(Invitation)
        .where(Invitation.state == InvitationState.OPEN)
        .order_by(Invitation.created_at.desc(), Invitation.id.desc())
        .limit(500)
    ).all()
    if not rows:
        return []
    places = _places(
        select(i.invitation_id.label("owner"), Establishment.name, Establishment.name_key)
        .join(
            Establishment,
            and_(
                Establishment.tenant_id == i.tenant_id,
                Establishment.id == i.establishment_id,
            ),
        )
        .where(i.invitation_id.in_([row.id for row in rows]))
    )
    return [(row, places.get(row.id, Places())) for row in rows]


def _places(found: Select[uuid.UUID, str, str]) -> Mapping[uuid.UUID, Places]:
    named = found.subquery()
    rank = func.row_number().over(partition_by=named.c.owner, order_by=named.c.name_key)
    ranked = select(
        named.c.owner,
        named.c.name,
        rank.label("rank"),
        func.count().over(partition_by=named.c.owner).label("total"),
    ).subquery()
    rows = db.session.execute(
        select(ranked).where(ranked.c.rank <= _SHOWN).order_by(ranked.c.owner, ranked.c.rank)
    )
    places: dict[uuid.UUID, Places] = {}
    for row in rows:
        known = places.get(row.owner, Places())
        places[row.owner] = Places([*known.first, row.name], row.total)
    return places


def in_reach(establishment_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those of the ids that are in the fleet, as far as one sees it."""
    e = Establishment
    return set(
        db.session.scalars(select(e.id).where(e.id.in_(establishment_ids), e.archived_at.is_(None)))
    )


def candidates(ticked: Collection[uuid.UUID], text: str, *, limit: int = 20) -> list[Candidate]:
    """The establishments ticked so far, then those whose name, number or city has every word."""
    e = Establishment
    found = select(e.id, e.name, e.city).where(e.archived_at.is_(None)).order_by(e.name_key, e.id)
    kept: list[Candidate] = []
    if ticked:
        rows = db.session.execute(found.where(e.id.in_(ticked)))
        kept = [Candidate(row[0], row[1], row[2], ticked=True) for row in rows]
    words = fold(text[:80]).replace("\0", "").split()[:6]
    if not words:
        return kept
    matching = [e.search.contains(word, autoescape=True) for word in words]
    more = db.session.execute(found.where(*matching, e.id.not_in(ticked)).limit(limit))
    return [*kept, *(Candidate(row[0], row[1], row[2], ticked=False) for row in more)]


def member(
    membership_id: uuid.UUID, at: datetime, *, held: bool = False
) -> tuple[Membership, UserAccount]:
    """Somebody with a valid access.  Raises :class:`NotFound`.

    ``held`` until the transaction ends, behind the owners: all who change an access go through
    them in turn, so that nobody takes from somebody a role that she had a moment ago.
    """
    asked = (
        select(Membership, UserAccount)
        .join(UserAccount, UserAccount.id == Membership.user_id)
        .where(Membership.id == membership_id, tenancy.valid(at))
    )
    if held:
        lasting_owners(at)
        asked = asked.with_for_update(of=Membership).execution_options(populate_existing=True)
    row = db.session.execute(asked).first()
    if row is None:
        raise NotFound
    return row[0], row[1]


def role_of(user_id: uuid.UUID, at: datetime) -> Role | None:
    """What a person is in the current tenant now."""
    return db.session.scalar(
        select(Membership.role).where(Membership.user_id == user_id, tenancy.valid(at))
    )


def lasting_owners(at: datetime) -> Sequence[uuid.UUID]:
    """The owners whose access has no end, held until the transaction ends.

    Of two who leave at once, the second waits and then finds who is left.
    """
    rows = db.session.execute(
        select(Membership.id)
        .where(Membership.role == Role.OWNER, Membership.ends_at.is_(None), tenancy.valid(at))
        .order_by(Membership.id)
        .with_for_update()
    )
    return [row[0] for row in rows]


def invitation(invitation_id: uuid.UUID) -> Invitation:
    """An open invitation, held until the transaction ends.  Raises :class:`NotFound`."""
    found: Invitation | None = db.session.scalar(
        select(Invitation)
        .where(Invitation.id == invitation_id, Invitation.state == InvitationState.OPEN)
        .with_for_update()
    )
    if found is None:
        raise NotFound
    return found


def invitation_of(digest: str, at: datetime, *, lock: bool = False) -> Invitation | None:
    """The invitation that a link opens, while it may be taken up."""
    asked = select(Invitation).where(
        Invitation.digest == digest,
        Invitation.state == InvitationState.OPEN,
        Invitation.expires_at > at,
    )
    found: Invitation | None = db.session.scalar(asked.with_for_update() if lock else asked)
    return found


def invited_to(invitation_id: uuid.UUID) -> Sequence[AnyRow]:
    """The establishments of an invitation that are still in the fleet: (id, name, city)."""
    e, i = Establishment, InvitationEstablishment
    return db.session.execute(
        select(e.id, e.name, e.city)
        .join(i, and_(i.tenant_id == e.tenant_id, i.establishment_id == e.id))
        .where(i.invitation_id == invitation_id, e.archived_at.is_(None))
        .order_by(e.name_key, e.id)
    ).all()


def is_waiting(email: str, at: datetime) -> bool:
    """Whether an invitation to this address can still be taken up."""
    return (
        db.session.scalar(
            select(Invitation.id)
            .where(
                Invitation.email == email,
                Invitation.state == InvitationState.OPEN,
                Invitation.expires_at > at,
            )
            .limit(1)
        )
        is not None
    )

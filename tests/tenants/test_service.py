"""Opening tenants and letting people in."""

import pytest
from sqlalchemy.exc import IntegrityError

from portal.kit import clock
from tenants import queries, service
from tenants.access import Actor
from tenants.db import db
from tenants.roles import GRANTS, PROVIDER_ROLES, Permission, Role
from tests import make


@pytest.mark.parametrize("slug", ["acme", "a", "7", "acme-sante-38", "x" * 40])
def test_a_tenant_takes_a_slug_that_urls_carry(isolated: None, slug: str) -> None:
    tenant = service.open_tenant(slug=slug, name="Acme", siren=None, edition_id=make.EDITION)

    assert queries.tenant_by_slug(slug) is tenant


@pytest.mark.parametrize(
    "slug",
    ["", "-", "acme-", "-acme", "Acme", "a/b", "é", "a b", "x" * 41, "acme\n", "..", "a_b"],
)
def test_a_slug_that_urls_do_not_carry_is_refused(isolated: None, slug: str) -> None:
    with pytest.raises(ValueError, match=r"^"):
        service.open_tenant(slug=slug, name="Acme", siren=None, edition_id=make.EDITION)


@pytest.mark.parametrize("slug", sorted(service.RESERVED_SLUGS))
def test_the_portal_s_own_paths_are_no_tenant(isolated: None, slug: str) -> None:
    with pytest.raises(ValueError, match=slug):
        service.open_tenant(slug=slug, name="Acme", siren=None, edition_id=make.EDITION)


def test_two_tenants_never_share_a_slug(isolated: None) -> None:
    make.tenant("acme")

    with pytest.raises(IntegrityError):
        service.open_tenant(slug="acme", name="Other", siren=None, edition_id=make.EDITION)


def test_an_address_is_one_account_however_it_is_typed(isolated: None) -> None:
    person = service.register_user(email=" Ann@X.Example ", name="Ann", password_hash=None)

    assert person.email == "ann@x.example"
    assert queries.user_by_email("ANN@x.example") is person


@pytest.mark.parametrize("role", sorted(Role))
def test_the_provider_s_people_see_the_tenant_and_others_a_list(owner: Actor, role: Role) -> None:
    person = service.register_user(email=f"{role}@x.example", name=role, password_hash=None)

    membership = service.admit(person.id, role=role)

    assert membership.whole_tenant is (role in PROVIDER_ROLES)


def test_a_listed_membership_keeps_its_list(owner: Actor) -> None:
    one, two, _other = (make.establishment() for _ in range(3))
    person = service.register_user(email="d@x.example", name="D", password_hash=None)

    membership = service.admit(person.id, role=Role.DIRECTOR, establishments=[two, one])

    assert set(queries.reached_establishments(membership.id)) == {one, two}


def test_a_person_has_one_membership_in_a_tenant(owner: Actor) -> None:
    with pytest.raises(IntegrityError):
        service.admit(owner.user_id, role=Role.BILLING)


def test_a_revoked_membership_is_no_longer_counted(owner: Actor, technician: Actor) -> None:
    now = clock.now()
    membership = next(m for m, _ in queries.members(now) if m.user_id == technician.user_id)

    service.revoke(membership, at=now)
    db.session.expire_all()

    assert [person.id for _, person in queries.members(now)] == [owner.user_id]


def test_nobody_but_the_establishment_judges() -> None:
    judges = {role for role, granted in GRANTS.items() if Permission.VERDICT_WRITE in granted}

    assert judges == {Role.DIRECTOR}


def test_outsiders_write_nothing_but_what_they_say_themselves() -> None:
    for role in set(Role) - PROVIDER_ROLES:
        writes = {p for p in GRANTS[role] if not p.endswith(":read")}
        assert writes <= {
            Permission.VERDICT_WRITE,
            Permission.ACTION_WRITE,
            Permission.ANSWER_WRITE,
            Permission.ASSESSMENT_WRITE,
            Permission.BRIEF_ORDER,
            Permission.COLLECTION_WRITE,
            Permission.CONTEST_WRITE,
            Permission.PROOF_DEPOSIT,
            Permission.RECORD_TAKE,
            Permission.AUDIT_ANSWER,
            Permission.AUDIT_CONCLUDE,
        }


def test_every_role_knows_what_it_may_do() -> None:
    assert set(GRANTS) == set(Role)

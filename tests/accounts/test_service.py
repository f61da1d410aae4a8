"""Passwords."""

import pytest

from portal.accounts import service
from tenants import service as tenants
from tenants.db import db

CHEAP = 8


@pytest.fixture
def ann(isolated: None) -> str:
    hashed = service.hash_password("S€cret-é", memory_kib=CHEAP)
    tenants.register_user(email="ann@people.example", name="Ann", password_hash=hashed)
    db.session.commit()
    return hashed


def test_a_password_is_kept_as_argon2id_with_a_salt_of_its_own() -> None:
    first, second = (service.hash_password("same", memory_kib=CHEAP) for _ in range(2))

    assert first.startswith("$argon2id$")
    assert first != second


def test_a_hash_costs_what_owasp_asks_unless_told_otherwise() -> None:
    assert "m=19456,t=2,p=1" in service.hash_password("x")


@pytest.mark.parametrize(
    "typed",
    ["S€cret-é", "S€cret-e\N{COMBINING ACUTE ACCENT}", " S€cret-é\n"],
    ids=["as is", "decomposed", "pasted"],
)
def test_the_same_password_typed_otherwise_opens(ann: str, typed: str) -> None:
    person = service.authenticate("ann@people.example", typed, memory_kib=CHEAP)

    assert person is not None
    assert person.name == "Ann"


@pytest.mark.parametrize("typed", ["s€cret-é", "S€cret-", "", "$argon2id$v=19$m=8,t=2,p=1$"])
def test_another_password_does_not_open(ann: str, typed: str) -> None:
    assert service.authenticate("ann@people.example", typed, memory_kib=CHEAP) is None


def test_a_stored_hash_is_not_a_password(ann: str) -> None:
    assert service.authenticate("ann@people.example", ann, memory_kib=CHEAP) is None


def test_a_hash_of_another_strength_is_made_again_at_the_next_entry(ann: str) -> None:
    person = service.authenticate("ann@people.example", "S€cret-é", memory_kib=16)

    assert person is not None
    assert person.password_hash is not None
    assert "m=16," in person.password_hash
    assert service.authenticate("ann@people.example", "S€cret-é", memory_kib=16) is not None

"""How often one may try, with Valkey and without it."""

import pytest
from flask import Flask
from redis import Redis

from portal.kit import limits
from portal.kit.limits import Counters, TooMany
from portal.kit.valkey import impatient


@pytest.fixture
def visitor(app: Flask, isolated: None) -> None:
    """Fresh counters, and somebody who asks."""


def _tries(app: Flask, act: str, *, person: str, address: str = "192.0.2.1") -> int:
    """How many are let through."""
    with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
        for number in range(1000):
            try:
                limits.count(act, person=person)
            except TooMany:
                return number
    return 1000


def test_a_person_is_counted_from_wherever_it_is_tried(app: Flask, visitor: None) -> None:
    assert _tries(app, "sign-in", person="ann@people.example") == 10
    assert _tries(app, "sign-in", person=" ANN@people.example", address="192.0.2.2") == 0
    assert _tries(app, "sign-in", person="bob@people.example") == 10


def test_an_address_is_counted_whomever_it_tries(app: Flask, visitor: None) -> None:
    with app.test_request_context(environ_base={"REMOTE_ADDR": "192.0.2.3"}):
        for number in range(20):
            limits.count("sign-up", person=f"{number}@people.example")
        with pytest.raises(TooMany):
            limits.count("sign-up", person="another@people.example")


def test_what_was_right_is_forgiven(app: Flask, visitor: None) -> None:
    _tries(app, "sign-in", person="ann@people.example")
    with app.test_request_context():
        limits.forgive("sign-in", person="ann@people.example")

    assert _tries(app, "sign-in", person="ann@people.example") == 10


def test_without_valkey_tries_are_counted_all_the_same(
    app: Flask, visitor: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = Counters(impatient("redis://127.0.0.1:1"))
    monkeypatch.setitem(app.extensions, "limits", away)

    assert _tries(app, "factor", person="ann@people.example") == 10


def test_valkey_holds_no_address_of_a_person(app: Flask, visitor: None) -> None:
    _tries(app, "sign-in", person="ann@people.example")
    valkey: Redis = app.extensions["valkey"]
    names = [name.decode() for name in valkey.scan_iter(match="limits*")]

    assert names
    assert not [name for name in names if "ann" in name.split("/", 1)[0] or "@" in name]


def test_an_ipv6_network_is_one_address(app: Flask, visitor: None) -> None:
    """Whoever has one of its addresses has them all."""
    with_ipv6 = ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1")
    let_through = [_alone(app, address) for address in with_ipv6]

    assert let_through == [60, 0, 60]
    assert _alone(app, "192.0.2.8") == 60
    assert _alone(app, "::ffff:192.0.2.8") == 0


def _alone(app: Flask, address: str) -> int:
    with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
        for number in range(100):
            try:
                limits.count("verify")
            except TooMany:
                return number
    return 100


def test_what_went_wrong_for_a_tenant_holds_all_of_its_people_back(
    app: Flask, visitor: None
) -> None:
    with app.test_request_context():
        for _ in range(99):
            limits.missed("factor", tenants=["acme", "globex"])
        limits.hold_back("factor", tenants=["acme"])
        limits.missed("factor", tenants=["acme"])

        with pytest.raises(TooMany):
            limits.hold_back("factor", tenants=["initech", "acme"])
        limits.hold_back("factor", tenants=["globex"])


def test_what_goes_well_counts_for_no_tenant(app: Flask, visitor: None) -> None:
    """A whole office signs in at nine."""
    with app.test_request_context():
        for _ in range(200):
            limits.hold_back("factor", tenants=["acme"])


def test_without_valkey_a_tenant_is_held_back_all_the_same(
    app: Flask, visitor: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.extensions, "limits", Counters(impatient("redis://127.0.0.1:1")))
    with app.test_request_context():
        for _ in range(100):
            limits.missed("factor", tenants=["acme"])
        with pytest.raises(TooMany):
            limits.hold_back("factor", tenants=["acme"])

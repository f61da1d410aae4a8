"""What a directory, or somebody in between, may try: each attempt opens nothing."""

import time
from unittest import mock
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from portal.audit.models import AuditEvent
from portal.federation import doors
from portal.kit import limits
from portal.kit.gateway import Gateway
from tenants.access import Actor
from tenants.db import db
from tests import oidc_server
from tests.federation.conftest import Walk, sign_ins
from tests.oidc_server import Directory, Fault

#: What a tenant is told of in its journal: an answer that was there and is not believed.
LIES = {
    Fault.WRONG_ISSUER,
    Fault.WRONG_AUDIENCE,
    Fault.SECOND_AUDIENCE,
    Fault.OTHER_PARTY,
    Fault.EXPIRED,
    Fault.FROM_THE_FUTURE,
    Fault.UNSIGNED,
    Fault.SIGNED_WITH_THE_PUBLIC_KEY,
    Fault.SIGNED_BY_ANOTHER,
    Fault.SIGNED_BY_A_KEY_UNKNOWN,
    Fault.TAMPERED,
    Fault.WRONG_NONCE,
    Fault.NO_NONCE,
    Fault.WRONG_ACCESS_TOKEN,
    Fault.NO_SUBJECT,
    Fault.NO_TOKEN,
    Fault.LOGOUT_TOKEN,
    Fault.OTHER_SENDER,
    Fault.NO_SENDER,
}
TROUBLES = {
    Fault.SLOW,
    Fault.DRIPPING,
    Fault.DYING,
    Fault.HUGE,
    Fault.REDIRECTING,
    Fault.NONSENSE,
    Fault.FAILING,
}


def _refusals() -> list[str]:
    db.session.rollback()
    return [
        event.details["reason"]
        for event in db.session.scalars(
            sa.select(AuditEvent).where(AuditEvent.action == "directory.refused")
        )
    ]


@pytest.mark.parametrize("fault", sorted(LIES))
def test_an_answer_that_lies_opens_nothing_and_the_tenant_is_told(
    walk: Walk, trusted: Directory, owner: Actor, fault: Fault
) -> None:
    trusted.fault = fault

    answer = walk()

    assert answer.status_code == 403
    assert sign_ins(owner) == []
    assert walk.client.get("/acme/").headers["Location"].startswith("/connexion?next=")
    assert len(_refusals()) == 1


def test_the_token_of_another_sign_in_opens_nothing(
    walk: Walk, trusted: Directory, owner: Actor
) -> None:
    """A true token, replayed: it carries the nonce of the other."""
    assert walk().status_code == 303
    trusted.fault = Fault.OLD_TOKEN

    answer = walk()

    assert answer.status_code == 403
    assert len(sign_ins(owner)) == 1


@pytest.mark.parametrize("fault", sorted(TROUBLES))
def test_a_directory_in_trouble_opens_nothing_and_holds_nobody_up(
    walk: Walk, trusted: Directory, owner: Actor, fault: Fault
) -> None:
    trusted.fault = fault
    hasty = Gateway(anywhere=True, seconds=0.6)
    there = walk.out()

    with (
        mock.patch.object(doors, "gateway", return_value=hasty),
        mock.patch("portal.federation.flow.gateway", return_value=hasty),
    ):
        began = time.monotonic()
        answer = walk.back(there)

    assert answer.status_code == 503
    assert time.monotonic() - began < 3
    assert sign_ins(owner) == []


def test_the_same_answer_is_taken_once(walk: Walk, trusted: Directory, owner: Actor) -> None:
    back = oidc_server.answer_of(trusted, walk.out())
    assert walk.client.get(back).status_code == 303

    again = walk.client.get(back)

    assert again.status_code == 403
    assert len(sign_ins(owner)) == 1


def test_the_same_answer_is_taken_once_whatever_cookie_is_brought_back(
    walk: Walk, trusted: Directory, owner: Actor
) -> None:
    back = oidc_server.answer_of(trusted, walk.out())
    cookie = walk.client.get_cookie("session")
    assert cookie is not None
    walk.client.get(back)
    walk.client.set_cookie("session", cookie.value)

    again = walk.client.get(back)

    assert again.status_code == 403
    assert len(sign_ins(owner)) == 1


def test_an_answer_in_another_browser_opens_nothing(
    walk: Walk, trusted: Directory, owner: Actor, client: FlaskClient
) -> None:
    """Somebody's own answer, handed to a victim, would sign the victim in as somebody."""
    back = oidc_server.answer_of(trusted, walk.out())
    other = client.application.test_client()

    answer = other.get(back)

    assert answer.status_code == 403
    assert sign_ins(owner) == []


def test_a_stolen_code_is_worth_nothing_without_what_asked_for_it(
    walk: Walk, trusted: Directory, owner: Actor, client: FlaskClient
) -> None:
    """PKCE: another browser's code, put into one's own answer, is refused by the directory."""
    thief = Walk(client.application.test_client(), trusted)
    stolen = oidc_server.answer_of(trusted, walk.out())
    own = oidc_server.answer_of(trusted, thief.out())
    code = stolen.partition("code=")[2].partition("&")[0]
    own_code = own.partition("code=")[2].partition("&")[0]

    answer = thief.client.get(own.replace(own_code, code))

    assert answer.status_code == 403
    assert sign_ins(owner) == []


def test_an_answer_at_another_tenant_s_door_opens_nothing(
    walk: Walk, trusted: Directory, owner: Actor, stranger: Actor
) -> None:
    """Mix-up: each directory has an address of its own to answer to (RFC 9700, 4.4)."""
    back = oidc_server.answer_of(trusted, walk.out())

    answer = walk.client.get(back.replace("/acme/", "/globex/"))

    assert answer.status_code == 403
    assert sign_ins(owner) == []


def test_an_answer_of_an_hour_later_opens_nothing(
    walk: Walk, trusted: Directory, owner: Actor
) -> None:
    back = oidc_server.answer_of(trusted, walk.out())
    with walk.client.session_transaction() as session:
        session["directory"] = {**session["directory"], "at": session["directory"]["at"] - 3600}

    assert walk.client.get(back).status_code == 403
    assert sign_ins(owner) == []


def test_what_proves_that_we_asked_stays_on_our_side(walk: Walk, trusted: Directory) -> None:
    there = walk.out()
    with walk.client.session_transaction() as session:
        held = session["directory"]

    assert "code_challenge_method=S256" in there
    assert set(held) == {"state", "door", "purpose", "anew", "target", "at"}


@pytest.mark.parametrize(
    "target", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:1"]
)
def test_one_comes_back_to_this_site_alone(walk: Walk, trusted: Directory, target: str) -> None:
    there = walk.out(f"/connexion/annuaire/acme/depart?next={target}")

    assert walk.back(there).headers["Location"] == "/acme/"


def _refused_with(walk: Walk, said: str) -> int:
    """Somebody sets out, never goes there, and comes back with a refusal of her own making."""
    state = parse_qs(urlsplit(walk.out()).query)["state"][0]
    told = {"state": state, "error": said, "iss": walk.directory.issuer}
    return walk.client.get("/connexion/annuaire/acme/retour", query_string=told).status_code


def test_a_stranger_writes_no_words_of_hers_into_the_journal(
    walk: Walk, trusted: Directory
) -> None:
    assert _refused_with(walk, "access_denied") == 403
    assert _refused_with(walk, "Appelez le 08 99 00 00 00") == 403

    assert _refusals() == [
        "the directory refused: access_denied",
        "the directory refused: in words of its own",
    ]


def test_a_stranger_fills_no_journal(walk: Walk, trusted: Directory) -> None:
    most = limits.RULES["directory-refused"].tenant
    assert most is not None

    answers = {_refused_with(walk, "access_denied") for _ in range(most.amount + 3)}

    assert answers == {403}
    assert len(_refusals()) == most.amount

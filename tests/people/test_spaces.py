"""Where else a person may go, her missions, and how she leaves."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from portal.audit.models import AuditEvent
from portal.kit import clock
from tenants import service as tenants
from tenants.access import Actor
from tenants.context import Scope, entered, tenant_scope
from tenants.db import db
from tenants.models import Membership, SignIn
from tenants.roles import PROVIDER_ROLES, Role
from tests import make
from tests.conftest import sign_in
from tests.engagements.conftest import engage

#: As htmx asks for a fragment.
_AS_MENU = {"HX-Request": "true"}


@pytest.fixture
def both(owner: Actor, stranger: Actor) -> Actor:
    """Acme's owner, who directs one of the two places that Globex looks after."""
    make.establishment("Foyer d’Acme")
    db.session.rollback()
    with tenant_scope(stranger.tenant_id):
        place = make.establishment("Foyer à elle")
        make.establishment("Foyer d’un autre")
        tenants.admit(owner.user_id, role=Role.DIRECTOR, establishments=[place])
        db.session.commit()
        db.session.remove()
    return owner


def test_the_menu_lists_her_spaces_and_marks_where_she_is(client: FlaskClient, both: Actor) -> None:
    sign_in(client, both)

    menu = client.get("/mes-espaces?ici=acme", headers=_AS_MENU).text

    assert menu.index("Acme") < menu.index("Globex")
    assert menu.count("aria-current") == 1
    assert menu.index("aria-current") < menu.index("Globex")
    assert menu.count("1 établissement<") + menu.count("1 établissement ") == 2
    assert "Mes prestataires" not in menu
    assert "Mes missions" not in menu


def test_a_space_that_demands_two_factors_is_not_counted_before(
    client: FlaskClient, both: Actor
) -> None:
    sign_in(client, both, strong=False)

    menu = client.get("/mes-espaces?ici=globex", headers=_AS_MENU).text

    assert "Acme" in menu
    assert menu.count("1 établissement") == 1, "Globex demands nothing of its directors"


def test_a_space_entered_by_its_directory_alone_is_not_counted_for_who_came_otherwise(
    client: FlaskClient, both: Actor
) -> None:
    tables = Membership.metadata.tables
    ago = clock.now() - timedelta(days=1)
    db.session.execute(sa.update(tables["tenant"]).values(directory_since=ago, directory_only=True))
    db.session.commit()
    make.establishment("Foyer de la responsable")
    manager = make.member(Role.MANAGER)
    told = []
    for actor in (manager, both):  # an owner keeps her other way in
        sign_in(client, actor)
        told.append(client.get("/mes-espaces", headers=_AS_MENU).text)

    assert ["Acme" in menu for menu in told] == [True, True]
    assert ["2 établissements" in menu for menu in told] == [False, True]


def test_the_menu_of_who_came_by_a_directory_names_that_space_alone(
    client: FlaskClient, both: Actor
) -> None:
    sign_in(client, both)
    with client.session_transaction() as session:
        held = session["sign_in"]
    db.session.rollback()
    tables = Membership.metadata.tables
    db.session.execute(
        sa.update(tables["tenant"]).values(directory_since=clock.now() - timedelta(days=1))
    )
    db.session.commit()
    with entered(Scope(user_id=both.user_id)):
        db.session.execute(
            sa.update(SignIn).where(SignIn.id == held).values(only_tenant_id=both.tenant_id)
        )
        db.session.commit()

    menu = client.get("/mes-espaces", headers=_AS_MENU).text

    assert "Acme" in menu
    assert "Globex" not in menu


def test_the_header_offers_the_menu_to_who_has_several(client: FlaskClient, both: Actor) -> None:
    sign_in(client, both)
    client.get("/mes-acces")
    page = client.get("/acme/parc").text

    assert 'hx-get="/mes-espaces?ici=acme"' in page
    assert page.index('href="/mes-acces"') > page.index("<summary>")


def test_an_auditor_sees_what_is_open_until_when_and_what_ended(
    client: FlaskClient, owner: Actor, stranger: Actor
) -> None:
    place = make.establishment("EHPAD du Test")
    make.establishment("EHPAD d’à côté")
    ends = clock.now() + timedelta(days=5)
    auditor = make.member(Role.AUDITOR, establishments=[place], ends_at=ends)
    engage(owner, auditor, places=[place], ends_at=ends)
    db.session.rollback()
    with tenant_scope(stranger.tenant_id):
        gone = make.establishment("Foyer d’avant")
        tenants.admit(
            auditor.user_id,
            role=Role.AUDITOR,
            establishments=[gone],
            ends_at=clock.now() - timedelta(seconds=1),
        )
        db.session.commit()
        db.session.remove()
    sign_in(client, auditor)

    page = client.get("/mes-missions").text

    assert "EHPAD du Test" in page
    assert "se termine" in page
    assert page.count('class="quiet"') >= 1
    assert "Globex" in page
    assert "terminée" in page
    for hidden in ("Foyer d’avant", "EHPAD d’à côté", 'href="/globex/"'):
        assert hidden not in page
    assert "Mes missions" in client.get("/mes-espaces", headers=_AS_MENU).text


def test_a_mission_without_a_room_says_that_nothing_is_open_yet(
    client: FlaskClient, owner: Actor
) -> None:
    place = make.establishment("EHPAD du Test")
    auditor = make.member(Role.AUDITOR, establishments=[place], ends_at=clock.now() + timedelta(5))
    sign_in(client, auditor)

    page = client.get("/mes-missions").text

    assert "aucun pour le moment" in page
    assert "EHPAD du Test" not in page


def test_missions_are_the_auditor_s_alone(client: FlaskClient, owner: Actor) -> None:
    make.member(
        Role.AUDITOR, establishments=[make.establishment()], ends_at=clock.now() + timedelta(days=5)
    )
    sign_in(client, owner)

    assert "Aucune mission" in client.get("/mes-missions").text


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OWNER])
def test_everybody_leaves_by_herself_at_once(client: FlaskClient, owner: Actor, role: Role) -> None:
    place = make.establishment()
    listed = [] if role in PROVIDER_ROLES else [place]
    person = make.member(role, establishments=listed)
    sign_in(client, person)
    assert client.get("/acme/quitter").status_code == 200

    answer = client.post("/acme/quitter")

    assert answer.headers["Location"] == "/mes-acces"
    assert client.get("/acme/").status_code == 404
    assert "Vous avez quitté Acme" in client.get("/mes-acces").text
    db.session.rollback()
    noted = db.session.execute(sa.select(AuditEvent.actor_id, AuditEvent.action)).all()
    assert [tuple(one) for one in noted] == [(person.user_id, "member.left")]


def test_the_last_owner_is_told_why_she_stays(client: FlaskClient, owner: Actor) -> None:
    make.member(Role.OWNER, ends_at=clock.now() + timedelta(days=5))
    sign_in(client, owner)

    page, answer = client.get("/acme/quitter"), client.post("/acme/quitter")

    for told in (page, answer):
        assert "Vous êtes la seule personne à l’administration" in told.text
    assert 'action="/acme/quitter"' not in page.text
    assert answer.status_code == 422
    assert client.get("/acme/parc").status_code == 200


def test_one_of_two_owners_leaves(client: FlaskClient, owner: Actor) -> None:
    make.member(Role.OWNER)
    sign_in(client, owner)

    assert client.post("/acme/quitter").status_code == 303
    assert client.get("/acme/parc").status_code == 404


def test_leaving_asks_again_who_she_is_after_a_while(client: FlaskClient, owner: Actor) -> None:
    make.member(Role.OWNER)
    sign_in(client, owner)
    db.session.rollback()
    with entered(Scope(user_id=owner.user_id)):
        before = clock.now() - timedelta(hours=1)
        db.session.execute(sa.update(SignIn).values(confirmed_at=before))
        db.session.commit()

    assert client.post("/acme/quitter").headers["Location"].startswith("/confirmer?next=")
    assert client.get("/acme/parc").status_code == 200


def test_who_may_leave_one_space_leaves_no_other(client: FlaskClient, both: Actor) -> None:
    sign_in(client, both)

    client.post("/globex/quitter")

    assert client.get("/globex/").status_code == 404
    assert client.get("/acme/parc").status_code == 200


def test_the_menu_opened_as_a_page_leads_to_the_page_that_says_the_same(
    client: FlaskClient, both: Actor
) -> None:
    sign_in(client, both)

    answer = client.get("/mes-espaces?ici=acme")

    assert (answer.status_code, answer.location) == (303, "/mes-acces")


def test_whoever_s_only_audit_is_over_still_finds_her_missions(
    client: FlaskClient, owner: Actor
) -> None:
    auditor = make.member(Role.AUDITOR, establishments=[make.establishment()])
    sign_in(client, auditor)
    with tenant_scope(owner.tenant_id):
        row = db.session.scalars(
            sa.select(Membership).where(Membership.user_id == auditor.user_id)
        ).one()
        tenants.revoke(row, at=clock.now())
        db.session.commit()

    page = client.get("/mes-acces").text

    assert "Aucun accès pour le moment" in page
    assert 'href="/mes-missions"' in page

"""The screens that take an import back."""

import csv
import io
import uuid
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from portal.fleet import service, undoing
from portal.fleet.service import Sheet
from portal.kit import clock
from tenants.access import Actor
from tenants.context import NO_SCOPE, entered, tenant_scope
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.conftest import sign_in
from tests.fleet.importer.samples import EHPAD, IME, etalab_line
from tests.fleet.runs import TODAY, applied, extract, one, previewed


@pytest.fixture
def run_id(owner: Actor) -> uuid.UUID:
    """An import that made one establishment, moved another and whose third was changed since."""
    third = "970200044"
    applied(owner, extract(etalab_line(), etalab_line(third)))
    lines = [etalab_line(it, "LES SAULES", f31="2025-01-01") for it in (EHPAD, IME, third)]
    run = applied(owner, extract(*lines))
    it = one(third)
    service.edit(owner, it.id, Sheet(name="À moi"), version=it.version, today=TODAY)
    db.session.commit()
    return run.id


@pytest.fixture
def visitor(client: FlaskClient, owner: Actor, run_id: uuid.UUID) -> Iterator[FlaskClient]:
    sign_in(client, owner)
    db.session.remove()
    with entered(NO_SCOPE):
        yield client


def work(owner: Actor, run_id: uuid.UUID) -> None:
    """What the worker would do by now."""
    db.session.remove()
    with tenant_scope(owner.tenant_id):
        undoing.undo(run_id, at=clock.now())
        db.session.commit()
        db.session.remove()


def test_the_page_says_what_would_move_and_what_would_not(
    visitor: FlaskClient, run_id: uuid.UUID
) -> None:
    page = visitor.get(f"/acme/parc/import/{run_id}/annuler").text

    assert "1 retiré du parc" in page
    assert "nom : LES SAULES → EHPAD LES TILLEULS" in page.replace("\u00a0", " ")
    assert "À moi" in page
    assert "Annuler l’import\u00a0: 2 établissements" in page


def test_an_import_is_undone_from_its_page(
    visitor: FlaskClient, owner: Actor, run_id: uuid.UUID
) -> None:
    address = f"/acme/parc/import/{run_id}"
    offered = visitor.get(address).text
    asked = visitor.post(f"{address}/annuler")
    waiting = visitor.get(address).text
    work(owner, run_id)
    done = visitor.get(address).text

    assert f"{address}/annuler" in offered
    assert (asked.status_code, asked.headers["Location"]) == (303, address)
    assert 'http-equiv="refresh"' in waiting
    assert "Cet import est annulé" in done
    assert "À moi" in done
    assert f"{address}/annuler" not in done


def test_asking_twice_is_asking_once(visitor: FlaskClient, owner: Actor, run_id: uuid.UUID) -> None:
    address = f"/acme/parc/import/{run_id}/annuler"
    visitor.post(address)

    again = visitor.post(address)
    work(owner, run_id)

    assert again.status_code == 303
    assert visitor.get(address).status_code == 303


def test_the_whole_list_is_downloaded(visitor: FlaskClient, run_id: uuid.UUID) -> None:
    answer = visitor.get(f"/acme/parc/import/{run_id}/annulation.csv")

    lines = list(csv.reader(io.StringIO(answer.get_data(as_text=True)), delimiter=";"))
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert sorted(line[1] for line in lines[1:]) == sorted([EHPAD, IME, ""])
    assert len({line[0] for line in lines[1:]}) == 3


def test_what_cannot_be_undone_is_refused_in_words(
    visitor: FlaskClient, owner: Actor, run_id: uuid.UUID
) -> None:
    with tenant_scope(owner.tenant_id):
        waiting = previewed(owner, extract(etalab_line())).id
        db.session.commit()
        db.session.remove()
    address = f"/acme/parc/import/{waiting}"

    answers = [
        visitor.get(f"{address}/annuler"),
        visitor.post(f"{address}/annuler"),
        visitor.get(f"{address}/annulation.csv"),
    ]

    assert [it.status_code for it in answers] == [409, 409, 409]
    assert "ne peut plus être annulé" in answers[0].text
    assert "/annuler" not in visitor.get(address).text


def test_a_technician_undoes_nothing(client: FlaskClient, owner: Actor, run_id: uuid.UUID) -> None:
    technician = make.member(Role.TECHNICIAN)
    sign_in(client, technician)
    db.session.remove()

    with entered(NO_SCOPE):
        address = f"/acme/parc/import/{run_id}/annuler"
        assert client.get(address).status_code == 403
        assert client.post(address).status_code == 403

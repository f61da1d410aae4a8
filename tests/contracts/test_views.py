"""The pages of offerings and contracts, by real requests."""

import re
import uuid
from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal.contracts import queries
from portal.contracts.models import Contract
from portal.fleet.models import Stage
from portal.kit import clock
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.conftest import sign_in
from tests.counting import counted

UNKNOWN = uuid.UUID(int=7)


def contracts() -> int:
    """How many there are; leaves no transaction open for the next request to trip over."""
    db.session.rollback()
    count = db.session.scalar(select(func.count()).select_from(Contract)) or 0
    db.session.rollback()
    return count


def on_sale() -> list[uuid.UUID]:
    db.session.rollback()
    found = [row[0] for row in queries.on_sale()]
    db.session.rollback()
    return found


def test_every_page_opens(at_work: FlaskClient) -> None:
    home = make.establishment()
    at_work.post("/acme/prestations/adopter", data={"all": "1"})
    sold = on_sale()
    make.contract(home, sold[0])
    pages = [
        "/acme/prestations",
        "/acme/prestations/nouvelle",
        f"/acme/prestations/{sold[0]}",
        f"/acme/prestations/{sold[0]}/modifier",
        f"/acme/etablissements/{home}/contrats",
        f"/acme/etablissements/{home}/qui-fait-quoi",
        f"/acme/etablissements/{home}/qui-fait-quoi.csv",
        "/acme/contrats/en-nombre",
    ]
    assert {page: at_work.get(page).status_code for page in pages} == dict.fromkeys(pages, 200)


def test_contracts_in_number_are_previewed_before_anything_is_written(
    at_work: FlaskClient,
) -> None:
    homes = [make.establishment() for _ in range(3)]
    offering = make.offering()
    make.contract(homes[0], offering)
    asked = {"ids": [*homes, homes[1], UNKNOWN, "nonsense"], "offerings": [offering]}
    answer = at_work.post(
        "/acme/contrats/en-nombre", data={**asked, "starts_on": "2026-06-01", "step": "preview"}
    )
    assert (answer.status_code, contracts()) == (200, 1)
    assert "2 établissements recevront" in answer.text
    assert "1 l’a déjà" in answer.text


def test_contracts_in_number_are_applied_and_undone(at_work: FlaskClient) -> None:
    homes = [make.establishment(stage=Stage.PROSPECT) for _ in range(3)]
    asked = {"ids": homes, "offerings": [make.offering(), make.offering()], "step": "apply"}
    applied = at_work.post(
        "/acme/contrats/en-nombre", data={**asked, "starts_on": clock.today().isoformat()}
    )
    with at_work.session_transaction() as session:
        ((category, _message),) = session["_flashes"]
    after = contracts()
    undone = at_work.post(category.removeprefix("undo:"))
    assert (applied.status_code, after, undone.status_code, contracts()) == (303, 6, 303, 0)
    assert applied.location == undone.location == "/acme/parc"


def test_the_whole_of_the_boards_list_may_be_chosen(at_work: FlaskClient) -> None:
    for name in ("Les Tilleuls", "Les Ormes", "Le Parc"):
        make.establishment(name, stage=Stage.PROSPECT)
    make.offering()
    answer = at_work.post(
        "/acme/contrats/en-nombre", data={"all": "1", "filter": "q=les&stage=prospect&page=2"}
    )
    assert "2 établissements choisis" in answer.text


def test_five_thousand_ids_are_read_in_one_go(at_work: FlaskClient) -> None:
    make.offering()
    home = make.establishment()
    ids = [str(uuid.uuid4()) for _ in range(5000)]
    with counted() as sent:
        answer = at_work.post("/acme/contrats/en-nombre", data={"ids": [*ids, home]})
    assert (answer.status_code, len(sent) <= 4) == (200, True)
    assert "5\N{NARROW NO-BREAK SPACE}000 établissements" in answer.text


def test_too_many_ids_are_refused(at_work: FlaskClient) -> None:
    ids = [str(uuid.UUID(int=n)) for n in range(10_001)]
    assert at_work.post("/acme/contrats/en-nombre", data={"ids": ids}).status_code == 422


@pytest.mark.parametrize(
    "typed",
    [
        {"starts_on": "0002-01-01"},
        {"starts_on": "9999-01-01"},
        {"starts_on": "hier"},
        {"starts_on": "2026-06-01", "ends_on": "2026-05-31"},
        {"starts_on": "2026-06-01", "offerings": ""},
        {"starts_on": "2026-06-01", "offerings": "x"},
    ],
)
def test_impossible_contracts_are_refused_and_kept_on_screen(
    at_work: FlaskClient, typed: dict[str, str]
) -> None:
    home, offering = make.establishment(), make.offering()
    answer = at_work.post(
        f"/acme/etablissements/{home}/contrats",
        data={"offerings": [offering], "note": "Bon n° 12", **typed},
    )
    assert (answer.status_code, contracts(), "Bon n° 12" in answer.text) == (422, 0, True)


def test_an_end_before_the_start_is_told_beside_its_contract(at_work: FlaskClient) -> None:
    contract = make.contract(make.establishment(), make.offering(), starts_on=date(2026, 3, 1))
    answer = at_work.post(f"/acme/contrats/{contract}/terminer", data={"ends_on": "2026-02-01"})
    assert (answer.status_code, f"ends-{contract}-error" in answer.text) == (422, True)


def test_a_contract_is_ended_then_removed(at_work: FlaskClient) -> None:
    home = make.establishment()
    contract = make.contract(home, make.offering(), starts_on=date(2026, 3, 1))
    ended = at_work.post(f"/acme/contrats/{contract}/terminer", data={"ends_on": "2026-04-01"})
    removed = at_work.post(f"/acme/contrats/{contract}/retirer")
    assert (ended.status_code, removed.status_code, contracts()) == (303, 303, 0)


def test_a_last_day_set_meanwhile_is_told_and_what_was_typed_kept(at_work: FlaskClient) -> None:
    home = make.establishment()
    contract = make.contract(home, make.offering(), starts_on=date(2026, 3, 1))
    address = f"/acme/contrats/{contract}/terminer"
    at_work.post(address, data={"seen": "", "ends_on": "2026-04-01"})

    late = at_work.post(address, data={"seen": "", "ends_on": "2026-05-31"})
    kept = _last_day(home)
    again = at_work.post(address, data={**_hidden(late.text), "ends_on": "2026-05-31"})

    assert (late.status_code, kept) == (409, date(2026, 4, 1))
    assert "Quelqu’un d’autre a changé le dernier jour entre-temps" in late.text
    assert 'value="2026-05-31"' in late.text
    assert (again.status_code, _last_day(home)) == (303, date(2026, 5, 31))


def test_a_slip_corrected_does_not_hide_a_last_day_set_meanwhile(at_work: FlaskClient) -> None:
    home = make.establishment()
    contract = make.contract(home, make.offering(), starts_on=date(2026, 3, 1))
    address = f"/acme/contrats/{contract}/terminer"
    at_work.post(address, data={"seen": "", "ends_on": "2026-04-01"})

    slip = at_work.post(address, data={"seen": "", "ends_on": "the day after"})
    late = at_work.post(address, data={**_hidden(slip.text), "ends_on": "2026-05-31"})

    assert (slip.status_code, late.status_code) == (422, 409)


def _hidden(page: str) -> dict[str, str]:
    """What the form of a last day says that its author read."""
    return dict(re.findall(r'name="(seen)"\s+value="([^"]*)"', page))


def _last_day(home: uuid.UUID) -> date | None:
    db.session.rollback()
    db.session.expire_all()
    return queries.contracts_of(home)[0].ends_on


@pytest.mark.parametrize("act", ["terminer", "retirer"])
def test_foreign_contracts_answer_like_unknown_ones(
    at_work: FlaskClient, stranger: Actor, act: str
) -> None:
    with tenant_scope(stranger.tenant_id):
        db.session.rollback()
        theirs = make.contract(make.establishment(), make.offering())
        db.session.rollback()
    answers = [at_work.post(f"/acme/contrats/{one}/{act}") for one in (theirs, UNKNOWN)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].data == answers[1].data


def test_a_director_reads_the_contracts_of_her_establishment_only(
    client: FlaskClient, owner: Actor
) -> None:
    hers, other = make.establishment(), make.establishment()
    offering, unseen = make.offering(carries=["SAUV-01"]), make.offering(carries=["SAUV-02"])
    make.contract(hers, offering)
    contract = make.contract(other, unseen)
    sign_in(client, make.member(Role.DIRECTOR, establishments=[hers]))
    read = client.get(f"/acme/etablissements/{hers}/contrats")
    table = client.get(f"/acme/etablissements/{hers}/qui-fait-quoi")
    assert (read.status_code, table.status_code) == (200, 200)
    assert "Terminer ou retirer" not in read.text
    assert "Changer pour ce contrat" not in table.text
    assert client.get(f"/acme/etablissements/{other}/contrats").status_code == 404
    assert client.get(f"/acme/etablissements/{other}/qui-fait-quoi").status_code == 404
    assert client.post(f"/acme/contrats/{contract}/retirer").status_code == 403
    assert client.get("/acme/prestations").status_code == 403


def test_who_bears_a_requirement_is_changed_for_one_contract(at_work: FlaskClient) -> None:
    home = make.establishment()
    make.contract(home, make.offering(carries=["SAUV-02"]))
    address = f"/acme/etablissements/{home}/qui-fait-quoi/SAUV-02"
    answer = at_work.post(
        address, data={"bearer": "shared", "seen": "provider", "reason": "Clés chez le client"}
    )
    late = at_work.post(
        address, data={"bearer": "establishment", "seen": "provider", "reason": "Autre"}
    )
    page = at_work.get(f"/acme/etablissements/{home}/qui-fait-quoi").text
    assert (answer.status_code, late.status_code) == (303, 409)
    assert "Clés chez le client" in page


@pytest.mark.parametrize("code", ["NOPE-01", "SAUV-01%00", "x" * 300])
def test_a_code_the_guide_lacks_is_not_found(at_work: FlaskClient, code: str) -> None:
    home = make.establishment()
    answer = at_work.post(
        f"/acme/etablissements/{home}/qui-fait-quoi/{code}", data={"seen": "provider"}
    )
    assert answer.status_code == 404

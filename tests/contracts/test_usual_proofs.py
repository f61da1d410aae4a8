"""What an offering says of its usual proofs, written on its page and shown on it."""

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy.exc import IntegrityError

from portal.audit.models import BulkAct
from portal.contracts import queries
from portal.contracts.models import Part
from portal.contracts.offerings import Served
from portal.guide import loader
from tenants.access import Actor
from tenants.db import db
from tests import make
from tests.contracts.rewritten import CARRIED, content, edit, named, undo

CODE = "SAUV-01"
OTHER, LEFT = "SAUV-04", "SAUV-05"
EDITION = loader.current()
GUIDE = EDITION.requirement(CODE).proof


def wished(**typed: str) -> dict[str, str]:
    return {"name": "La nôtre", "version": "1", f"part-{CODE}": "carries"} | {
        f"{name}-{CODE}": said for name, said in typed.items()
    }


def shown(client: FlaskClient, address: str) -> str:
    table = BeautifulSoup(client.get(address).text, "html.parser").select_one("table.data")
    assert table is not None
    return " ".join(table.get_text(" ").replace("\u00a0", " ").split())


def test_its_own_words_and_months_stand_in_place_of_those_of_the_guide(
    at_work: FlaskClient,
) -> None:
    address = f"/acme/prestations/{make.offering(carries=[CODE])}"
    months = GUIDE.valid_months + 7
    before = shown(at_work, address)

    at_work.post(f"{address}/modifier", data=wished(proof=" Rapport signé. ", months=str(months)))
    after = shown(at_work, address)
    form = BeautifulSoup(at_work.get(f"{address}/modifier").text, "html.parser")

    assert GUIDE.kinds[0] in before
    assert f"valable {GUIDE.valid_months} mois" in before
    assert f"Rapport signé. valable {months} mois, autrement que le guide" in after
    assert GUIDE.kinds[0] not in after
    kept = [form.select_one(f"#{name}-{CODE}") for name in ("proof", "months")]
    assert [one and one["value"] for one in kept] == ["Rapport signé.", str(months)]


def test_left_empty_they_follow_the_guide_again(at_work: FlaskClient) -> None:
    offering = make.offering(carries=[CODE])
    address = f"/acme/prestations/{offering}"
    at_work.post(f"{address}/modifier", data=wished(proof="Rapport.", months="9"))
    at_work.post(f"{address}/modifier", data=wished(proof="", months=" ") | {"version": "2"})

    (row,) = queries.served(offering, EDITION.id)
    assert (row.proof, row.valid_months) == ("", None)
    assert GUIDE.kinds[0] in shown(at_work, address)


def test_the_preview_tells_that_the_usual_proof_changes_and_writes_nothing(
    at_work: FlaskClient,
) -> None:
    offering = make.offering(carries=[CODE])
    address = f"/acme/prestations/{offering}/modifier"

    told = at_work.post(address, data=wished(months="9") | {"preview": "1"})

    (row,) = queries.served(offering, EDITION.id)
    assert "la preuve usuelle change" in told.text
    assert row.valid_months is None


@pytest.mark.parametrize("months", ["0", "-1", "121", "1,5", "six", "٣", "9" * 5000])
def test_what_is_no_number_of_months_is_told_and_nothing_is_lost(
    at_work: FlaskClient, months: str
) -> None:
    offering = make.offering(carries=[CODE])
    address = f"/acme/prestations/{offering}/modifier"
    answer = at_work.post(address, data=wished(proof="Rapport.", months=months))

    page = BeautifulSoup(answer.text, "html.parser")
    said, proof = page.select_one(f"#months-{CODE}-error"), page.select_one(f"#proof-{CODE}")
    summed = page.select_one(f'.summary a[href="#months-{CODE}"]')
    assert answer.status_code == 422
    assert said is not None
    assert "entre 1 et 120" in said.get_text()
    assert summed is not None
    assert f"Valable combien de mois ({CODE}) :" in summed.get_text().replace("\xa0", " ")
    assert proof is not None
    assert proof["value"] == "Rapport."
    assert queries.served(offering, EDITION.id)[0].valid_months is None


def test_each_number_of_months_that_is_none_is_told_at_once(at_work: FlaskClient) -> None:
    offering = make.offering(carries=[CODE])
    wrong = {f"part-{OTHER}": "carries", f"months-{OTHER}": "0"}
    ignored = {f"months-{LEFT}": "0"}

    for address in ("/acme/prestations/nouvelle", f"/acme/prestations/{offering}/modifier"):
        answer = at_work.post(address, data=wished(months="six") | wrong | ignored)

        page = BeautifulSoup(answer.text, "html.parser")
        told = [str(it["href"]) for it in page.select(".summary a")]
        assert (answer.status_code, told) == (422, [f"#months-{CODE}", f"#months-{OTHER}"])


def test_the_table_holds_to_the_months_too(owner: Actor) -> None:
    (row,) = queries.served(make.offering(carries=[CODE]), EDITION.id)
    row.valid_months = 121
    with pytest.raises(IntegrityError):
        db.session.flush()
    db.session.rollback()


def test_an_act_from_before_such_words_is_undone_all_the_same(owner: Actor) -> None:
    """What it kept of a requirement names neither: the guide's held then."""
    offering = named("Sauvegarde", CARRIED)
    own = Served(CARRIED.code, Part.CARRIES, None, "Signer.", "Rapport.", 9)
    act_id = edit(owner, offering, content(offering, own))
    act = db.session.get_one(BulkAct, (owner.tenant_id, act_id))
    kept = act.before["served"][CARRIED.code]
    act.before = act.before | {
        "served": {CARRIED.code: {name: kept[name] for name in ("part", "bearer", "remains")}}
    }
    db.session.commit()

    undo(owner, act_id)

    (row,) = queries.served(offering, EDITION.id)
    assert (row.remains, row.proof, row.valid_months) == ("", "", None)

"""The whole register leaves: what the provider says, and the record of each of its places."""

import json

import jsonschema
import pytest

from portal.leaving.manifest import Manifest
from portal.leaving.record import Record
from tenants.roles import Role
from tests import make
from tests.conftest import Visit
from tests.leaving import house as houses
from tests.leaving.house import FINESS, PROOF, House, digest, taken, told
from tests.tracking.scene import CODE

URL = "/acme/emporter"


def test_all_of_it_leaves_with_its_digests(house: House, visit: Visit) -> None:
    houses.said(house)
    entries = taken(visit(house.owner), URL)

    register = told(entries, "register.json")
    schema = json.loads(entries["schema/register-1.json"])
    jsonschema.Draft202012Validator(schema).validate(register)
    manifest = Manifest.from_json(entries["manifest.json"])
    assert {it.path: it.sha256 for it in manifest.files} == {
        name: digest(content)
        for name, content in entries.items()
        if name not in {"manifest.json", "SHA256SUMS"}
    }
    titles = {it["proof"]["title"]: it["visibility"] for it in register["evidence"]}
    assert titles["Contrat de l’éditeur"] == "provider"
    words = {
        one["code"]: (one["text"], [past["text"] for past in one["history"]])
        for offering in register["offerings"]
        for one in offering["statements"]
    }
    assert words[CODE] == (f"Chaque nuit, {CODE}.", [f"Chaque nuit, {CODE}."])
    assert [(it.path, it.finess) for it in manifest.records] == [
        (f"establishments/{finess}/record.json", finess) for finess in (FINESS, "290000025")
    ]


def test_each_place_has_the_record_that_it_could_take_itself(house: House, visit: Visit) -> None:
    alone = Record.from_json(taken(visit(house.owner), house.url)["record.json"])
    entries = taken(visit(house.owner), URL)

    there = Record.from_json(entries[f"establishments/{FINESS}/record.json"])
    assert there.chapters == alone.chapters
    assert entries[f"evidence/{digest(PROOF)}.pdf"] == PROOF
    page = entries[f"establishments/{FINESS}/index.html"].decode()
    assert f'href="../../evidence/{digest(PROOF)}.pdf"' in page
    assert 'href="../../style.css"' in page
    assert "Contrat de l’éditeur" not in page


@pytest.mark.parametrize("role", [Role.MANAGER, Role.TECHNICIAN, Role.BILLING, Role.DIRECTOR])
def test_owners_alone_take_all_of_it(house: House, visit: Visit, role: Role) -> None:
    listed = [house.place] if role is Role.DIRECTOR else []
    browser, owner = visit(make.member(role, establishments=listed)), visit(house.owner)
    asked = owner.post(URL).headers["Location"]

    assert browser.get(URL).status_code == 403
    assert browser.post(URL).status_code == 403
    expected = {403} if role not in {Role.MANAGER, Role.DIRECTOR} else {404}
    for answer in (browser.get(asked), browser.post(f"{asked}.zip", follow_redirects=True)):
        assert {answer.status_code} == expected

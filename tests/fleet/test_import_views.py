"""The screens of an import, as a browser without scripts meets them."""

import io
import re
import uuid
from collections.abc import Iterator
from datetime import date

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.fleet import import_queries, importing
from portal.fleet.models import ImportMode
from portal.kit import clock
from tenants.access import Actor
from tenants.context import NO_SCOPE, entered, tenant_scope
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.conftest import sign_in
from tests.fleet.importer.samples import EHPAD, IME, METADATA, etalab_line, text

TODAY = date(2026, 11, 23)
SCRIPT = {"HX-Request": "true"}
EXTRACT = text([METADATA, etalab_line(), etalab_line(IME, "IME LES SAULES")])


@pytest.fixture
def visitor(client: FlaskClient, owner: Actor) -> Iterator[FlaskClient]:
    """The owner's browser; requests open their own scope."""
    sign_in(client, owner)
    db.session.remove()
    with entered(NO_SCOPE):
        yield client


def send(client: FlaskClient, data: bytes, **fields: str) -> TestResponse:
    return client.post(
        "/acme/parc/import",
        data={"mode": "whole_file", "file": (io.BytesIO(data), "parc.csv"), **fields},
        content_type="multipart/form-data",
    )


def work(owner: Actor, step: str, address: str) -> None:
    """What the worker would do by now."""
    run_id = uuid.UUID(address.rsplit("/", maxsplit=1)[-1])
    db.session.remove()
    with tenant_scope(owner.tenant_id):
        if step == "preview":
            importing.preview(run_id, today=TODAY)
        else:
            importing.apply(run_id, today=TODAY, at=clock.now())
        db.session.commit()
        db.session.remove()


def test_the_page_offers_both_ways_of_importing(visitor: FlaskClient) -> None:
    page = visitor.get("/acme/parc/import").text

    assert 'value="whole_file"' in page
    assert 'value="listed"' in page
    assert 'enctype="multipart/form-data"' in page


def test_a_file_is_previewed_confirmed_and_applied(visitor: FlaskClient, owner: Actor) -> None:
    sent = send(visitor, EXTRACT)
    address = sent.headers["Location"]
    waiting = visitor.get(address).text
    work(owner, "preview", address)
    preview = visitor.get(address).text
    confirmed = visitor.post(f"{address}/appliquer")
    work(owner, "apply", address)
    result = visitor.get(address).text

    assert sent.status_code == 303
    assert 'http-equiv="refresh"' in waiting
    assert "<progress" in waiting
    assert "Écrire 2 changements dans le parc" in preview
    assert EHPAD in preview
    assert confirmed.status_code == 303
    assert "C’est fait" in result
    assert 'http-equiv="refresh"' not in result


def test_the_followed_fragment_becomes_the_preview(visitor: FlaskClient, owner: Actor) -> None:
    address = send(visitor, EXTRACT).headers["Location"]
    before = visitor.get(f"{address}/avancement", headers=SCRIPT).text
    work(owner, "preview", address)

    after = visitor.get(f"{address}/avancement", headers=SCRIPT).text

    assert "<html" not in before + after
    assert 'hx-trigger="every 1s"' in before
    assert "hx-trigger" not in after
    assert "Ce que ce fichier changerait" in after


def test_who_opens_the_fragment_s_address_comes_to_the_import_s_page(
    visitor: FlaskClient, owner: Actor
) -> None:
    address = send(visitor, EXTRACT).headers["Location"]
    answer = visitor.get(f"{address}/avancement")

    assert answer.status_code == 303
    assert answer.headers["Location"] == address


def test_the_report_is_downloaded(visitor: FlaskClient, owner: Actor) -> None:
    data = text(["finess;nom", f"{EHPAD};EHPAD", "2,601E+08;IME"])
    address = send(visitor, data).headers["Location"]
    work(owner, "preview", address)

    report = visitor.get(f"{address}/rapport.csv", follow_redirects=True)

    assert report.headers["Content-Disposition"].startswith("attachment")
    assert re.search(r"^3;.*2,601E\+08", report.get_data(as_text=True), re.MULTILINE)


@pytest.mark.parametrize(
    "data", [b"", b"%PDF-1.7", b"PK\x03\x04 xl/workbook.xml", b"nom;ville\nEHPAD;Valbrume\n"]
)
def test_a_hostile_file_is_refused_beside_its_field(visitor: FlaskClient, data: bytes) -> None:
    answer = send(visitor, data)

    assert answer.status_code == 422
    assert 'id="file-error"' in answer.text


def test_without_a_file_the_form_says_so(visitor: FlaskClient) -> None:
    answer = visitor.post("/acme/parc/import", data={"mode": "whole_file"})

    assert answer.status_code == 422
    assert 'id="file-error"' in answer.text


def test_a_list_without_numbers_is_refused_and_what_was_typed_is_kept(visitor: FlaskClient) -> None:
    answer = send(visitor, EXTRACT, mode="listed", finess_list="mes clients")

    assert answer.status_code == 422
    assert "mes clients" in answer.text


def test_pasted_and_uploaded_numbers_add_up(visitor: FlaskClient, owner: Actor) -> None:
    answer = visitor.post(
        "/acme/parc/import",
        data={
            "mode": "listed",
            "finess_list": EHPAD,
            "file": (io.BytesIO(EXTRACT), "national.csv"),
            "list_file": (io.BytesIO(IME.encode()), "liste.txt"),
        },
        content_type="multipart/form-data",
    )
    work(owner, "preview", answer.headers["Location"])

    assert "2 nouveaux" in visitor.get(answer.headers["Location"]).text


def test_an_import_already_confirmed_is_said_in_words(visitor: FlaskClient, owner: Actor) -> None:
    address = send(visitor, EXTRACT).headers["Location"]
    work(owner, "preview", address)
    visitor.post(f"{address}/appliquer")

    again = visitor.post(f"{address}/appliquer")

    assert again.status_code == 409


def test_an_abandoned_import_writes_nothing(visitor: FlaskClient, owner: Actor) -> None:
    address = send(visitor, EXTRACT).headers["Location"]
    work(owner, "preview", address)

    visitor.post(f"{address}/abandonner")

    assert "abandonné" in visitor.get(address).text


def test_a_reading_that_waits_is_abandoned_from_its_page(
    visitor: FlaskClient, owner: Actor
) -> None:
    address = send(visitor, EXTRACT).headers["Location"]
    seen = _given_up_in(visitor.get(address).text)

    answer = visitor.post(f"{address}/abandonner", data=seen, follow_redirects=True)

    assert seen == {"seen": "previewing"}
    assert "L’import est abandonné\N{NO-BREAK SPACE}: rien n’a été écrit" in answer.text
    work(owner, "preview", address)
    assert "Cet import a été abandonné" in visitor.get(address).text


def test_a_reading_that_has_just_ended_is_told_and_kept(visitor: FlaskClient, owner: Actor) -> None:
    address = send(visitor, EXTRACT).headers["Location"]
    seen = _given_up_in(visitor.get(address).text)
    work(owner, "preview", address)

    page = visitor.post(f"{address}/abandonner", data=seen, follow_redirects=True).text

    assert "La lecture vient de se terminer et rien n’a été abandonné" in page
    assert "Écrire 2 changements dans le parc" in page


def test_who_abandons_a_reading_after_another_is_told(visitor: FlaskClient) -> None:
    address = send(visitor, EXTRACT).headers["Location"]
    seen = _given_up_in(visitor.get(address).text)
    visitor.post(f"{address}/abandonner", data=seen)

    page = visitor.post(f"{address}/abandonner", data=seen, follow_redirects=True).text

    assert "Cet import avait déjà été abandonné." in page


def _given_up_in(page: str) -> dict[str, str]:
    """What the button of a progress page sends."""
    form = page[page.index("/abandonner") : page.index('id="abandonner"')]
    return dict(re.findall(r'name="(seen)"\s+value="(\w+)"', form))


def test_a_technician_imports_nothing(client: FlaskClient, owner: Actor) -> None:
    technician = make.member(Role.TECHNICIAN)
    sign_in(client, technician)
    db.session.remove()

    with entered(NO_SCOPE):
        assert client.get("/acme/parc/import").status_code == 403
        assert send(client, EXTRACT).status_code == 403


def test_an_import_of_another_tenant_does_not_exist(
    visitor: FlaskClient, owner: Actor, stranger: Actor
) -> None:
    address = send(visitor, EXTRACT).headers["Location"].replace("/acme/", "/globex/")
    sign_in(visitor, stranger)
    db.session.remove()

    for path in (address, f"{address}/avancement", f"{address}/rapport.csv"):
        assert visitor.get(path).status_code == 404
    assert visitor.post(f"{address}/appliquer").status_code == 404


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("parc\x00.csv", "parc .csv"),
        ("parc\x1b[31m\x7f\x85.csv", "parc [31m .csv"),
        ("parc\ud800.csv", "parc .csv"),
        ("\x00", "…"),
        ("é" * 300, "é" * 200),
    ],
    ids=["nul", "controls", "half of a pair", "nothing left", "long"],
)
def test_the_name_of_a_file_may_hold_anything(owner: Actor, given: str, shown: str) -> None:
    run = importing.upload(
        owner,
        file=io.BytesIO(EXTRACT),
        size=len(EXTRACT),
        file_name=given,
        mode=ImportMode.WHOLE_FILE,
        finess_list="",
        at=clock.now(),
    )

    db.session.expire_all()
    assert import_queries.run(run.id).file_name == shown


def test_a_file_name_sent_with_a_nul_is_taken(visitor: FlaskClient) -> None:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="mode"\r\n\r\nwhole_file\r\n'
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="pa\x00rc.csv"\r\n\r\n'
        + EXTRACT
        + b"\r\n--x--\r\n"
    )

    answer = visitor.post(
        "/acme/parc/import", data=body, content_type="multipart/form-data; boundary=x"
    )

    assert answer.status_code == 303

"""Certificates: what each must say, and where they are told as such."""

from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient

from portal.evidence import certificates, queries, shelf
from portal.evidence.certificates import Certificate
from portal.evidence.models import CertificateKind
from portal.evidence.shelf import Filters, State
from portal.kit import clock
from portal.kit.errors import Refused
from tenants.access import Actor
from tests import make
from tests.evidence import proofs
from tests.evidence.proofs import TODAY

HDS = Certificate(CertificateKind.HDS, "Certificateur", "HDS-77")
DATES = {"begun": date(2026, 1, 1), "ended": None, "valid_until": date(2028, 12, 31)}


@pytest.mark.parametrize(
    ("said", "dates", "field"),
    [
        (Certificate(CertificateKind.HDS, "", "1"), {}, "issuer"),
        (Certificate(CertificateKind.HDS, "A", ""), {}, "number"),
        (Certificate(CertificateKind.ISO27001, "A", ""), {}, "number"),
        (Certificate(CertificateKind.INSURANCE, "A", ""), {}, "number"),
        (HDS, {"begun": None}, "covers_from"),
        (HDS, {"valid_until": None}, "valid_until"),
        (HDS, {"valid_until": date(2029, 1, 3)}, "valid_until"),
        (HDS, {"ended": date(2029, 1, 1)}, "valid_until"),
        (
            Certificate(CertificateKind.EXPERTCYBER, "A"),
            {"valid_until": date(2028, 1, 3)},
            "valid_until",
        ),
        (
            Certificate(CertificateKind.INSURANCE, "A", "1"),
            {"valid_until": date(2027, 1, 3)},
            "valid_until",
        ),
    ],
)
def test_what_no_certificate_can_say_is_refused_at_its_field(
    said: Certificate, dates: Mapping[str, date | None], field: str
) -> None:
    with pytest.raises(Refused) as refused:
        certificates.check(said, **{**DATES, **dates})
    assert refused.value.field == field


@pytest.mark.parametrize(
    "said",
    [HDS, Certificate(CertificateKind.OTHER, "A"), Certificate(CertificateKind.ISO27001, "A", "1")],
)
def test_what_a_certificate_of_its_type_says_is_taken(said: Certificate) -> None:
    certificates.check(said, **DATES)


def test_the_form_asks_what_the_type_demands_and_keeps_what_was_typed(
    at_work: FlaskClient,
) -> None:
    today = clock.today()
    form = {
        "title": "Certificat d’hébergeur",
        "url": "https://exemple.fr/hds",
        "codes": "EXT-01",
        "certificate": "hds",
        "issuer": "Certificateur",
        "covers_from": today.isoformat(),
        "valid_until": (today + timedelta(days=700)).isoformat(),
    }
    refused = at_work.post("/acme/preuves/nouvelle", data=form)
    taken = at_work.post("/acme/preuves/nouvelle", data=form | {"number": "HDS-77"})
    page = at_work.get(taken.location).text

    assert (refused.status_code, taken.status_code) == (422, 303)
    assert 'value="Certificateur"' in refused.text
    assert "HDS-77" in page
    assert "Certificateur" in page


def test_the_shelf_is_filtered_by_type_and_finds_a_number(
    owner: Actor, at_work: FlaskClient
) -> None:
    proofs.note(owner, title="Compte rendu ordinaire", today=clock.today())
    named = proofs.note(
        owner,
        title="Police d’assurance",
        covers_from=TODAY,
        valid_until=date(2027, 6, 14),
        certificate=Certificate(CertificateKind.INSURANCE, "Assureur", "P-31"),
    )
    by_type = shelf.lines(Filters(certificate=CertificateKind.INSURANCE), State.SHOWN, TODAY)
    by_number = shelf.lines(Filters(text="p-31"), State.SHOWN, TODAY)
    page = at_work.get("/acme/preuves?certificate=insurance").text

    assert [line.id for line in by_type] == [line.id for line in by_number] == [named]
    assert "P-31" in page
    assert "Assureur" in page
    assert "Compte rendu ordinaire" not in page


def test_a_chip_tells_it_as_a_certificate(owner: Actor) -> None:
    home = make.establishment()
    proofs.note(
        owner,
        "EXT-01",
        title="Hébergement",
        establishment_ids=[home],
        covers_from=TODAY,
        certificate=HDS,
    )
    (row,) = queries.proofs_of(home, edition_id=make.EDITION, today=TODAY)["EXT-01"]

    assert row.title == "HDS n°\N{NO-BREAK SPACE}HDS-77 – Hébergement"

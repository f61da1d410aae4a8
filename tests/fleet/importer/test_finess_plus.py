"""The FINESS+ flow, as published and as its schema describes it."""

import gzip
import json
import subprocess
import sys
from datetime import date
from typing import Any

import pytest

from portal.fleet.importer.records import FileReason, Reason
from tests.fleet.importer.samples import (
    BODY,
    EHPAD,
    IME,
    read,
    records,
    refusals,
    refused_file,
)
from tests.house import tree


def place(finess: str = EHPAD, **others: Any) -> dict[str, Any]:
    return {
        "informationsGeneralesEGE": {
            "egeId": "1",
            "numFinessEge": finess,
            "nomEgeCourt": "EHPAD LES TILLEULS   ",
            "nomEgeLong": "EHPAD DES TILLEULS DE VALBRUME",
            "dateOuverture": "1988-05-02",
            "siret": "35600000000048",
            **others.pop("details", {}),
        },
        "categorieentiteGeographiqueExercice": "500",
        "adresse": [
            {"usageAdresse": "04", "codePostal": "75001", "ligneAcheminement": "AILLEURS"},
            {
                "usageAdresse": "03",
                "ligneQuatre": "12 AVENUE DE LA FICTION",
                "lieuDit": "BP 13",
                "cogCommune": "01004",
                "ligneAcheminement": "VALBRUME",
                "codePostal": "01440",
            },
        ],
        "contact": [{"telecom": {"telephone": "0400000000"}}],
        "roleEge": [],
        "etatObjet": "A",
        "dateDerniereMaj": "2024-04-22 00:00:00",
        **others,
    }


def flow(*places: dict[str, Any], **others: Any) -> bytes:
    body = {
        "informationsGeneralesPMEJ": {
            "numFinessPm": BODY,
            "denominationPm": "ASSO INVENTEE",
            "denominationLonguePmSmsse": "ASSOCIATION INVENTÉE",
            "siren": "356000000",
        },
        "adresse": [],
        "ege": list(places),
    }
    return json.dumps({"schemaVersion": "v1.0.0", "gcc": [], "pmej": [body], **others}).encode()


def test_a_published_flow_is_read() -> None:
    (it,) = records(flow(place()))

    assert (it.line, it.finess, it.name) == (1, EHPAD, "EHPAD LES TILLEULS")
    assert (it.managing_body_finess, it.managing_body_name) == (BODY, "ASSOCIATION INVENTÉE")
    assert it.managing_body_siren == "356000000"
    assert it.address == "12 AVENUE DE LA FICTION\nBP 13"
    assert (it.postcode, it.city, it.departement) == ("01440", "VALBRUME", "01")
    assert (it.category_code, it.phone) == ("500", "0400000000")
    assert (it.opened_on, it.source_updated_on) == (date(1988, 5, 2), date(2024, 4, 22))
    assert it.closed_on is None


def test_codes_held_in_objects_are_read_too() -> None:
    described = place()
    described["etatObjet"] = {"code": "A"}
    described["categorieEntiteGeographiqueExercice"] = {"code": "183", "system": "tre"}
    del described["categorieentiteGeographiqueExercice"]
    described["dateDerniereMaj"] = {"dateEvenement": "2024-04-22"}

    (it,) = records(flow(described))

    assert (it.category_code, it.source_updated_on) == ("183", date(2024, 4, 22))


def test_a_closed_place_says_when() -> None:
    dated = place(details={"dateFermeture": "2025-12-31"}, etatObjet="I")
    undated = place(IME, etatObjet="I")

    first, second = records(flow(dated, undated))

    assert (first.closed_on, second.closed_on) == (date(2025, 12, 31), date(2024, 4, 22))


def test_a_compressed_flow_is_read() -> None:
    assert len(records(gzip.compress(flow(place())))) == 1


def test_a_flow_that_begins_with_a_mark_is_read() -> None:
    assert len(records(b"\xef\xbb\xbf" + flow(place()))) == 1


def test_a_place_without_a_number_is_refused_by_its_rank() -> None:
    (refusal,) = refusals(flow(place(), place(details={"numFinessEge": None})))

    assert (refusal.line, refusal.reason) == (2, Reason.FINESS_MISSING)


@pytest.mark.parametrize(
    "odd",
    [{"informationsGeneralesEGE": None}, {"informationsGeneralesEGE": []}, {"adresse": None}, {}],
)
def test_a_misshapen_place_never_breaks_the_reading(odd: dict[str, Any]) -> None:
    assert len(read(flow({**place(), **odd}, place(IME)))) == 2


def test_a_flow_cut_in_the_middle_is_refused_whole() -> None:
    assert refused_file(flow(place(), place(IME))[:-200]) is FileReason.JSON_CUT


def test_a_flow_with_a_fault_is_refused_whole() -> None:
    assert refused_file(flow(place()).replace(b'"adresse": [{', b'"adresse": [}{', 1)) is (
        FileReason.JSON_BROKEN
    )


@pytest.mark.parametrize("data", [b"{}", b"[]", b'{"features": [1, 2]}', b'{"pmej": []}'])
def test_json_of_another_kind_is_refused(data: bytes) -> None:
    assert refused_file(data) is FileReason.NOT_FINESS_JSON


def test_a_broken_archive_is_refused() -> None:
    assert refused_file(gzip.compress(flow(place()) * 50)[:-20]) is FileReason.ARCHIVE_BROKEN


_BOUNDED = """
import io, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (1_000_000_000, 1_000_000_000))
from portal.fleet.importer import opening
from portal.fleet.importer.records import FileRefused
data = sys.stdin.buffer.read()
try:
    list(opening.opened(io.BytesIO(data), len(data)).structures())
except FileRefused as refused:
    print(refused.reason.value)
"""
DEEP = 100_000
ENDLESS = 60_000_000
UNREADABLE = 5_000


@pytest.mark.parametrize(
    "data",
    [
        b"[" * DEEP,
        b'{"a":' * DEEP,
        b'{"pmej":[{"ege":' + b"[" * DEEP + b"]" * DEEP + b"}]}",
        b'{"pmej":[{"ege":[' + b"[" * 40 + b"]" * 40 + b"]}]}",
        b'{"a": "\\\\", "b": ' + b'{"a":' * DEEP,
        b'{"a": "' + b" " * 65_529 + b'\\"", "b": ' + b"[" * DEEP,
        b'{"pmej":[{"ege":[{"x": "' + b"y" * ENDLESS,
        b'{"pmej":[{"ege":[{"x": "' + b'\\"' * ENDLESS,
        b'{"pmej":[{"ege":[{"x": 1' + b"0" * ENDLESS,
        b'{"pmej":[{"ege":[' + b'{"":{}},' * (ENDLESS // 3),
        b'{"pmej":[{"ege":[{"x": ' + b"9" * UNREADABLE + b"}]}]}",
        b'{"pmej":[{"ege":[{"x": -' + b"9" * UNREADABLE + b"}]}]}",
        b'{"x": "' + b"y" * (65_536 - UNREADABLE) + b'", "pmej":[' + b"9" * UNREADABLE + b"]}",
        b'{"pmej":[{"ege":[{"x": 1e' + b"9" * 30 + b"}]}]}",
    ],
    ids=[
        "lists",
        "objects",
        "in a place",
        "a little too deep",
        "behind a backslash",
        "cut escape",
        "endless text",
        "endless escapes",
        "endless number",
        "endless body",
        "more digits than python reads",
        "below nothing",
        "cut number",
        "endless exponent",
    ],
)
def test_a_bottomless_file_is_refused_before_it_fills_the_memory(data: bytes) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _BOUNDED],
        input=data,
        capture_output=True,
        check=False,
        timeout=60,
        cwd=tree.ROOT,
    )

    assert done.stdout.decode().strip() == "json_broken", done.stderr.decode()[-400:]


@pytest.mark.parametrize("text", ["[{" * 50, '\\"[' * 50, "\\", '"', "é[" * 70_000])
def test_brackets_within_texts_are_not_depth(text: str) -> None:
    places = [place(details={"note": text}), place(IME, details={"note": text})]

    assert [it.finess for it in records(flow(*places))] == [EHPAD, IME]


def test_a_long_number_within_measure_is_read_over() -> None:
    places = [place(details={"note": 10**999}), place(IME, details={"note": "9" * 1_000})]

    assert [it.finess for it in records(flow(*places))] == [EHPAD, IME]


def test_an_object_where_a_code_is_expected_says_nothing() -> None:
    nested: dict[str, Any] = {"code": "183"}
    for _ in range(12):
        nested = {"code": nested}

    (it,) = records(flow(place(categorieentiteGeographiqueExercice=nested)))

    assert it.category_code is None


@pytest.mark.parametrize(
    ("line", "city"),
    [
        ("35000 RENNES CEDEX", "RENNES"),
        ("35042 RENNES CEDEX 9", "RENNES"),
        ("RENNES CEDEX", "RENNES"),
        ("RENNES", "RENNES"),
    ],
)
@pytest.mark.parametrize("postcode", ["35000", ""])
def test_the_city_is_told_from_the_routing_line(line: str, city: str, postcode: str) -> None:
    where = {"usageAdresse": "03", "ligneAcheminement": line, "codePostal": postcode}

    (it,) = records(flow(place(adresse=[where])))

    assert it.city == city
    assert it.postcode == (postcode or (line[:5] if line[0].isdigit() else None))

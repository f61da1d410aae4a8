import io
import json
import random
from dataclasses import replace
from datetime import date

import pikepdf
import pytest

from portal.attestations import report
from portal.attestations.snapshot import Requirement, Snapshot, Verdict
from portal.kit import pdf
from portal.kit.canonical import sha256_hex
from tests.attestations import samples
from tests.kit import pdf_reading

ADDRESS = "https://treize.example/verifier?code=K7QD2M9X4TRAP3HW"


def printed(snapshot: Snapshot) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(report.render(snapshot, verify_url=ADDRESS)))


def text(snapshot: Snapshot) -> str:
    return pdf_reading.text_of(printed(snapshot))


@pytest.fixture(scope="module")
def document() -> pikepdf.Pdf:
    return printed(samples.snapshot())


@pytest.fixture(scope="module")
def words(document: pikepdf.Pdf) -> str:
    return pdf_reading.text_of(document)


def test_it_says_it_is_archival_and_accessible(document: pikepdf.Pdf) -> None:
    told = document.open_metadata()

    assert (told["pdfaid:part"], told["pdfaid:conformance"]) == ("3", "A")
    assert told["pdfuaid:part"] == "1"
    assert document.Root.Lang == "fr-FR"
    assert document.Root.MarkInfo.Marked
    assert document.Root.ViewerPreferences.DisplayDocTitle
    assert str(document.docinfo.Title) == "Attestation de sécurité ATT-2026-0187, EHPAD Les Ajoncs"
    assert document.check_pdf_syntax() == []


def test_it_carries_its_snapshot_byte_for_byte_as_its_source(document: pikepdf.Pdf) -> None:
    attached = document.attachments["ATT-2026-0187.json"]

    assert attached.get_file().read_bytes() == samples.snapshot().to_json()
    assert document.Root.AF[0].AFRelationship == pikepdf.Name.Source


def test_the_same_snapshot_gives_the_same_bytes() -> None:
    first = report.render(samples.snapshot(), verify_url=ADDRESS)
    report.render(samples.snapshot(name="Un autre"), verify_url=ADDRESS)

    assert report.render(samples.snapshot(), verify_url=ADDRESS) == first


def test_it_is_dated_by_its_snapshot_not_by_its_making(document: pikepdf.Pdf) -> None:
    assert str(document.docinfo.CreationDate) == "D:20261123130207Z"


def test_each_of_the_thirteen_lines_is_printed(words: str) -> None:
    for question in samples.snapshot().questions:
        shares = [question.declared, question.proven, question.recognised]
        figures = " ".join(f"{share // 10} %" for share in shares if share is not None)
        mark = "" if question.title_confirmed else " †"
        missing = question.unanswered
        note = f" {missing} sans réponse" if missing else ""

        assert f"{question.number} {question.short}{mark}{note} {figures}" in words


def test_it_says_for_whom_by_whom_and_when(words: str) -> None:
    for told in (
        "EHPAD Les Ajoncs",
        "FINESS 290 999 128",
        "Association Ker Avel",
        "Armor Infogérance SIREN 999 111 220",
        "du 1 er janvier au 31 octobre 2026",
        "Sauvegarde managée, Poste de travail, Pare-feu",
        "édition 2022.1, socle et renforcé, 79 exigences",
        "Établie le 23 novembre 2026 à 14 h 02",
        "K7QD-2M9X-4TRA-P3HW",
        "page 1 sur",
    ):
        assert told in words


def test_it_claims_no_seal_and_no_signature(words: str) -> None:
    assert "Document non scellé" in words
    for untrue in ("scellée", "signature", "qualifié", "infalsifiable", "inviolable"):
        assert untrue not in words


def test_titles_nobody_compared_with_the_guide_say_so(words: str) -> None:
    assert words.count("· libellé à vérifier") == 8
    assert words.count("†") == 8 + 1


def test_every_requirement_stands_in_the_annex_with_its_proof(words: str) -> None:
    for requirement in samples.snapshot().requirements:
        assert f"{requirement.title} {requirement.code}" in words
        for proof in requirement.proofs:
            assert proof.sha256
            head = proof.sha256[:16]
            assert " ".join(head[at : at + 4] for at in range(0, 16, 4)) in words
    assert "valable au 12/03/2027" in words


def test_the_hash_of_the_data_is_printed(words: str) -> None:
    digest = sha256_hex(samples.snapshot().to_json())

    assert " ".join(digest[at : at + 8] for at in range(0, 64, 8)) in words


def test_screen_readers_meet_titles_headers_and_words_for_figures(document: pikepdf.Pdf) -> None:
    tags = list(pdf_reading.structure(document))
    roles = [role for role, _ in tags]

    assert roles.count("/Title") == 1
    assert (roles.count("/H1"), roles.count("/H2")) == (1, 13)
    assert roles.count("/Table") == roles.count("/THead") == 14
    figures = [alternative for role, alternative in tags if role == "/Figure"]
    assert all(figures)
    assert "2 Sauvegardes : déclaré 90 %, prouvé 66 %, reconnu 66 %" in figures[0].replace(
        "\N{NO-BREAK SPACE}", " "
    )


def test_an_establishment_that_never_answered_has_no_zero_in_disguise() -> None:
    snapshot = samples.snapshot(samples.unanswered(), offerings=())

    words = text(snapshot)

    assert "aucune réponse à ce jour" in words
    assert "2 Sauvegardes sans réponse – – –" in words
    assert "0 %" not in words
    assert "aucune prestation sous contrat" in words


def test_an_establishment_to_which_nothing_applies_is_printed_too() -> None:
    words = text(samples.snapshot([], body=None))

    assert "aucune exigence ne s’applique" in words
    assert "Gestionnaire" not in words


def test_what_is_contested_is_on_the_first_page_and_explained_in_the_annex() -> None:
    contested = Verdict(
        word="contested", by="A. Riou", on=date(2026, 11, 14), reason="Deux comptes servent encore."
    )
    rows = [samples.requirement(5, 2, status="implemented", verdict=contested)]

    words = text(samples.snapshot(rows))

    assert "5 Mots de passe 1 contestée" in words
    assert "contesté A. Riou, le 14/11/2026 « Deux comptes servent encore. »" in words


def test_a_lapsed_proof_says_since_when() -> None:
    old = replace(samples.proof("x"), valid_until=date(2026, 11, 22))
    row = replace(samples.requirement(2, 1), status="implemented", proven=False, proofs=(old,))

    assert "périmée depuis le 22/11/2026" in text(samples.snapshot([row]))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ('#panic("x")', '#panic("x")'),
        ("*gras* _plat_ $x^2$ `c` = titre", "*gras* _plat_ $x^2$ `c` = titre"),
        ('"], [#read("/etc/passwd")], ["', '"], [#read("/etc/passwd")], ["'),
        ("<b>A</b> & 'B' « C » \\u{41}", "<b>A</b> & 'B' « C » \\u{41}"),
        ("Foyer 😀 中", "Foyer □ □"),
        ("FINESS \u202e123\u2066 \x00\x07ok", "FINESS 123 ok"),
        ("a\nb\tc\u2028d", "a b c d"),
        ("e\u0301te\u0301 Łódź Ж Ω", "été Łódź Ж Ω"),
    ],
)
def test_a_hostile_name_is_printed_as_text(name: str, shown: str) -> None:
    words = text(samples.snapshot(samples.unanswered(), name=name))

    assert shown in words


def test_names_of_any_length_and_script_are_printed() -> None:
    for name in ("W" * 500, "mot " * 125, "مستشفى " * 60, "בית חולים " * 50):
        assert printed(samples.snapshot(samples.unanswered(), name=name, provider=name)).pages


def test_no_text_whatever_stops_the_printing() -> None:
    chance = random.Random(13)  # noqa: S311 - the same noise at each run, no secret

    def noise() -> str:
        ranges = [(0x20, 0x250), (0x300, 0x370), (0x5B0, 0x6FF), (0, 0x10FFFF)]
        letters = [chr(chance.randint(*chance.choice(ranges))) for _ in range(40)]
        return "".join(letters).encode("utf-8", "replace").decode()

    def noisy(requirement: Requirement) -> Requirement:
        proof = replace(samples.proof("x"), title=noise())
        return replace(requirement, title=noise(), text=noise() * 20, proofs=(proof,) * 2)

    rows = [noisy(samples.requirement(question, 1)) for question in range(1, 14)] * 4

    assert printed(samples.snapshot(rows, name=noise())).pages


def test_every_character_said_to_be_covered_is_printed() -> None:
    covered = " ".join(filter(pdf.covered, map(chr, range(0x21, 0x10000))))

    snapshot = samples.snapshot([samples.requirement(2, 1, text=covered)])

    assert "□" in covered
    assert printed(snapshot).pages


def test_a_text_longer_than_a_page_goes_on_the_next() -> None:
    row = replace(samples.requirement(2, 1), text="Une phrase qui dure. " * 400 + "Fin du texte.")

    assert "Fin du texte." in text(samples.snapshot([row]))


def test_a_stored_snapshot_prints_the_same_document_again() -> None:
    stored = samples.snapshot().to_json()

    again = report.render(Snapshot.from_json(stored), verify_url=ADDRESS)

    assert again == report.render(samples.snapshot(), verify_url=ADDRESS)
    assert json.loads(stored)["number"] == "ATT-2026-0187"

"""What looks like a resident's data is told, and what only resembles it is not."""

import io
from time import process_time

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name

from portal.vault.checks import kinds, numbers, personal, records
from portal.vault.checks.examination import examine
from tests.vault import samples


def numbers_in(text: str) -> list[str]:
    reader = numbers.Numbers()
    reader.read(text)
    return reader.found()


#: Between two runs of a Word file, in the midst of a line.
CUT = "</w:t></w:r><w:r><w:t>"


#: A field of a form, filled in, that no page shows as text.
FIELD = Dictionary(T="nir", FT=Name.Tx, V="1 85 05 78 006 084 91")
#: Words beside a document's main part.
DRAWN = "<a><p>185057800608491</p></a>"


# 1 85 05 78 006 084: its key is 91 (97 less the rest by 97).
@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("185057800608491", 1),
        ("no 1 85 05 78 006 084 91.", 1),
        ("1\u00a085\u00a005\u00a078\u00a0006\u00a0084\u00a091", 1),
        ("1.85.05.78.006.084.91", 1),
        ("185057800608492", 0),  # another key
        ("9185057800608491", 0),  # inside a longer number
        ("385057800608491", 0),
        ("SN185057800608491", 0),
        ("18505780060849", 0),
        # In its groups, whatever its key.
        ("1 85 05 78 006 084", 1),
        ("1 85 05 78 006 084 92", 1),
        ("1.85.05.2A.006.084", 1),
        ("1 85 05 78 006 084 91 et 1 85 05 78 006 084", 1),
        ("1 85 13 78 006 084", 0),  # no thirteenth month
        ("1 85.05 78-006 084", 0),
        ("1850578\u200b00608491", 1),
    ],
)
def test_a_social_security_number_is_told_by_its_key(text: str, numbers: int) -> None:
    assert len(numbers_in(text)) == numbers


def test_a_number_of_corsica_is_told_too() -> None:
    base = "18505" + "2A" + "006084"
    key = 97 - int(base.replace("2A", "19")) % 97

    assert numbers_in(f"{base}{key:02}") == [f"{base}{key:02}"]


def test_one_word_of_a_record_is_no_record() -> None:
    assert personal.hints("Nous sauvegardons le plan de soins chaque nuit.") == []


def test_two_words_of_a_record_are_told() -> None:
    told = personal.hints("Nom de l’usager : X\nMÉDECIN  TRAITANT : Y")

    assert told == ["nom de l'usager", "medecin traitant"]


def test_a_number_found_is_not_told_whole() -> None:
    assert personal.hints("185057800608491") == ["185 … 91"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.docx", samples.zipped(samples.docx_parts("n° 1 85 05 78 006 084 91"))),
        ("a.docx", samples.zipped(samples.docx_parts(f"1 85 05{CUT} 78 006 084 91"))),
        ("a.xlsx", samples.zipped(samples.xlsx_parts("185057800608491"))),
        ("a.ods", samples.zipped(samples.odf_parts("spreadsheet", "185057800608491"))),
        ("a.pdf", samples.pdf_saying("NIR 1 85 05 78 006 084 91")),
        ("a.pdf", samples.pdf(AcroForm=Dictionary(Fields=Array([FIELD])))),
        ("a.docx", samples.zipped({**samples.docx_parts(), "word/glossary/document.xml": DRAWN})),
        ("a.xlsx", samples.zipped({**samples.xlsx_parts(), "xl/drawings/drawing1.xml": DRAWN})),
        ("a.csv", b"nom;nir\nX;185057800608491\n"),
        ("a.txt", "185057800608491".encode("utf-16")),
    ],
)  # fmt: skip
def test_a_number_is_found_in_every_kind_that_holds_words(name: str, content: bytes) -> None:
    assert examine(kinds.extension_of(name), content).hints == ["185 … 91"]


BASE, KEY = "1850578006084", "91"


@pytest.mark.parametrize(
    "text",
    [
        f"Nom;Numéro;Clé\nX;{BASE};{KEY}\n",
        f"X,{BASE},{KEY}\n",
        f'"X","{BASE}","{KEY}"\n',
        f"X\t{BASE}\t{KEY}\n",
        f"{BASE} clé {KEY}",
        f"{BASE} (clé : {KEY})",
        f"{BASE}, cle {KEY}",
        f"{BASE}/{KEY}",
        f"{BASE}  {KEY}",
        f"{BASE}\r\n{KEY}",
        f"1 85 05 78 006 084  {KEY}",
        f"1 85 05 78 006 084 / {KEY}",
        f"1-85-05-78-006-084/{KEY}",
        "1/85/05/78/006/084/91",
        "1_85_05_78_006_084_91",
        "1\n85\n05\n78\n006\n084\n91",
        f"NIR : {BASE}",
        f"n° SS {BASE}",
        f"Numéro de sécurité sociale\n{BASE}\n",
        f"Sécurité sociale : {BASE}",
        f"Nom;NIR\nX;{BASE}\n",
    ],
)
def test_a_number_is_told_whatever_stands_before_its_key_or_says_what_it_is(text: str) -> None:
    assert personal.hints([text])[0] in {"185 … 91", "185 … 84"}


@pytest.mark.parametrize(
    "text",
    [
        f"n° {BASE}",  # any machine’s number
        f"SN {BASE}; {int(KEY) - 1}",
        "NIR : 1851378006084",  # no thirteenth month
        "NIR : 1850500006084",  # no such place
        "NIR : 1850578000084",  # no such town
        "SIRET 18505780060849",
        "0.185057800608491;0,185057800608491",  # a sheet writes fifteen decimals
        "sauvegarde;1850578006084;2026-06-15",
        "Le code de la sécurité sociale, article L. 161. Série 1850578006084.",
    ],
)
def test_thirteen_digits_that_nothing_says_to_be_a_person_s_are_none(text: str) -> None:
    assert personal.hints([text]) == []


def test_two_digits_beside_the_times_of_a_log_are_no_keys() -> None:
    """Once in 97 times they would be."""
    lines = [f"{1770300000000 + n * 997};{n % 97 + 1:02};ok" for n in range(2_000)]

    assert personal.hints(["\n".join(lines)]) == []


@pytest.mark.parametrize(
    "text",
    [
        "Nom;Prénom;Date naissance;GIR;Chambre\nDUPONT;Jeanne;12/03/1935;GIR2;204\n",
        "Nom;Prénom;Né(e) le;N° SS;GIR\nDUPONT;Jeanne;12/03/1935;x;2\n",
        '"Résident","Téléphone","DDN","Chambre"\n',
        "NOM\tTuteur\tGIR\tUnité\tNé le\n",
        "Liste du 12/03\nNom Prénom Date de naissance GIR Chambre\nDUPONT Jeanne",
        "Résident : Jeanne DUPONT, née le 12/03/1935, GIR 2. Traitement : Donépézil 10 mg.",
        "Usager : M. X, né le 3 mai 1941",
        "GIR : 3 – chambre n° 12",
    ],
)
def test_a_table_or_a_line_about_residents_is_told(text: str) -> None:
    assert len(personal.hints([text])) >= records.ENOUGH_WORDS


@pytest.mark.parametrize(
    "text",
    [
        "Nom;Chambre;Adresse IP\nborne-12;chambre 204;10.0.0.12\n",
        "Chambre 12 : taux de contention 1:20.",
        "Les résidents gardent la clé de leur chambre ; on ne le consigne pas.",
        "Nom;Prénom;Fonction;Téléphone\nX;Y;infirmière;0102030405\n",
        "Le logiciel tient le nom du compte, la date de naissance, le GIR et la chambre.",
        "Résident : oui\nMémoire : 4 Go",
        "Traitement : paie. Finalité : établir les bulletins.",
        "Prénom, nom et chambre sont masqués dans les captures.",
    ],
)
def test_what_a_house_s_proofs_say_is_no_record(text: str) -> None:
    assert personal.hints([text]) == []


def test_a_number_is_found_at_the_end_of_the_longest_text() -> None:
    far = "poste;ok\n" * 1_000_000 + f"X;{BASE}{KEY}\n"
    assert len(far) < kinds.LIMIT

    assert examine("csv", far.encode()).hints == ["185 … 91"]


def test_a_number_is_found_on_the_last_page() -> None:
    said = pikepdf.open(io.BytesIO(samples.pdf_saying(f"NIR {BASE}{KEY}")))
    made = pikepdf.new()
    for _ in range(600):
        made.add_blank_page()
    made.pages.extend(said.pages)

    assert examine("pdf", samples.saved(made)).hints == ["185 … 91"]


def test_a_number_is_found_at_the_end_of_the_longest_sheet() -> None:
    rows = "".join(f"<row><c><v>{n * 7919 % 1_000_003}</v></c></row>" for n in range(200_000))
    last = f"<row><c><v>{BASE}</v></c><c><v>{KEY}</v></c></row>"
    parts = {**samples.xlsx_parts(), "xl/worksheets/sheet1.xml": f"<a>{rows}{last}</a>"}

    assert examine("xlsx", samples.zipped(parts)).hints == ["185 … 91"]


def test_residents_are_told_by_the_head_of_a_sheet() -> None:
    head = "".join(f"<si><t>{name}</t></si>" for name in ("Nom", "Famille", "Né(e) le", "GIR"))
    parts = {**samples.xlsx_parts(), "xl/sharedStrings.xml": f"<sst>{head}</sst>"}

    assert examine("xlsx", samples.zipped(parts)).hints == ["nom", "ne(e) le", "gir"]


@pytest.mark.parametrize("shift", range(0, 40, 3))
def test_a_number_is_found_where_two_pieces_meet(shift: int) -> None:
    before = "a " * (personal.PIECE // 2 - 20)
    text = f"{before}{'b' * shift} 1 85 05 78 006 084 {KEY} " + "c " * 1_000

    assert personal.hints([text[:shift], text[shift:]]) == ["185 … 91"]


@pytest.mark.parametrize("shift", range(0, 24, 3))
def test_a_longer_number_stays_whole_where_two_pieces_meet(shift: int) -> None:
    text = f"{'a ' * (personal.PIECE // 2 - 12)}{'b' * shift} 9{BASE}{KEY}7 " + "c " * 1_000

    assert personal.hints([text]) == []


@pytest.mark.parametrize(
    "piece",
    [
        "1", "18505", "1 85 05 78 006 ", f"{BASE};", f"{BASE}   ", "1_", "nom ", "gir nom ",
        "gir nom de naissance nomx ", "gir;", "\n", "1\n",
        "nom;", "ne le ", "chambre ", "n° ", "gir : ", '"', "sécurité sociale ", "Résident : ", "ﬁ",
    ],
)  # fmt: skip
def test_a_megabyte_of_anything_is_read_in_one_go(piece: str) -> None:
    began = process_time()

    personal.hints([piece * (1_000_000 // len(piece))])

    assert process_time() - began < 6

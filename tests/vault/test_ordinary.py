"""What resembles a danger and is none: drawings, links and texts as people have them."""

from contextlib import suppress
from time import process_time

import pytest

from portal.vault.checks import texts
from portal.vault.checks.examination import examine
from portal.vault.checks.verdict import Failed
from tests.vault import disguised, packed

DRAWINGS = {
    "styles as Word writes them": "<style>.Accent{fill:#4472C4}</style><path class='Accent'/>",
    "a gradient of its own": "<linearGradient id='a'/><rect fill='url(#a)' style='fill:url(#a)'/>",
    "a picture inside": "<image href='data:image/png;base64,AAAA'/><use href='#a'/>",
    "a link to click": "<a href='https://example.test/'><path/></a>",
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_an_ordinary_drawing_is_taken(name: str) -> None:
    assert examine("docx", disguised.drawn(DRAWINGS[name])).hints == []


@pytest.mark.parametrize(
    "target",
    [
        "https://example.test/a?b=c:d", "mailto:a@example.test", "#a", "tel:+33298000000",
        "www.example.test:443/a", "researchers:a",
    ],
)  # fmt: skip
def test_an_ordinary_link_is_taken(target: str) -> None:
    assert examine("docx", disguised.linking(target)).hints == []


def test_a_picture_pasted_from_a_message_is_taken() -> None:
    """It is in the document, which remembers where it came from."""
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    pasted = (
        f'<v:imagedata xmlns:v="urn:schemas-microsoft-com:vml" xmlns:r="{relations}" r:id="rId7"'
        ' xmlns:o="urn:schemas-microsoft-com:office:office" o:href="cid:image001.png@01DA"/>'
    )
    assert examine("docx", packed.body(pasted)).hints == []


def test_a_link_of_a_field_is_taken() -> None:
    linked = disguised.field('HYPERLINK "https://example.test/" \\o "fichier : plan"')
    assert examine("docx", packed.body(linked)).hints == []


@pytest.mark.parametrize(
    "words",
    [
        "- relire le plan\n- tester | noter\nTerminé !\n",
        '"Il dit : ""- oui""\nAppel (urgent) à passer"\n',
        "Poste;Nombre;Somme\nA;-3;=SUM(B2:B9)\n",
        "a@b.example, l'appel (CALL) du 3\n",
        "- image(s) du serveur\n- Image (A4, voir 'a/b') !\n- l'accès : d'abord !\n",
        "sep=;\nPoste;Somme\nA;=SUM(B2:B9)\n",
        "ID;Poste;Lieu\nC;X1;Annexe\nNN;Nord;Sud\n",
    ],
)
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16"])
def test_an_ordinary_text_is_taken(words: str, codec: str) -> None:
    assert examine("txt", words.encode(codec)).hints == []


@pytest.mark.parametrize("piece", [";=", ';"=', '"', '""', "|", ";=|", "=CALL", "a\n=", "!"])
def test_a_text_of_megabytes_is_looked_through_in_one_go(piece: str) -> None:
    began = process_time()
    with suppress(Failed):
        texts.check_cells(piece * (2_000_000 // len(piece)))
    assert process_time() - began < 5

"""The whole main path in one sitting: an empty portal, the national file, then attestations."""

import hashlib
import re
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import pyotp
import pytest
from playwright.sync_api import Locator, Page, expect

from portal.kit import clock
from tests.briefs.ordering import plain, words
from tests.fleet.importer.samples import METADATA, etalab_line, luhn_completed, text
from tests.journeys import letters
from tests.journeys.conftest import Portal, Visits
from tests.running import Running

pytestmark = pytest.mark.journey

SPACE: Final = "sillon-infogerance"
PASSWORD: Final = "quatre péniches vertes au crépuscule"
OWNER: Final = "ann@sillon.example"
DIRECTOR: Final = "direction@hetres.example"

#: Of the country's establishments every second one is a client; the list also names a stranger.
COUNTRY: Final = {
    luhn_completed(f"01{rank:06d}"): f"EHPAD LES HÊTRES {rank:02d}" for rank in range(1, 49)
}
CLIENTS: Final = [*COUNTRY][::2]
UNKNOWN: Final = "970200044"

CODE: Final = "SAUV-04"
OFFERING: Final = "Sauvegarde managée"
SAID: Final = "Chaque printemps, un dossier entier est restauré sur un serveur vide."
OTHERWISE: Final = "Ici, l’essai attend le nouveau serveur de l’éditeur."
PROOF: Final = "Restauration du printemps"
REPORT: Final = b"Restauration du 3 mars : un dossier entier, rendu en deux heures dix.\n"
LEFT: Final = 30
NOTHING: Final = "0 %"


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """One that nobody has entered yet."""
    with Running(tmp_path_factory.mktemp("empty"), PORT="8650") as running:
        yield Portal(running)


def test_a_provider_goes_from_the_national_list_to_its_attestations(
    portal: Portal, visit: Visits, tmp_path: Path
) -> None:
    with visit() as page:
        _arrives(page, portal)
        _imports(page, tmp_path)
        _contracts(page)
        assert set(_board(page).values()) == {(NOTHING, NOTHING, NOTHING)}

        _declares(page)
        declared = _board(page)
        share = next(iter(declared.values()))[0]
        assert share != NOTHING
        assert set(declared.values()) == {(share, NOTHING, NOTHING)}

        until = _proves(page)
        usual = (share, share, NOTHING)
        assert set(_board(page).values()) == {usual}

        apart, address = _excepts(page)
        board = _board(page)
        assert [name for name, line in board.items() if line != usual] == [apart]
        assert board[apart][1] == NOTHING

        link = _invites(page, apart)
        with visit(width=390) as hers:
            _directs(hers, link, apart, address)
        _is_reminded(page, portal, until)
        papers = _attestations(page, tmp_path / "attestations.zip")

    assert list(papers) == list(board)
    for name, paper in papers.items():
        _says_its_totals(paper, board[name])
        if name == apart:
            _says_what_was_excepted(paper)
        else:
            _says_what_was_proven(paper, until)


def _arrives(page: Page, portal: Portal) -> None:
    """By a code, then with an app on her phone, to the first steps."""
    page.goto("/connexion")
    page.get_by_role("link", name="Ouvrir un espace").click()
    page.fill("#name", "Sillon Infogérance")
    page.fill("#siren", "732 829 320")
    page.fill("#person", "Ann Exemple")
    page.fill("#email", OWNER)
    page.get_by_role("button", name="Recevoir le code").click()
    page.fill("#slug", SPACE)
    page.fill("#code", letters.code(portal))
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="Ouvrir l’espace").click()
    page.get_by_role("link", name="Utiliser une application").click()
    secret = page.locator("#secret").inner_text().replace(" ", "")
    page.fill("#code", pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Vérifier et ajouter").click()
    page.get_by_role("button", name=re.compile("Je les ai gardés")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Premiers pas")


def _imports(page: Page, folder: Path) -> None:
    """The country's file, in its old encoding, and her list; a spreadsheet cut one number of it."""
    lines = (etalab_line(finess, name) for finess, name in COUNTRY.items())
    national = folder / "etalab.csv"
    national.write_bytes(text([METADATA, *lines], "cp1252"))
    page.get_by_role("link", name="Importer votre parc").click()
    page.get_by_label("Tout le pays").check()
    page.locator("#file").set_input_files(national)
    page.fill("#finess_list", "\n".join([CLIENTS[0].lstrip("0"), *CLIENTS[1:], UNKNOWN]))
    page.get_by_role("button", name="Analyser le fichier").click()
    write = page.get_by_role("button", name=f"Écrire {len(CLIENTS)} changements dans le parc")
    expect(write).to_be_visible(timeout=30_000)
    expect(page.locator("main")).to_contain_text(UNKNOWN)
    write.click()
    expect(page.get_by_role("heading", name="C’est fait")).to_be_visible(timeout=60_000)


def _contracts(page: Page) -> None:
    """One of the usual offerings for all of them, seen beforehand."""
    page.get_by_role("link", name="Voir les nouveaux prospects").click()
    _all(page, "Donner un contrat")
    page.get_by_label(OFFERING).check()
    page.get_by_role("button", name="Voir qui reçoit quoi").click()
    foreseen = f"{len(CLIENTS)} établissements recevront {OFFERING}"
    expect(page.locator("main")).to_contain_text(foreseen)
    page.get_by_role("button", name=re.compile("^Ajouter les")).click()
    expect(page.locator(".flashes .flash")).to_contain_text("Annuler")


def _all(page: Page, act: str) -> None:
    """Take the whole list of the board to this act."""
    page.locator("[data-pick-all]").check()
    page.get_by_label(f"les {len(CLIENTS)} établissements de cette liste").check()
    page.get_by_role("button", name=act).click()


def _board(page: Page) -> dict[str, tuple[str, ...]]:
    """Declared, proven and recognised of each client, as its line says them."""
    page.goto(f"/{SPACE}/parc?sort=name")
    lines = page.locator("tr[data-row]")
    expect(lines).to_have_count(len(CLIENTS))
    return {_name(line): tuple(map(plain, _figures(line))) for line in lines.all()}


def _name(line: Locator) -> str:
    return line.locator("a.name").inner_text()


def _figures(line: Locator) -> list[str]:
    return line.locator("td.num").all_inner_texts()


def _declares(page: Page) -> None:
    page.goto(f"/{SPACE}/exigences/{CODE}")
    part = page.locator("details.question", has=page.locator("summary", has_text=OFFERING))
    part.evaluate("it => { it.open = true }")
    form = part.locator("form")
    form.locator("select[name=status]").select_option("implemented")
    form.locator("textarea").fill(SAID)
    form.get_by_role("button", name="Voir ce qui bougera").click()
    expect(page.get_by_role("heading", name="Voici ce qui bougera")).to_be_visible()
    page.get_by_role("button", name="Déclarer pour tous").first.click()
    expect(page.locator(".flashes .flash")).to_contain_text("Annuler")


def _proves(page: Page) -> date:
    """By a file for all who have the offering; gives the last day on which it holds."""
    until = clock.today() + timedelta(days=LEFT)
    page.goto(f"/{SPACE}/exigences/{CODE}")
    page.get_by_role("link", name="Déposer une preuve").click()
    page.locator("#file").set_input_files(
        {"name": "essai.txt", "mimeType": "text/plain", "buffer": REPORT}
    )
    page.fill("#title", PROOF)
    page.fill("#valid_until", until.isoformat())
    page.get_by_label("ceux qui ont une prestation").check()
    page.select_option("#offering", label=OFFERING)
    page.get_by_role("button", name="Déposer la preuve").last.click()
    page.wait_for_url(re.compile(r"/preuves/[0-9a-f]{8}-"))
    served = page.get_by_text(f"{len(CLIENTS)} établissements en profitent aujourd’hui")
    for _ in range(60):
        if served.count():
            break
        page.wait_for_timeout(500)  # while the file is examined
        page.reload()
    expect(served).to_be_visible()
    return until


def _excepts(page: Page) -> tuple[str, str]:
    """The first of the board answers for itself; gives its name and its page's address."""
    first = page.locator("tr[data-row] a.name").first
    name = first.inner_text()
    first.click()
    page.wait_for_url("**/etablissements/*")
    address = page.url
    page.goto(f"{address}#q2")
    page.locator(f"#{CODE}").get_by_role("link", name=re.compile("Modifier")).click()
    edit = page.locator(f"#edit-{CODE}")
    edit.locator("select").select_option("partial")
    edit.locator("textarea").fill(OTHERWISE)
    edit.get_by_role("button", name="Enregistrer l’exception").click()
    expect(page.locator(".flashes .flash")).to_be_visible()
    return name, address


def _invites(page: Page, place: str) -> str:
    """Its director; gives the link of her invitation."""
    page.goto(f"/{SPACE}/equipe/inviter")
    page.fill("#email", DIRECTOR)
    page.get_by_label("Direction de l’établissement").check()
    page.fill("#find", place)
    page.locator("#picked label", has_text=place).locator("input").check()
    page.get_by_role("button", name="Envoyer l’invitation").last.click()
    return letters.invitation(page, DIRECTOR, SPACE)


def _directs(page: Page, link: str, place: str, address: str) -> None:
    """She sees what is said of her establishment, and no other one."""
    page.goto(link)
    page.fill("#name", "Ève Exemple")
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="Créer mon compte et accepter").click()
    page.get_by_role("link", name="Vue détaillée").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(place)
    assert page.url == address
    page.goto(f"{address}#q2")
    expect(page.locator(f"#{CODE}")).to_contain_text(OTHERWISE)
    page.goto(f"/{SPACE}/parc")
    expect(page.locator("tr[data-row]")).to_have_count(1)
    answers = [page.goto(f"/{SPACE}/{path}") for path in ("exigences", "parc/import")]
    assert [answer.status for answer in answers if answer] == [403, 403]


def _is_reminded(page: Page, portal: Portal, until: date) -> None:
    day = letters.told_on()
    done = portal.flask("remind", SPACE, "--on", day.isoformat())
    assert done.returncode == 0, done.stderr
    letter = letters.reminder(page, PROOF, SPACE, OWNER)
    assert CODE in letter
    assert f"dans {(until - day).days} jours" in letter


def _attestations(page: Page, file: Path) -> dict[str, str]:
    """Ordered for the whole fleet and followed until they are there; what each says, by name."""
    _board(page)
    _all(page, "Éditer les attestations")
    page.get_by_role("button", name=f"Éditer {len(CLIENTS)} attestations").click()
    batch = page.locator("#lot")
    expect(batch).to_contain_text("Documents en préparation")
    expect(batch).to_contain_text(f"sur {len(CLIENTS)}")
    expect(batch).to_contain_text("Documents prêts", timeout=120_000)
    with page.expect_download() as waiting:
        page.get_by_role("button", name=f"Télécharger les {len(CLIENTS)} documents").click()
    waiting.value.save_as(file)
    with zipfile.ZipFile(file) as found:
        papers = [words(found.read(name)) for name in found.namelist() if name.endswith(".pdf")]
    return dict(sorted((_whose(paper), paper) for paper in papers))


def _whose(paper: str) -> str:
    (name,) = {*re.findall(r"EHPAD LES HÊTRES \d\d", paper)}
    return str(name)


def _says_its_totals(paper: str, line: tuple[str, ...]) -> None:
    declared, proven, recognised = line
    assert f"{proven} prouvé, {declared} déclaré, {recognised} reconnu" in paper


def _says_what_was_proven(paper: str, until: date) -> None:
    """Of one requirement alone, in these words, by this file."""
    digest = hashlib.sha256(REPORT).hexdigest()[:16]
    assert paper.count(SAID) == 1
    assert paper.count("valable au") == 1
    assert f"en place par {OFFERING}" in paper
    assert f"{PROOF} valable au {until:%d/%m/%Y}" in paper
    assert " ".join(digest[at : at + 4] for at in range(0, 16, 4)) in paper
    assert OTHERWISE not in paper


def _says_what_was_excepted(paper: str) -> None:
    assert OTHERWISE in paper
    assert "en partie propre à l’établissement" in paper
    assert SAID not in paper
    assert f"en place par {OFFERING}" not in paper

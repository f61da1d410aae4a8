"""From a list of establishments to attestations in one sitting."""

import hashlib
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from portal.kit import clock
from portal.local import logins
from tests.journeys import letters
from tests.journeys.conftest import Portal, Visits

pytestmark = pytest.mark.journey

WRITE = re.compile("Écrire .* dans le parc")
DOWNLOAD = "a[href*='/telecharger'], a[href$='.pdf'], a[download]"
LIST = """FINESS;Raison sociale;Commune;Code postal;Catégorie;Organisme gestionnaire
299800017;EHPAD du Parcours;Quimper;29000;500;Association du Parcours
299800025;IME du Parcours;Morlaix;29600;183;Association du Parcours
12345;Ligne abîmée;Brest;29200;500;Association du Parcours
"""


@pytest.fixture
def fleet_file(tmp_path: Path) -> Path:
    path = tmp_path / "parc.csv"
    path.write_text(LIST, "utf-8")
    return path


def _import(page: Page, path: Path) -> None:
    page.goto("/demo/parc/import")
    page.locator("input[type=file]").first.set_input_files(path)
    page.get_by_role("button", name="Analyser le fichier").click()
    expect(page.get_by_role("button", name=WRITE)).to_be_visible(timeout=30_000)


def test_a_provider_imports_contracts_and_attests(
    visit: Visits, fleet_file: Path, tmp_path: Path
) -> None:
    pdf = tmp_path / "attestation.pdf"
    with visit(logins.PROVIDER) as page:
        _import(page, fleet_file)
        expect(page.locator("main")).to_contain_text("12345")
        page.get_by_role("button", name=WRITE).click()
        expect(page.get_by_role("heading", name="C’est fait")).to_be_visible(timeout=60_000)
        _contract(page)
        _order(page)
        with page.expect_download() as waiting:
            page.locator(DOWNLOAD).first.click()
        waiting.value.save_as(pdf)

    assert pdf.read_bytes().startswith(b"%PDF-")
    _check(visit, pdf, tmp_path / "altered.pdf")


def _contract(page: Page) -> None:
    page.goto("/demo/parc?stage=prospect&q=parcours")
    expect(page.locator("tr[data-row]")).to_have_count(2, timeout=30_000)
    page.locator("[data-pick-all]").check()
    page.get_by_role("button", name="Donner un contrat").click()
    page.get_by_label(re.compile("Sauvegarde managée")).check()
    page.locator("main button[type=submit].first").click()
    page.locator("main button[type=submit].first").click()
    page.goto("/demo/parc?q=parcours")
    expect(page.locator("tr[data-row] svg.strip")).to_have_count(2)


def _check(visit: Visits, pdf: Path, altered: Path) -> None:
    with visit() as page:
        page.goto("/verifier")
        page.locator("input[type=file]").set_input_files(pdf)
        page.locator("main button[type=submit]").first.click()
        expect(page.locator("main")).to_contain_text("du Parcours")
        altered.write_bytes(pdf.read_bytes()[:-1] + b"x")
        digest = hashlib.sha256(altered.read_bytes()).hexdigest()
        page.goto(f"/verifier?sha256={digest}")
        expect(page.locator("main")).not_to_contain_text("du Parcours")


def test_a_declaration_is_previewed_then_made_for_all(visit: Visits) -> None:
    with visit(logins.PROVIDER) as page:
        page.goto("/demo/exigences/SAUV-05")
        form = page.locator("details.question form").first
        form.locator("select[name=status]").select_option("implemented")
        form.locator("textarea").fill("Une copie hors ligne chaque soir.")
        form.get_by_role("button", name="Voir ce qui bougera").click()
        expect(page.get_by_role("heading", name="Voici ce qui bougera")).to_be_visible()
        page.get_by_role("button", name="Déclarer pour tous").first.click()

        expect(page.locator(".flashes .flash")).to_contain_text("Annuler")


def _order(page: Page) -> None:
    page.goto("/demo/parc?q=parcours&sort=name")
    page.locator("tr[data-row] input[data-pick]").first.check()
    page.get_by_role("button", name="Éditer les attestations").click()
    page.locator("main button[type=submit].first").click()
    expect(page.locator(DOWNLOAD).first).to_be_visible(timeout=60_000)


def test_undoing_a_declaration_puts_everything_back(visit: Visits) -> None:
    with visit(logins.PROVIDER) as page:
        page.goto("/demo/exigences/MSG-05")
        form = page.locator("details.question form").first
        before = form.locator("select[name=status]").input_value()
        form.locator("select[name=status]").select_option("alternative")
        form.get_by_role("button", name="Déclarer pour tous").click()
        page.locator(".flashes .flash").get_by_role("button", name="Annuler").click()

        expect(page.locator("details.question select[name=status]").first).to_have_value(before)


def test_an_exception_is_written_in_place_and_the_director_sees_it(visit: Visits) -> None:
    words = "Ici, l’essai se fait avec l’éditeur."
    with visit(logins.DIRECTOR) as page:
        page.goto("/demo/")
        page.get_by_role("link", name="Vue détaillée").click()
        address = page.url
    with visit(logins.PROVIDER) as page:
        page.goto(f"{address}#q2")
        row = page.locator("#SAUV-03")
        row.get_by_role("link", name=re.compile("Modifier")).click()
        edit = page.locator("#edit-SAUV-03")
        edit.locator("select").select_option("partial")
        edit.locator("textarea").fill(words)
        edit.get_by_role("button", name=re.compile("Enregistrer")).click()
        expect(page.locator(".flashes .flash")).to_be_visible()

    with visit(logins.DIRECTOR) as page:
        page.goto(f"{address}#q2")
        expect(page.locator("#SAUV-03")).to_contain_text(words)


def test_a_director_sees_her_establishment_alone(visit: Visits) -> None:
    with visit(logins.DIRECTOR) as page:
        mine = page.url
        page.goto("/demo/parc")
        expect(page.locator("tr[data-row]")).to_have_count(1)
        paths = ("/demo/exigences", "/demo/parc/import", "/litto/parc")
        answers = [page.goto(path) for path in paths]

    assert "/etablissements/" in mine
    assert [answer.status for answer in answers if answer] == [403, 403, 404]


def test_the_reminder_of_a_proof_that_lapses_in_thirty_days_arrives(
    visit: Visits, portal: Portal
) -> None:
    day = letters.told_on()

    done = portal.flask("remind", "demo", "--on", day.isoformat())

    assert done.returncode == 0, done.stderr

    with visit(logins.PROVIDER) as page:
        words = letters.reminder(page, "Export d’inventaire des postes")

    assert "@demo.treize.example" in words
    assert f"dans {30 - (day - clock.today()).days} jours" in words


def test_the_same_import_beside_the_portal_changes_nothing(
    portal: Portal, fleet_file: Path
) -> None:
    done = portal.flask("fleet", "import", "demo", str(fleet_file), "--apply")
    again = portal.flask("fleet", "import", "demo", str(fleet_file), "--apply")

    assert (done.returncode, again.returncode) == (0, 0), done.stderr + again.stderr
    assert re.search(r"(created|créé\w*)\W+0|0 (created|créé)", again.stdout, re.IGNORECASE), (
        again.stdout
    )

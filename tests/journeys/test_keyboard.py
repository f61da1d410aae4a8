"""A director, an auditor and a provider do what is theirs without a mouse; axe looks on."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from portal.kit import clock
from portal.local import logins
from tests.briefs.ordering import words
from tests.journeys.conftest import Visits, grave_faults
from tests.journeys.hands import choose, press, reach, write, write_day

pytestmark = pytest.mark.journey

FLASH = ".flashes .flash"


def looked_at(page: Page) -> None:
    assert grave_faults(page) == []


def said(page: Page, sentence: str) -> None:
    expect(page.locator(FLASH).first).to_contain_text(sentence)
    looked_at(page)


def test_a_director_recognises_and_contests_a_question(visit: Visits) -> None:
    with visit(logins.DIRECTOR) as page:
        page.goto("/demo/")
        press(page, "Reconnaître la question 4")
        looked_at(page)
        reach(page, "Votre remarque")
        press(page, "Reconnaître")
        said(page, "Votre avis est enregistré")
        press(page, "Annuler")
        said(page, "tout est comme avant")
        press(page, "Contester la question 4")
        write(page, "Ce que vous contestez", "Un poste de la salle de soins n’a rien.")
        press(page, "Contester")
        said(page, "Votre avis est enregistré")

        expect(page.locator("#q4")).to_contain_text("contesté")


def test_a_director_answers_proves_and_takes_back(visit: Visits) -> None:
    with visit(logins.DIRECTOR) as page:
        page.goto("/demo/")
        press(page, "Vos réponses")
        looked_at(page)
        press(page, "Répondre à «")
        looked_at(page)
        answered = page.url
        choose(page, "Où en êtes-vous")
        write(page, "En quelques mots", "La liste est tenue au secrétariat.")
        press(page, "Enregistrer")
        said(page, "Votre réponse est enregistrée")
        page.goto(answered)
        press(page, "Déposer une preuve")
        looked_at(page)
        reach(page, "Le fichier")
        with page.expect_file_chooser() as chooser:
            page.keyboard.press("Space")
        chooser.value.set_files(
            FilePayload(name="liste.txt", mimeType="text/plain", buffer=b"La liste.")
        )
        write(page, "Titre", "Liste du secrétariat")
        press(page, "Déposer la preuve")
        said(page, "Le fichier est déposé")
        expect(page.get_by_role("link", name="Revoir la page")).to_be_visible(timeout=30_000)
        press(page, "Revoir la page")
        press(page, "Retirer")
        said(page, "La preuve est retirée")
        press(page, "Annuler")
        said(page, "prouve de nouveau")


def test_a_director_answers_one_of_the_thirteen(visit: Visits) -> None:
    with visit(logins.DIRECTOR) as page:
        page.goto("/demo/")
        press(page, "Auto-évaluation")
        looked_at(page)
        reach(page, "6. Pare-feu")
        page.keyboard.press("Enter")
        question = page.locator("#q6 legend").inner_text()
        choose(page, question[:20], steps=2)
        press(page, "Enregistrer la question 6")

        said(page, "Votre réponse est enregistrée")
        expect(page.locator("#q6 summary")).to_contain_text("2 sur 4")


def test_a_director_has_a_brief_made_for_her_board(visit: Visits, tmp_path: Path) -> None:
    with visit(logins.DIRECTOR) as page:
        page.goto("/demo/")
        press(page, "Synthèse pour le conseil")
        looked_at(page)
        press(page, "Préparer la synthèse")
        said(page, "Votre synthèse se prépare")
        expect(page.get_by_role("link", name="Télécharger le PDF")).to_be_visible(timeout=60_000)
        looked_at(page)
        with page.expect_download() as taken:
            reach(page, "Télécharger le PDF")
            page.keyboard.press("Enter")
        taken.value.save_as(tmp_path / "brief.pdf")

    paper = words((tmp_path / "brief.pdf").read_bytes())
    assert re.search(r"SYN-\d{4}-\d{4}", paper)
    assert "EHPAD Les Ajoncs" in paper


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_an_action_crosses_the_board_by_keyboard(visit: Visits, scripts: bool) -> None:
    with visit(logins.PROVIDER, scripts=scripts) as page:
        page.goto("/demo/actions?view=board")
        first = page.locator("section[aria-labelledby=column-todo] li.slip a.name").first
        name = first.inner_text()
        address = first.get_attribute("href")
        if scripts:
            looked_at(page)
            press(page, f"Commencer {name}")
        else:
            page.locator(f"li.slip:has(a[href='{address}'])").get_by_role(
                "button", name="Commencer"
            ).press("Enter")
        doing = page.locator("section[aria-labelledby=column-doing]")
        expect(doing.locator(f"a[href='{address}']")).to_be_visible()
        doing.locator(f"li.slip:has(a[href='{address}'])").get_by_role(
            "button", name="Terminer"
        ).press("Enter")
        done = page.locator("section[aria-labelledby=column-done]")

        expect(done.locator(f"a[href='{address}']")).to_be_visible()


def test_an_auditor_asks_and_concludes_and_her_provider_answers(visit: Visits) -> None:
    with visit(logins.AUDITOR) as page:
        page.goto("/demo/audits")
        press(page, "Évaluation externe")
        looked_at(page)
        press(page, "Les Ajoncs")
        looked_at(page)
        press(page, "SAUV-02")
        looked_at(page)
        choose(page, "Votre conclusion", steps=2)
        write(page, "Constat", "La copie à l’abri n’a pas été vue.")
        press(page, "Enregistrer la conclusion")
        said(page, "Votre conclusion est au dossier")
        write(page, "Ce que vous demandez", "Une capture de la console.")
        write_day(page, "Pour le", clock.today() + timedelta(days=30))
        press(page, "Demander")
        said(page, "Votre demande est chez le prestataire")
        address = page.url
    with visit(logins.PROVIDER) as page:
        page.goto(address)
        write(page, "Votre réponse", "Elle part à chaque mois, désormais.")
        press(page, "Répondre")
        said(page, "Votre réponse figure à côté de la conclusion")
        write(page, "Votre réponse à « Une capture", "Elle est jointe au dossier.")
        press(page, "Envoyer la réponse")
        said(page, "L’auditeur a votre réponse")

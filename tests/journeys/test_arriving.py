"""People arrive in a real browser: a provider by a code, a director by a link."""

import re

import pytest
from playwright.sync_api import expect

from portal.local import logins
from tests.journeys import letters
from tests.journeys.conftest import Portal, Visits, grave_faults, overflows

pytestmark = pytest.mark.journey

PASSWORD = "six chevaux lents dans la brume"
INVITED = "invitee@demo.treize.example"


@pytest.mark.parametrize("scripts", [True, False])
def test_a_provider_signs_up_by_a_code(portal: Portal, visit: Visits, scripts: bool) -> None:
    with visit(scripts=scripts) as page:
        page.goto("/connexion")
        page.get_by_role("link", name="Ouvrir un espace").click()
        page.fill("#name", "Bréhat Infogérance")
        page.fill("#siren", "732 829 320")
        page.fill("#person", "Ann Exemple")
        page.fill("#email", f"ann-{scripts}@brehat.example".lower())
        page.get_by_role("button", name="Recevoir le code").click()
        slug = page.input_value("#slug")
        page.fill("#code", letters.code(portal))
        page.fill("#password", PASSWORD)
        faults = grave_faults(page) if scripts else []
        page.get_by_role("button", name="Ouvrir l’espace").click()

        expect(page.get_by_role("heading", level=1)).to_have_text("Ajoutez une double vérification")
        assert f"/{slug}/premiers-pas" in page.url
        assert slug.startswith("brehat-infogerance")
        assert faults == []


def test_a_director_is_invited_and_sees_her_establishment_alone(visit: Visits) -> None:
    with visit(logins.PROVIDER) as page:
        page.goto("/demo/equipe")
        page.get_by_role("link", name="Inviter quelqu’un").click()
        page.fill("#email", INVITED)
        page.get_by_label("Direction de l’établissement").check()
        page.fill("#find", "ehpad")
        ticked = page.locator("#picked label").first
        ticked.locator("input").check()
        place = ticked.locator("span").inner_text()
        page.get_by_role("button", name="Envoyer l’invitation").last.click()
        link = letters.invitation(page, INVITED)

    with visit(width=390) as page:
        page.goto(link)
        found = (grave_faults(page), overflows(page))
        page.fill("#name", "Invitée Exemple")
        page.fill("#password", PASSWORD)
        page.get_by_role("button", name="Créer mon compte et accepter").click()

        expect(page).to_have_url(re.compile(r"/demo/etablissements/"))
        page.get_by_role("link", name="Vue détaillée").click()
        expect(page.get_by_role("heading", level=1)).not_to_have_text(re.compile("13 questions"))
        assert place.startswith(page.get_by_role("heading", level=1).inner_text())
        assert page.goto("/demo/equipe").status == 403  # type: ignore[union-attr]  # it answered
        assert found == ([], False)


def test_a_director_compares_her_two_providers(visit: Visits) -> None:
    with visit(logins.SHARED_DIRECTOR) as page:
        page.goto("/mes-acces")
        page.get_by_role("link", name="Comparer mes prestataires").click()

        expect(page.get_by_role("columnheader")).to_have_count(3)
        expect(page.get_by_role("rowheader")).to_have_count(13)
        assert grave_faults(page) == []

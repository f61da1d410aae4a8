"""Every main screen, wide and narrow, light and dark: nothing grave for axe, nothing cut off."""

import pytest
from playwright.sync_api import expect

from portal.local import logins
from portal.local.logins import Login
from tests.journeys.conftest import ROOT, Visits, grave_faults, overflows, squeezed

pytestmark = pytest.mark.journey

PROVIDER = (
    "/demo/parc",
    "/demo/parc/a-faire",
    "/demo/parc/import",
    "/demo/parc/nouveau",
    "/demo/parc?stage=prospect",
    "/demo/parc?q=rien-de-tel",
    "/demo/exigences",
    "/demo/exigences/SAUV-04",
    "/demo/preuves",
    "/demo/preuves/nouvelle",
    "/demo/prestations",
    "/demo/attestations",
    "/demo/guide",
    "/demo/guide/questions/2",
    "/demo/recherche?q=sauvegarde",
    "/demo/courrier",
    "/mes-acces",
)
SHELF = (
    "/demo/preuves/plusieurs",
    "/demo/preuves?state=gone",
    "/demo/demandes",
    "/demo/demandes/nouvelle",
    "/demo/collectes",
    "/demo/collectes/nouvelle",
    "/demo/calendrier",
    "/demo/audits",
    "/demo/audits/nouveau",
)
SPACE = (
    "/demo/equipe",
    "/demo/equipe/inviter",
    "/demo/equipe/qui-peut-quoi",
    "/demo/reglages",
    "/demo/premiers-pas",
    "/demo/annuaire",
    "/demo/mon-annuaire",
    "/demo/rappels",
    "/demo/journal",
    "/demo/journal?requirement=SAUV-04",
    "/demo/journal?requirement=AUCUNE-99",
    "/demo/journal/verification",
    "/mes-prestataires",
    "/mon-compte",
    "/mon-compte/mot-de-passe",
    "/confirmer",
    "/double-verification",
    "/double-verification/application",
)
LISTED = ("/demo/", "/demo/attestations", "/demo/guide", "/mon-compte", "/mes-acces")
DIRECTED = (
    *LISTED,
    "/demo/collectes",
    "/demo/collectes/nouvelle",
    "/demo/journal",
    "/demo/equipe",
    "/mes-prestataires",
)
COMPARED = ("/mes-prestataires", "/mes-acces")
PUBLIC = (
    "/connexion",
    "/connexion/annuaire",
    "/connexion/annuaire/demo",
    "/mot-de-passe",
    "/inscription",
    "/invitation/perdue",
    "/verifier",
    "/journal",
    "/depot/perdu",
    "/depot/merci",
    "/guide",
    "/guide/questions/6",
    "/nulle-part",
)
#: What is clicked one after the other: the addresses of these pages have ids or secrets in them.
WALKS = {
    "versions": (logins.PROVIDER, "/demo/preuves", ("Test de réversibilité", "Version 1")),
    "certificate": (logins.PROVIDER, "/demo/preuves", ("Hébergement de données de santé",)),
    "collection": (logins.PROVIDER, "/demo/collectes", ("Contrôle du coffre de mots de passe",)),
    "request": (logins.PROVIDER, "/demo/demandes", ("Liste à jour des sous-traitants",)),
    "room": (logins.PROVIDER, "/demo/audits", ("Évaluation externe", "MAJ-03")),
    "closed": (logins.PROVIDER, "/demo/audits", ("Évaluation de l’an dernier", "Les Ajoncs")),
    "concluding": (logins.AUDITOR, "/demo/audits", ("Évaluation externe", "MAJ-03")),
    "closing": (logins.AUDITOR, "/demo/audits", ("Évaluation de l’an dernier", "SAUV-04")),
    "proving": (logins.DIRECTOR, "/demo/", ("Vos réponses", "Répondre", "Déposer une preuve")),
    "briefs": (logins.DIRECTOR, "/demo/", ("Synthèse pour le conseil",)),
    "years": (logins.DIRECTOR, "/demo/", ("Auto-évaluation",)),
}
LOOKS = [(1440, False), (1440, True), (390, False), (390, True)]


@pytest.mark.parametrize(("width", "dark"), LOOKS)
@pytest.mark.parametrize(
    ("who", "paths"),
    [
        (logins.PROVIDER, PROVIDER),
        (logins.PROVIDER, SHELF),
        (logins.PROVIDER, SPACE),
        (logins.DIRECTOR, DIRECTED),
        (logins.SHARED_DIRECTOR, COMPARED),
        (logins.AUDITOR, LISTED),
        (None, PUBLIC),
    ],
    ids=["provider", "shelf", "space", "director", "compared", "auditor", "anybody"],
)
def test_no_screen_has_a_grave_fault(
    visit: Visits, who: Login | None, paths: tuple[str, ...], width: int, dark: bool
) -> None:
    faults: list[str] = []
    with visit(who, width=width, dark=dark) as page:
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        for path in paths:
            answer = page.goto(path)
            page.wait_for_load_state("networkidle")
            status = answer.status if answer else 0
            if status >= 500:
                faults.append(f"{path}: {status}")
            faults += [f"{path}: {fault}" for fault in grave_faults(page)]
            if overflows(page):
                faults.append(f"{path}: wider than {width} pixels")

        faults += [words for words in said if "Content Security" in words]

    assert faults == []


def test_no_words_are_squeezed_on_a_phone(visit: Visits) -> None:
    found: list[str] = []
    with visit(logins.PROVIDER, width=390) as page:
        for path in (*PROVIDER, *SHELF):
            page.goto(path)
            found += [f"{path}: « {words} »" for words in squeezed(page)]

    assert found == []


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)])
def test_an_establishment_unfolded_has_no_grave_fault(
    visit: Visits, width: int, dark: bool
) -> None:
    with visit(logins.DIRECTOR, width=width, dark=dark) as page:
        page.goto("/demo/")
        page.get_by_role("link", name="Vue détaillée").click()
        page.get_by_role("button", name="Tout déplier").click()
        page.locator("#SAUV-04 .does a").last.click()
        page.wait_for_load_state("networkidle")

        assert grave_faults(page) == []
        assert not overflows(page)


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)])
def test_the_access_of_a_colleague_has_no_grave_fault(
    visit: Visits, width: int, dark: bool
) -> None:
    with visit(logins.PROVIDER, width=width, dark=dark) as page:
        page.goto("/demo/equipe")
        page.get_by_role("link", name=logins.TECHNICIAN.name).click()
        page.wait_for_load_state("networkidle")

        assert grave_faults(page) == []
        assert not overflows(page)


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_the_answers_of_a_house_have_no_grave_fault_and_the_way_back_is_in_view(
    visit: Visits, width: int, dark: bool
) -> None:
    with visit(logins.DIRECTOR, width=width, dark=dark) as page:
        page.goto("/demo/")
        page.get_by_role("link", name="Vos réponses").click()
        assert grave_faults(page) == []
        assert not overflows(page)

        page.get_by_role("link", name="Répondre").first.click()
        assert grave_faults(page) == []
        assert not overflows(page)

        page.get_by_label("prévu", exact=True).check()
        page.get_by_role("button", name="Enregistrer").click()
        undo = page.locator(".flash form button")
        expect(undo).to_be_in_viewport()
        assert grave_faults(page) == []
        undo.click()
        expect(undo).to_have_count(0)


@pytest.mark.parametrize(("width", "dark"), LOOKS)
@pytest.mark.parametrize("walk", WALKS)
def test_no_page_behind_a_link_has_a_grave_fault(
    visit: Visits, walk: str, width: int, dark: bool
) -> None:
    who, start, names = WALKS[walk]
    with visit(who, width=width, dark=dark) as page:
        page.goto(start)
        for name in names:
            page.get_by_role("main").get_by_role("link", name=name).first.click()
            page.wait_for_load_state("networkidle")

            assert grave_faults(page) == []
            assert not overflows(page)


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_saying_what_several_proofs_prove_has_no_grave_fault(
    visit: Visits, width: int, dark: bool
) -> None:
    with visit(logins.PROVIDER, width=width, dark=dark) as page:
        page.goto("/demo/preuves")
        for number in range(2):
            page.locator("input[name=ids]").nth(number).check()
        page.get_by_role("button", name="Dire ce qu’elles prouvent").click()
        page.wait_for_load_state("networkidle")

        assert page.get_by_text("Elles valent pour", exact=True).is_visible()
        assert grave_faults(page) == []
        assert not overflows(page)


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_the_page_of_who_is_asked_for_a_file_has_no_grave_fault(
    visit: Visits, width: int, dark: bool
) -> None:
    with visit(logins.PROVIDER, width=width, dark=dark) as page:
        page.goto("/demo/demandes")
        page.get_by_role("link", name="Journal des accès de télémaintenance").click()
        page.get_by_role("button", name="Faire un nouveau lien").click()
        link = page.get_by_label("Lien de dépôt").input_value()

        assert grave_faults(page) == []
        assert not overflows(page)
        page.goto(link)
        assert page.get_by_role("button", name="Déposer le fichier").is_visible()
        assert grave_faults(page) == []
        assert not overflows(page)


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_the_page_that_verifies_without_us_has_no_grave_fault(
    visit: Visits, width: int, dark: bool
) -> None:
    with visit(width=width, dark=dark) as page:
        page.goto((ROOT / "verifier" / "treize_verifier.html").as_uri())

        assert grave_faults(page) == []
        assert not overflows(page)

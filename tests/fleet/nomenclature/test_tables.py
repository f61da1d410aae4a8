"""The published codes hold together."""

from datetime import date

from portal.fleet.nomenclature import categories, territories


def test_every_replacement_is_a_category_in_force() -> None:
    replaced = [it for it in categories.categories().values() if it.replaced_by]

    assert {it.code for it in replaced} == {"437", "382", "252"}
    for it in replaced:
        assert it.closed_on == date(2018, 10, 26)
        successor = categories.category(it.replaced_by or "")
        assert successor is not None
        assert successor.closed_on is None


def test_every_family_is_named() -> None:
    used = {it.family for it in categories.categories().values()}

    assert used == set(categories.families())


def test_bodies_that_are_no_establishment_are_marked() -> None:
    assert [it.code for it in categories.categories().values() if not it.esms] == ["607", "609"]


def test_an_unknown_code_keeps_the_label_of_its_file() -> None:
    assert categories.label("998", "Maison inventée") == "Maison inventée"
    assert categories.label("998") == "998"
    assert categories.label("500", "autre chose") == "EHPAD"


def test_every_departement_stands_in_a_named_region() -> None:
    places = territories.departements().values()

    assert len([it for it in places if it.region != "COM"]) == 101
    assert {it.region for it in places} == set(territories.regions())


def test_corsican_and_overseas_postcodes_find_their_departement() -> None:
    found = {
        code: territories.departement_of(code) for code in ("20100", "20600", "97410", "01000")
    }

    assert [it.code for it in found.values() if it] == ["2A", "2B", "974", "01"]

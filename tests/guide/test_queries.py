"""Search: words of any kind, accents or not, and filters that add up."""

import pytest

from portal.guide import loader, queries
from portal.guide.queries import Filters


def found(q: str = "", **others: object) -> list[str]:
    return [r.code for r in queries.requirements(Filters(q=q, **others))]  # type: ignore[arg-type]  # a test's shorthand


def test_without_filters_everything_is_found_in_the_editions_order() -> None:
    assert found() == [r.code for r in loader.current().requirements]
    assert found("   ") == found()


@pytest.mark.parametrize("typed", ["SAUV-03", "sauv-03", "Sauv 03", "  sauv‑03 ".replace("‑", "-")])
def test_a_code_finds_its_requirement_alone(typed: str) -> None:
    assert found(typed) == ["SAUV-03"]


def test_every_requirement_is_found_by_its_code_and_by_its_title() -> None:
    every = loader.current().requirements

    assert [r.code for r in every if found(r.code) != [r.code]] == []
    assert [r.code for r in every if r.code not in found(r.title)] == []


def test_a_word_is_found_in_the_singular_the_plural_and_without_accents() -> None:
    assert set(found("sauvegarde")) >= {f"SAUV-0{n}" for n in range(1, 8)}
    assert found("sauvegardes") == found("sauvegarde")
    assert found("hameçonnage") == found("HAMECONNAGE") != []
    assert found("HAMEC\u0327ONNAGE") == found("hameçonnage")


def test_titles_come_before_mere_mentions() -> None:
    answer = found("sauvegarde")

    heading = [c for c in answer if "auvegarde" in loader.current().requirement(c).title]
    assert heading
    assert answer[: len(heading)] == heading


def test_plain_words_of_a_director_are_searched() -> None:
    assert found("extincteur") == ["SAUV-04"]


def test_references_are_found_by_source_and_number() -> None:
    edition = loader.current()

    assert set(found("rgpd 33")) == {
        r.code for r in edition.requirements if "33" in r.references.get("rgpd", ())
    }
    assert set(found("8.13")) == {
        r.code for r in edition.requirements if "8.13" in r.references.get("iso27002", ())
    }


def test_a_number_never_matches_the_beginning_of_another() -> None:
    edition = loader.current()

    assert set(found("iso 8.1")) == {
        r.code for r in edition.requirements if "8.1" in r.references.get("iso27002", ())
    }


def test_every_word_must_be_there() -> None:
    assert set(found("sauvegarde compte")) < set(found("sauvegarde"))
    assert found("sauvegarde zzzz") == []


@pytest.mark.parametrize("typed", ["???", "«»", "—", "%_"])
def test_signs_without_a_word_find_nothing(typed: str) -> None:
    assert found(typed) == []


def test_filters_add_up_and_partition_the_edition() -> None:
    by_bearer = {b: set(found(bearer=b)) for b in loader.current().bearers}

    assert sum(map(len, by_bearer.values())) == 79
    assert {b: len(codes) for b, codes in by_bearer.items()} == {
        "provider": 46,
        "shared": 30,
        "establishment": 3,
    }
    assert len(found(tier="reinforced")) == 20
    assert set(found(tier="reinforced", question=13)) <= set(found(question=13))
    assert found(condition="hosted_health_data") == ["EXT-05"]


def test_neighbours_stop_at_both_ends() -> None:
    every = loader.current().requirements

    assert queries.neighbours(every[0].code) == (None, every[1])
    assert queries.neighbours(every[-1].code) == (every[-2], None)


def test_a_requirement_is_told_to_the_other_questions_it_bears_on() -> None:
    for number in range(1, 14):
        for requirement in queries.also_concerned(number):
            assert requirement.question != number
            assert number in requirement.also_questions

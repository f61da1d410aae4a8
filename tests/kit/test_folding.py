"""Words as they are searched and sorted, in Python and in PostgreSQL."""

import pytest
import sqlalchemy as sa

from portal.kit.folding import dictionary_key, fold
from tenants.db import db

DICTIONARY = ["Bœufs", "Bofs", "Écully", "Eu", "L'Haÿ", "L’Île", "Zuydcoote"]


def _sorted(collation: str) -> list[str]:
    word = sa.column("word", sa.Text)
    words = sa.values(word, name="words").data([(each,) for each in reversed(DICTIONARY)])
    key = sa.text(f'{dictionary_key("word")} COLLATE "{collation}"')
    return list(db.session.scalars(sa.select(words.c.word).order_by(key)))


@pytest.mark.parametrize("collation", ["C", "default"])
def test_postgresql_sorts_like_a_dictionary_in_every_collation(
    isolated: None, collation: str
) -> None:
    assert _sorted(collation) == DICTIONARY


def test_python_sorts_like_a_dictionary() -> None:
    assert sorted({*DICTIONARY}, key=fold) == DICTIONARY


def test_accents_capitals_and_ligatures_make_no_difference_to_a_search() -> None:
    assert fold("CŒUR d’Hameçonnage") == "coeur d’hameconnage"

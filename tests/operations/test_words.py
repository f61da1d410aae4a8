"""An operator reads what work is in her own words, whatever its kind."""

import pytest
from flask import Flask, get_template_attribute

from portal import worker


@pytest.mark.parametrize("kind", sorted(worker.JOBS))
def test_every_kind_of_work_has_its_words(app: Flask, kind: str) -> None:
    with app.test_request_context():
        said = str(get_template_attribute("operations/_words.html", "kind_word")(kind))

    assert said.strip()
    assert said != kind

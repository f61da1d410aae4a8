"""A proof that its establishment opens alone: its provider knows that there is one, and no more."""

import pytest
from flask.testing import FlaskClient

from portal.evidence.models import State
from tests.conftest import Visit
from tests.space.depositing import deposited
from tests.space.test_proofs import hers
from tests.tracking.conftest import Pages
from tests.vault import samples

__all__ = ["hers"]


@pytest.mark.parametrize("number", [b"", b";185057800608491"])
def test_nothing_that_is_in_it_is_told_to_her_provider(
    pages: Pages, hers: FlaskClient, visit: Visit, number: bytes
) -> None:
    """Neither the files it carries, nor what made it wait, nor, when one searches, its name."""
    content = samples.carrying(("residents-du-foyer.csv", b"nom;nir\nX" + number))
    found = deposited(hers, pages, content=content, name="Rapport confié.pdf", title="La charte")
    provider, here = visit(pages.owner), f"/acme/preuves/{found.id}"
    asked = [
        here, f"{here}/etat", "/acme/preuves?q=confi", "/acme/preuves?q=confi&state=gone",
        "/acme/preuves/export.csv",
    ]  # fmt: skip

    told = {url: provider.get(url, headers={"HX-Request": "true"}) for url in asked}
    hers_ = hers.get(here).text

    assert found.state is (State.HELD if number else State.READY)
    assert {answer.status_code for answer in told.values()} == {200}
    words = " ".join(answer.text for answer in told.values())
    assert [it for it in ("residents-du-foyer", "185 …", "Rapport confié") if it in words] == []
    assert "La charte" not in told["/acme/preuves?q=confi"].text
    assert "l’établissement seul" in told["/acme/preuves/export.csv"].text
    assert "residents-du-foyer" in hers_
    assert ("185 …" in hers_) is bool(number)
    assert "La charte" in hers.get("/acme/preuves?q=confi").text

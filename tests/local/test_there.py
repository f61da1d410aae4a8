"""What is said of the providers that are there at the start, and when the demo is made."""

import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from portal.local.demo.command import demo
from portal.local.logins import PROVIDER
from portal.local.there import told
from tenants.access import Actor

HOME = Path("/srv/treize")
DEMO = {"demo": "Armor Infogérance", "litto": "Litto Téléphonie"}


def words(there: dict[str, str], *, demo: bool = True, home: Path = HOME) -> str:
    return "\n".join(told(there, address="http://127.0.0.1:8000", home=home, demo=demo))


def test_an_empty_base_is_told_how_to_begin() -> None:
    said = words({}, demo=False)

    assert "Il n’y a pas encore de prestataire" in said
    assert "provider open" in said
    assert str(HOME) in said


def test_the_first_step_can_be_copied_whatever_the_directory_is_called() -> None:
    (step,) = (
        line for line in words({}, home=Path("/srv/l'été à moi")).splitlines() if "=" in line
    )

    assert shlex.split(step)[0] == "TREIZE_HOME=/srv/l'été à moi"


@pytest.mark.parametrize("demo", [True, False])
def test_providers_that_are_there_are_named_with_their_address(demo: bool) -> None:
    said = words({"ker": "Ker Informatique"}, demo=demo)

    assert "Ker Informatique · http://127.0.0.1:8000/ker/" in said
    assert "pas encore de prestataire" not in said
    assert PROVIDER.email not in said


def test_the_demo_of_an_earlier_start_is_told_as_such() -> None:
    said = words(DEMO, demo=False)

    assert PROVIDER.email in said
    assert "TREIZE_DEMO=0" in said
    assert "TREIZE_DEMO=0" not in words(DEMO)
    assert "Litto" not in said


def test_of_many_the_first_are_named_and_the_others_counted() -> None:
    said = words({f"p{n:03}": f"Prestataire {n}" for n in range(400)})

    assert said.count("http://") == 8
    assert "392" in said


def test_the_demo_is_not_made_beside_providers_that_are_there(owner: Actor) -> None:
    made = CliRunner().invoke(demo, [])

    assert made.exit_code == 0
    assert "left out" in made.output

"""How much longer a page takes for an address that has an account: nobody may tell."""

import itertools
import statistics
from collections.abc import Callable

from bench.stage import BIG, Stage
from portal.accounts import service
from portal.config import Settings
from tenants import queries as tenancy
from tenants.db import db

RUNS = 40
KNOWN = f"{BIG}@essai.example"


def ratios(stage: Stage) -> dict[str, tuple[float, float]]:
    """Median seconds for a known and for an unknown address, measured in turn, by page."""
    _give_password(stage)
    strangers = (f"personne-{number}@essai.example" for number in itertools.count())
    pages: dict[str, Callable[[str], float]] = {
        "a wrong password": lambda email: _send(
            stage, "/connexion", {"email": email, "password": "pas le bon"}
        ),
        "a forgotten password": lambda email: _send(stage, "/mot-de-passe", {"email": email}),
    }
    found = {}
    for name, page in pages.items():
        known, unknown = [], []
        for _ in range(RUNS):
            unknown.append(page(next(strangers)))
            known.append(page(KNOWN))
        found[name] = statistics.median(known), statistics.median(unknown)
    return found


def _give_password(stage: Stage) -> None:
    settings: Settings = stage.app.config["SETTINGS"]
    with stage.app.app_context():
        person = tenancy.user_by_email(KNOWN)
        assert person
        service.set_password(
            person, "lampe cuivre onze girafe", memory_kib=settings.password_memory_kib
        )
        db.session.commit()
        db.session.remove()


def _send(stage: Stage, address: str, form: dict[str, str]) -> float:
    stage.app.extensions["limits"].forget()
    request = stage.walker.post(address, form)
    seconds = request()
    assert request.status.startswith(("303", "422")), request.status
    return seconds

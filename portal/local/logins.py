"""The people of the demo data who can log in.  All invented, like the domain they write from."""

from dataclasses import dataclass

from portal.local.console import _

#: The demo provider's address, and that of its neighbour.
DEMO = "demo"
DEMO_NEIGHBOUR = "litto"
PASSWORD = "treize-demo-2026"  # noqa: S105 -- printed on screen by `make run`, opens demo data only


@dataclass(frozen=True)
class Login:
    """One person: address, name and function, and what she is to the demo in words."""

    email: str
    name: str
    job: str
    who: str


PROVIDER = Login(
    "prestataire@demo.treize.example",
    "Claire Exemple",
    "Responsable conformité",
    _("provider, administrator"),
)
TECHNICIAN = Login(
    "technicien@demo.treize.example", "Yann Exemple", "Technicien", _("provider, technician")
)
DIRECTOR = Login(
    "directrice@demo.treize.example",
    "Anne Exemple",
    "Directrice",
    _("director of one establishment"),
)
SHARED_DIRECTOR = Login(
    "directeur@demo.treize.example",
    "Paul Exemple",
    "Directeur",
    _("director of one establishment with two providers"),
)
AUDITOR = Login(
    "auditeur@demo.treize.example",
    "Inès Exemple",
    "Auditrice",
    _("auditor, reads a shared selection"),
)
NEIGHBOUR = Login(
    "voisin@demo.treize.example", "Marc Exemple", "Gérant", _("owner of the second provider")
)

LOGINS = (PROVIDER, TECHNICIAN, DIRECTOR, SHARED_DIRECTOR, AUDITOR, NEIGHBOUR)


def lines() -> list[str]:
    """What is printed below the ready line."""
    return [f"  {login.email:<36} {PASSWORD:<20} {login.who}" for login in LOGINS]

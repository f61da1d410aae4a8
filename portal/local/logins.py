"""The people of the demo data who can log in.  All invented, like the domain they write from."""

from dataclasses import dataclass

from portal.local.console import _

PASSWORD = "treize-demo-2026"  # noqa: S105 -- printed on screen by `make run`, opens demo data only


@dataclass(frozen=True)
class Login:
    """One person: address, and what they are to the demo tenant in words."""

    email: str
    who: str


PROVIDER = Login("prestataire@demo.treize.example", _("provider, administrator"))
DIRECTOR = Login("directrice@demo.treize.example", _("director of one establishment"))
AUDITOR = Login("auditeur@demo.treize.example", _("auditor, reads a shared selection"))

LOGINS = (PROVIDER, DIRECTOR, AUDITOR)


def lines() -> list[str]:
    """What is printed below the ready line."""
    return [f"  {login.email:<36} {PASSWORD:<20} {login.who}" for login in LOGINS]

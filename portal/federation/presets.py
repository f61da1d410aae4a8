"""What is known beforehand of the usual directories."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from portal.federation.models import Preset


@dataclass(frozen=True)
class Known:
    """``issuer`` shows the shape of the address; ``strong_values`` is what it says of two factors.

    Entra ID says « mfa » in ``amr`` where it is asked to; Keycloak has levels in ``acr`` that its
    owner names; Google says nothing.
    """

    issuer: str
    strong_values: tuple[str, ...] = ()


KNOWN: Final[Mapping[Preset, Known]] = MappingProxyType(
    {
        Preset.ENTRA: Known("https://login.microsoftonline.com/<tenant>/v2.0", ("mfa",)),
        Preset.KEYCLOAK: Known("https://<host>/realms/<realm>"),
        Preset.GOOGLE: Known("https://accounts.google.com"),
        Preset.OTHER: Known("https://<host>"),
    }
)

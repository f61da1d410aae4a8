"""What an owner types of a directory."""

import re
from typing import Any, Final

from marshmallow import fields

from portal.federation import doors
from portal.federation.models import Preset
from portal.federation.service import Setup
from portal.kit import keys
from portal.kit.errors import Refused
from portal.kit.form import FormSchema, at_most

#: « <tenant> » left in an address that was copied from its example.
_UNFILLED: Final = re.compile(r"[<>]")


class DirectoryForm(FormSchema):
    preset = fields.Enum(Preset, by_value=True, required=True)
    name = fields.String(required=True, validate=at_most(80))
    issuer = fields.String(required=True, validate=at_most(300))
    client_id = fields.String(required=True, validate=at_most(300))
    client_secret = fields.String(load_default=None, validate=at_most(500))
    strong_values = fields.String(load_default="", validate=at_most(300))
    enabled = fields.Boolean(load_default=False)
    alone = fields.Boolean(load_default=False)


class FindForm(FormSchema):
    """The name of a portal, as its addresses have it."""

    slug = fields.String(required=True, validate=at_most(60))


def setup(data: dict[str, Any]) -> Setup:
    """What the form means.  Raises ``Refused`` on an address that nobody can ask."""
    if _UNFILLED.search(data["issuer"]) or not doors.gateway().allows(data["issuer"]):
        raise Refused("This is no address of a directory: it begins with https://.", field="issuer")
    typed = data["client_secret"]
    return Setup(
        preset=data["preset"],
        name=data["name"],
        issuer=data["issuer"],
        client_id=data["client_id"],
        secret=keys.encipher(doors.SECRET, typed) if typed else None,
        strong_values=list(dict.fromkeys(data["strong_values"].replace(",", " ").split())),
        enabled=data["enabled"],
        only=data["alone"],
    )

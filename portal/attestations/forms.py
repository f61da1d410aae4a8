"""What the attestations' pages accept."""

import uuid
from collections.abc import Sequence

from marshmallow import fields, validate

from portal.attestations.models import AttestationState
from portal.kit.form import FormSchema, at_most, ids_among

#: Ids in one submission; a whole fleet is named by its filter instead.
MOST_IDS = 5_000


class OrderForm(FormSchema):
    batch = fields.UUID(required=True)
    since = fields.Date(required=True)
    until = fields.Date(required=True)


class ListForm(FormSchema):
    """The list's filters, from the address; what makes no sense there is left out."""

    q = fields.String(load_default="", validate=at_most(80))
    establishment = fields.UUID(load_default=None)
    state = fields.Enum(AttestationState, by_value=True, load_default=None)
    year = fields.Integer(load_default=None, validate=validate.Range(2000, 2999))


def ids(given: Sequence[str]) -> list[uuid.UUID]:
    """The ids among what was sent, up to as many as one order may hold."""
    return ids_among(given[:MOST_IDS])

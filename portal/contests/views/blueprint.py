"""The one blueprint that the pages of contests share."""

from flask import Blueprint

bp = Blueprint(
    "contests",
    __name__,
    url_prefix="/<tenant_slug>/etablissements/<uuid:establishment_id>/contestations",
)

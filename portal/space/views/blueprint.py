"""The one blueprint that the establishment's pages share."""

from flask import Blueprint

bp = Blueprint(
    "space", __name__, url_prefix="/<tenant_slug>/etablissements/<uuid:establishment_id>"
)

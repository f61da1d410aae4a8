"""The screens that carry the product: the fleet board, the establishment, the requirements."""

from flask import Blueprint

bp = Blueprint("tracking", __name__, url_prefix="/<tenant_slug>")

"""The one blueprint that the tracking screens share."""

from flask import Blueprint

bp = Blueprint("tracking", __name__, url_prefix="/<tenant_slug>")

"""The fleet's own screens: its imports, and establishments by hand."""

from flask import Blueprint

bp = Blueprint("fleet", __name__, url_prefix="/<tenant_slug>")

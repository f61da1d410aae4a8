"""Where the fleet's views hang."""

from flask import Blueprint

bp = Blueprint("fleet", __name__, url_prefix="/<tenant_slug>")

"""The one blueprint that the pages of self-assessments share."""

from flask import Blueprint

bp = Blueprint("assessments", __name__, url_prefix="/<tenant_slug>")

"""Where the pages of leaving are.  The endpoints are what templates link to."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint

from portal.leaving.views import formats, taking

bp = Blueprint("leaving", __name__, url_prefix="/<tenant_slug>")
open_bp = Blueprint("leaving_open", __name__)

_PLACE = "/etablissements/<uuid:establishment_id>/emporter"
_ARCHIVE = "/archives/<uuid:archive_id>"
_PLACES: tuple[tuple[str, str, str, Callable[..., Any]], ...] = (
    ("GET", _PLACE, "place", taking.place),
    ("POST", _PLACE, "ask", taking.ask),
    ("GET", "/emporter", "register", taking.register),
    ("POST", "/emporter", "ask_all", taking.ask_all),
    ("GET", _ARCHIVE, "archive", taking.show),
    ("POST", f"{_ARCHIVE}.zip", "fetch", taking.fetch),
    ("POST", f"{_ARCHIVE}/supprimer", "discard", taking.discard),
)
for method, rule, endpoint, view in _PLACES:
    bp.add_url_rule(rule, endpoint, view, methods=[method])
open_bp.add_url_rule("/formats/<name>.json", "shape", formats.shape, methods=["GET"])

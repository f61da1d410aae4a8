"""Where the pages about one's own data are.  The endpoints are what templates link to."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint

from portal.privacy.views import leaving, said, taking

bp = Blueprint("privacy", __name__)

_PLACES: tuple[tuple[str, str, str, Callable[..., Any]], ...] = (
    ("GET", "/confidentialite", "notice", said.notice),
    ("GET", "/mon-compte/donnees.zip", "data", taking.data),
    ("GET", "/mon-compte/fermer", "leaving", leaving.show),
    ("POST", "/mon-compte/fermer", "close", leaving.close),
)
for method, rule, endpoint, view in _PLACES:
    bp.add_url_rule(rule, endpoint, view, methods=[method])

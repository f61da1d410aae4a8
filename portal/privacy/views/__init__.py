"""Where the pages about one's own data are.  The endpoints are what templates link to."""

from flask import Blueprint

from portal.kit import routes
from portal.privacy.views import leaving, said, taking

bp = Blueprint("privacy", __name__)

_PLACES: tuple[routes.Route, ...] = (
    ("GET", "/confidentialite", "notice", said.notice),
    ("GET", "/mon-compte/donnees.zip", "data", taking.data),
    ("GET", "/mon-compte/fermer", "leaving", leaving.show),
    ("POST", "/mon-compte/fermer", "close", leaving.close),
)
routes.add(bp, _PLACES)

"""Where the pages of leaving are.  The endpoints are what templates link to."""

from flask import Blueprint

from portal.kit import handing, routes
from portal.leaving.views import formats, prior, receiving, reopening, taking

bp = Blueprint("leaving", __name__, url_prefix="/<tenant_slug>")
open_bp = Blueprint("leaving_open", __name__)

_PLACE = "/etablissements/<uuid:establishment_id>/emporter"
_ARCHIVE = "/archives/<uuid:archive_id>"
_PRIORS = "/etablissements/<uuid:establishment_id>/dossiers-anterieurs"
_BRING = f"{_PRIORS}/reprendre"
_BROUGHT = "/reprises/<uuid:prior_id>"
_PRIOR = "/dossiers-anterieurs/<uuid:prior_id>"
_PLACES: tuple[routes.Route, ...] = (
    ("GET", _PLACE, "place", taking.place),
    ("POST", _PLACE, "ask", taking.ask),
    ("GET", "/emporter", "register", taking.register),
    ("POST", "/emporter", "ask_all", taking.ask_all),
    ("GET", _ARCHIVE, "archive", taking.show),
    ("POST", f"{_ARCHIVE}/relancer", "repack", taking.repack),
    ("POST", f"{_ARCHIVE}/supprimer", "discard", taking.discard),
    ("GET", _BRING, "choose", receiving.choose),
    ("POST", _BRING, "bring", receiving.bring),
    ("GET", _BROUGHT, "brought", receiving.show),
    ("POST", f"{_BROUGHT}/reprendre", "keep", receiving.keep),
    ("POST", f"{_BROUGHT}/abandonner", "cancel", receiving.cancel),
    ("POST", f"{_BROUGHT}/relancer", "retry", receiving.retry),
    ("POST", f"{_BROUGHT}/annuler", "undo", receiving.undo),
    ("GET", _PRIORS, "priors", prior.index),
    ("GET", _PRIOR, "prior", prior.show),
    ("GET", f"{_PRIOR}/actions", "reopening", reopening.show),
    ("POST", f"{_PRIOR}/actions", "reopen", reopening.reopen),
    ("POST", f"{_PRIOR}/actions/<uuid:act_id>/annuler", "undo_reopening", reopening.undo),
)
routes.add(bp, _PLACES)
handing.add(bp, "POST", f"{_ARCHIVE}.zip", "fetch", taking.fetch)
handing.add(bp, "GET", f"{_PRIOR}/fichiers/<uuid:file_id>", "file", prior.file)
open_bp.add_url_rule("/formats/<name>.json", "shape", formats.shape, methods=["GET"])

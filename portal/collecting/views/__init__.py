"""Where requests are asked and answered, and the one page that is open to whoever has the link."""

from flask import Blueprint

from portal.collecting.views import asking, depositing, listing, recurring
from portal.kit import routes

bp = Blueprint("collecting", __name__, url_prefix="/<tenant_slug>/demandes")
_ONE = "/<uuid:file_request_id>"
_Places = tuple[routes.Route, ...]
_REQUESTS: _Places = (
    ("GET", "", "index", asking.index),
    ("GET", "/export.csv", "csv", listing.requests_csv),
    ("GET", "/nouvelle", "new", asking.new),
    ("POST", "/nouvelle", "ask", asking.ask),
    ("GET", _ONE, "show", asking.show),
    ("POST", f"{_ONE}/relancer", "again", asking.again),
    ("POST", f"{_ONE}/revoquer", "revoke", asking.revoke),
    ("POST", f"{_ONE}/accepter", "accept", asking.accept),
    ("POST", f"{_ONE}/refuser", "refuse", asking.refuse),
)
routes.add(bp, _REQUESTS)

open_bp = Blueprint("depositing", __name__, url_prefix="/depot")
open_bp.add_url_rule("/merci", "thanks", depositing.thanks, methods=["GET"])
open_bp.add_url_rule("/<token>", "page", depositing.page, methods=["GET"])
open_bp.add_url_rule("/<token>", "deposit", depositing.deposit, methods=["POST"])

collections_bp = Blueprint("collections", __name__, url_prefix="/<tenant_slug>/collectes")
_COLLECTION = "/<uuid:collection_id>"
_COLLECTIONS: _Places = (
    ("GET", "", "index", listing.index),
    ("GET", "/export.csv", "csv", listing.export),
    ("GET", "/nouvelle", "new", recurring.new),
    ("POST", "/nouvelle", "set_up", recurring.set_up),
    ("GET", _COLLECTION, "show", recurring.show),
    ("GET", f"{_COLLECTION}/modifier", "edit", recurring.edit),
    ("POST", f"{_COLLECTION}/modifier", "change", recurring.change),
    ("POST", f"{_COLLECTION}/pause", "pause", recurring.pause),
    ("POST", f"{_COLLECTION}/reprendre", "resume", recurring.resume),
    ("POST", f"{_COLLECTION}/arreter", "stop", recurring.stop),
    ("POST", f"{_COLLECTION}/passer", "skip", recurring.skip),
    ("POST", f"{_COLLECTION}/annuler/<int:version>", "undo", recurring.undo),
)
routes.add(collections_bp, _COLLECTIONS)

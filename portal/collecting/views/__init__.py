"""Where requests are asked and answered, and the one page that is open to whoever has the link."""

from flask import Blueprint

from portal.collecting.views import asking, depositing

bp = Blueprint("collecting", __name__, url_prefix="/<tenant_slug>/demandes")
_ONE = "/<uuid:file_request_id>"
for method, rule, endpoint, view in (
    ("GET", "", "index", asking.index),
    ("GET", "/nouvelle", "new", asking.new),
    ("POST", "/nouvelle", "ask", asking.ask),
    ("GET", _ONE, "show", asking.show),
    ("POST", f"{_ONE}/relancer", "again", asking.again),
    ("POST", f"{_ONE}/revoquer", "revoke", asking.revoke),
    ("POST", f"{_ONE}/accepter", "accept", asking.accept),
    ("POST", f"{_ONE}/refuser", "refuse", asking.refuse),
):
    bp.add_url_rule(rule, endpoint, view, methods=[method])

open_bp = Blueprint("depositing", __name__, url_prefix="/depot")
open_bp.add_url_rule("/merci", "thanks", depositing.thanks, methods=["GET"])
open_bp.add_url_rule("/<token>", "page", depositing.page, methods=["GET"])
open_bp.add_url_rule("/<token>", "deposit", depositing.deposit, methods=["POST"])

"""Where the pages of actions are.  The endpoints are what templates link to."""

from flask import Blueprint

from portal.actions.views import index, one, plan
from portal.kit import routes

bp = Blueprint("actions", __name__, url_prefix="/<tenant_slug>")

_ONE, _PLAN = "/actions/<uuid:action_id>", "/etablissements/<uuid:establishment_id>/plan"
_PLACES: tuple[routes.Route, ...] = (
    ("GET", "/actions", "index", index.show),
    ("GET", "/actions.csv", "csv", index.export),
    ("GET", _ONE, "show", one.show),
    ("POST", _ONE, "save", one.save),
    ("POST", f"{_ONE}/etat/<state>", "move", one.move),
    ("GET", f"{_PLAN}/nouvelle", "new", one.new),
    ("POST", f"{_PLAN}/nouvelle", "add", one.add),
    ("GET", _PLAN, "plan", plan.show),
    ("POST", f"{_PLAN}/ecarts", "open_for_gaps", plan.open_for_gaps),
    ("GET", f"{_PLAN}.pdf", "plan_pdf", plan.document),
    ("GET", f"{_PLAN}.xlsx", "plan_xlsx", plan.workbook),
)
routes.add(bp, _PLACES)

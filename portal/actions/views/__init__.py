"""Where the pages of actions are.  The endpoints are what templates link to."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint

from portal.actions.views import index, one, plan

bp = Blueprint("actions", __name__, url_prefix="/<tenant_slug>")

_ONE, _PLAN = "/actions/<uuid:action_id>", "/etablissements/<uuid:establishment_id>/plan"
_PLACES: tuple[tuple[str, str, str, Callable[..., Any]], ...] = (
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
for method, rule, endpoint, view in _PLACES:
    bp.add_url_rule(rule, endpoint, view, methods=[method])

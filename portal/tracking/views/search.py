"""Ctrl-K: establishments, requirements and proofs by a few letters, in one short list."""

from collections.abc import Sequence
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue

from portal.evidence import shelf
from portal.evidence.shelf import State
from portal.guide import queries as guide
from portal.kit import clock
from portal.kit.folding import fold
from portal.kit.pages import is_fragment
from portal.tracking import board
from portal.tracking.board import BoardFilter
from portal.tracking.views.blueprint import bp
from tenants.access import requires
from tenants.http import current_actor
from tenants.roles import Permission

#: Of each sort; a search that finds more is to be made longer.
SHOWN = 6
LONGEST = 80


@bp.get("/recherche", endpoint="search")
@requires(Permission.FLEET_READ)
def search() -> ResponseReturnValue:
    asked = request.args.get("q", "").replace("\0", "")[:LONGEST].strip()
    template = "tracking/_search.html" if is_fragment() else "tracking/search.html"
    return render_template(template, asked=asked, **(_found(asked) if asked else {}))


def _found(asked: str) -> dict[str, Sequence[Any]]:
    """What answers, each sort for those who may open it."""
    today = clock.today()
    wanted = BoardFilter(text=fold(asked), stage=None, sort="name")
    proofs: Sequence[Any] = ()
    if current_actor().may(Permission.EVIDENCE_READ):
        proofs = shelf.lines(shelf.Filters(text=asked), State.SHOWN, today, limit=SHOWN)
    return {
        "establishments": board.lines(wanted, today, limit=SHOWN, offset=0),
        "requirements": guide.requirements(guide.Filters(q=asked))[:SHOWN],
        "proofs": proofs,
    }

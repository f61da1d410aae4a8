"""The verifiers that need no server, handed out with the keys of this portal's log in them."""

import json
from pathlib import Path
from typing import Final

from flask import Response
from flask.typing import ResponseReturnValue

from portal.attestations.views.blueprint import bp
from portal.kit.errors import NotFound
from portal.publiclog import queries
from tenants.access import public

_FOLDER: Final = Path(__file__).parents[3] / "verifier"
#: By file: what stands there for the keys, and what is written in its place.
_BLANK: Final = {
    "treize_verifier.py": ("KEYS: tuple[str, ...] = ()", "KEYS: tuple[str, ...] = tuple({})"),
    "treize_verifier.html": ("const KEYS = [];", "const KEYS = {};"),
}


@bp.get("/verifier/hors-ligne/<verifier>", endpoint="offline")
@public
def offline(verifier: str) -> ResponseReturnValue:
    """As a download, never as a page of ours: it runs where whoever holds it opens it."""
    if verifier not in _BLANK:
        raise NotFound
    blank, written = _BLANK[verifier]
    keys = json.dumps(list(queries.anchors("log"))).replace("<", "\\u003c")
    content = (_FOLDER / verifier).read_text("utf-8").replace(blank, written.format(keys), 1)
    return Response(
        content,
        headers={
            "Content-Type": "application/octet-stream",
            "Content-Disposition": f'attachment; filename="{verifier}"',
            "Cache-Control": "no-store",
        },
    )

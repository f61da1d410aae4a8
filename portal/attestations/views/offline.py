"""The verifiers that need no server, handed out with the keys of this portal's log in them.

And the guide to checking by hand, for whoever believes no program of ours.
"""

import json
from pathlib import Path
from typing import Final

from flask import Response
from flask.typing import ResponseReturnValue

from portal.attestations.views.blueprint import bp
from portal.kit.errors import NotFound
from portal.publiclog import queries
from tenants.access import public

_ROOT: Final = Path(__file__).parents[3]
GUIDE: Final = "verifier.md"
#: By file: what stands there for the keys, and what is written in its place.
_BLANK: Final = {
    "treize_verifier.py": ("KEYS: tuple[str, ...] = ()", "KEYS: tuple[str, ...] = tuple({})"),
    "treize_verifier.html": ("const KEYS = [];", "const KEYS = {};"),
}


@bp.get("/verifier/hors-ligne/<verifier>", endpoint="offline")
@public
def offline(verifier: str) -> ResponseReturnValue:
    """As a download, never as a page of ours: it runs where whoever holds it opens it."""
    if verifier == GUIDE:
        content = (_ROOT / "docs" / GUIDE).read_text("utf-8")
    elif verifier in _BLANK:
        content = _written(verifier)
    else:
        raise NotFound
    return Response(
        content,
        headers={
            "Content-Type": "application/octet-stream",
            "Content-Disposition": f'attachment; filename="{verifier}"',
            "Cache-Control": "no-store",
        },
    )


def _written(verifier: str) -> str:
    blank, written = _BLANK[verifier]
    keys = json.dumps(list(queries.anchors("log"))).replace("<", "\\u003c")
    content = (_ROOT / "verifier" / verifier).read_text("utf-8")
    return content.replace(blank, written.format(keys), 1)

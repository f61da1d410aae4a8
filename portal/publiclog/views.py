"""The public log, for anybody: its page, its checkpoint, its files, what to believe it by."""

from flask import Blueprint, Response, jsonify, render_template
from flask.typing import ResponseReturnValue

from portal.kit.errors import NotFound
from portal.publiclog import publishing, queries, tiles
from portal.publiclog.notes import Checkpoint
from tenants.access import public

bp = Blueprint("publiclog", __name__)

#: A file of the log never changes.
_FOR_EVER = "public, max-age=31536000, immutable"
_A_MOMENT = "public, max-age=30"


@bp.get("/journal", endpoint="page")
@public
def page() -> ResponseReturnValue:
    last = queries.last_checkpoint()
    return render_template(
        "publiclog/page.html",
        last=last,
        size=Checkpoint.parse(last.note).size if last else 0,
        keys=queries.anchors("log"),
    )


@bp.get("/journal/checkpoint", endpoint="checkpoint")
@public
def checkpoint() -> ResponseReturnValue:
    """The last one, as it was signed (C2SP tlog-checkpoint)."""
    if (last := queries.last_checkpoint()) is None:
        raise NotFound
    return _file(last.note.encode(), "text/plain; charset=utf-8", _A_MOMENT)


@bp.get("/journal/tile/<path:tile>", endpoint="tile")
@public
def tile(tile: str) -> ResponseReturnValue:
    """A file of the log (C2SP tlog-tiles)."""
    if not tiles.is_name(tile):
        raise NotFound
    return _file(publishing.read(tile), "application/octet-stream", _FOR_EVER)


@bp.get("/journal/confiance.json", endpoint="trust")
@public
def trust() -> ResponseReturnValue:
    """What a verifier without a network has to believe: keys of the log, roots of the seals."""
    told = jsonify({"log": list(queries.anchors("log")), "seal": list(queries.anchors("seal"))})
    told.headers["Cache-Control"] = _A_MOMENT
    return told


def _file(content: bytes, media_type: str, cache: str) -> Response:
    return Response(content, headers={"Content-Type": media_type, "Cache-Control": cache})

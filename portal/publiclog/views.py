"""The public log, for anybody: its page, its checkpoint, its files, what to believe it by."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from flask import Blueprint, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from portal.kit import limits, streams
from portal.kit.errors import NotFound
from portal.publiclog import publishing, queries, tiles
from portal.publiclog.notes import Checkpoint
from tenants.access import public

bp = Blueprint("publiclog", __name__)

#: A file of the log never changes.
_FOR_EVER = "public, max-age=31536000, immutable"
_A_MOMENT = "public, max-age=30"
#: Entries sent in one piece.
_AT_ONCE: Final = 10_000


@bp.get("/journal", endpoint="page")
@public
def page() -> ResponseReturnValue:
    last = queries.last_checkpoint()
    return render_template(
        "publiclog/page.html",
        last=last,
        size=Checkpoint.parse(last.note).size if last else 0,
        keys=queries.anchors("log"),
        stamped=queries.last_stamped(),
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


@bp.get("/journal/coherence.json", endpoint="growth")
@public
def growth() -> ResponseReturnValue:
    """That the log of today begins with its first ``?de=`` leaves, as they were."""
    limits.count("proof")
    return _told(queries.growth(request.args.get("de", 1, type=int)))


@bp.get("/journal/horodatage.json", endpoint="stamped")
@public
def stamped() -> ResponseReturnValue:
    """A third party's time over a log that begins with its first ``?de=`` leaves (RFC 3161)."""
    limits.count("proof")
    return _told(queries.stamped(request.args.get("de", 1, type=int)))


@bp.get("/journal/entier.bin", endpoint="whole")
@public
def whole() -> ResponseReturnValue:
    """Checkpoint, a zero byte, then every entry it was signed over, 32 bytes each.

    What the verifier without a network reads, to know what became of a document since.
    """
    limits.count("journal")
    if (last := queries.last_checkpoint()) is None:
        raise NotFound
    sent = streams.streamed(_whole(last.note, last.size))
    return Response(
        sent,
        headers={
            "Content-Type": "application/octet-stream",
            "Content-Disposition": 'attachment; filename="treize-journal.bin"',
            "Cache-Control": _A_MOMENT,
        },
    )


@bp.get("/journal/confiance.json", endpoint="trust")
@public
def trust() -> ResponseReturnValue:
    """What a verifier without a network has to believe: keys of the log, roots of the seals."""
    told = jsonify({"log": list(queries.anchors("log")), "seal": list(queries.anchors("seal"))})
    told.headers["Cache-Control"] = _A_MOMENT
    return told


def _whole(note: str, size: int) -> Iterator[bytes]:
    yield note.encode() + b"\0"
    entries = queries.entries(stop=size)
    while some := b"".join(islice(entries, _AT_ONCE)):
        yield some


def _told(found: dict[str, Any] | None) -> Response:
    if found is None:
        raise NotFound
    told = jsonify(found)
    told.headers["Cache-Control"] = _A_MOMENT
    return told


def _file(content: bytes, media_type: str, cache: str) -> Response:
    return Response(content, headers={"Content-Type": media_type, "Cache-Control": cache})

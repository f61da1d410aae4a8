"""« Vérifier »: anybody may ask whether a document is one of ours.  Nothing is written or kept."""

import hashlib
from functools import partial
from typing import Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from portal.attestations import verification
from portal.attestations.verification import Answer, Verification
from portal.attestations.views.blueprint import bp
from portal.kit import limits
from portal.kit.bodies import takes
from portal.kit.i18n import gettext
from tenants.access import public

#: In bytes; ours are a hundred times smaller.
LARGEST: Final = 20_000_000
_PIECE: Final = 256 * 1024
#: So large a file may be, in bytes, for the code in it to be looked for.
READ: Final = 4_000_000


@bp.get("/verifier", endpoint="verify")
@public
def verify() -> ResponseReturnValue:
    sha256, code = request.args.get("sha256", ""), request.args.get("code", "")
    if sha256 or code:
        limits.count("verify")
    found = verification.of(sha256, code, request.args.get("code_lu", ""))
    bad = found is not None and found.answer in {Answer.NO_CODE, Answer.NO_HASH}
    return _page(found), 422 if bad else 200


@bp.post("/verifier", endpoint="verify_file")
@public
@takes(LARGEST)
def verify_file() -> ResponseReturnValue:
    """For browsers without scripts: the file is hashed as it comes, and forgotten."""
    limits.count("verify")
    file, code = request.files.get("file"), request.form.get("code", "")
    if file is None or not file.filename:
        return _page(None, problem=gettext("Choose a file.")), 422
    digest, size = _hashed(file)
    if not size:
        return _page(None, problem=gettext("This file is empty.")), 422
    carried = _carried(file, size) or None
    told = url_for("attestations.verify", sha256=digest, code=code or None, code_lu=carried)
    return redirect(told, 303)


def _hashed(file: FileStorage) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    for piece in iter(partial(file.stream.read, _PIECE), b""):
        digest.update(piece)
        size += len(piece)
    return digest.hexdigest(), size


def _carried(file: FileStorage, size: int) -> str:
    if size > READ:
        return ""
    file.stream.seek(0)
    return verification.carried_by(file.stream.read())


def _page(found: Verification | None, *, problem: str | None = None) -> str:
    return render_template(
        "attestations/verify.html",
        answer=found.answer if found else None,
        document=found.document if found else None,
        code=verification.tidy(request.values.get("code", "")),
        sha256=request.args.get("sha256", ""),
        problem=problem,
        largest=LARGEST,
    )

"""Read and search the guide: open to all under /guide, and inside a tenant beside its rail.

The guide holds nobody's data, so both doors show the same pages.
"""

from collections.abc import Container

from flask import Blueprint, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from portal.guide import exports, loader, queries
from portal.guide.edition import QUESTIONS
from portal.guide.queries import Filters
from portal.kit.errors import NotFound
from portal.kit.pages import is_fragment
from tenants.access import public, requires
from tenants.roles import Permission

bp = Blueprint("guide", __name__, url_prefix="/<tenant_slug>/guide")
open_bp = Blueprint("open_guide", __name__, url_prefix="/guide")
LONGEST_SEARCH = 200


@bp.get("")
@requires(Permission.TENANT_READ)
def index() -> ResponseReturnValue:
    return _index()


@open_bp.get("", endpoint="index")
@public
def open_index() -> ResponseReturnValue:
    return _index()


@bp.get("/questions/<int:number>")
@requires(Permission.TENANT_READ)
def question(number: int) -> ResponseReturnValue:
    return _question(number)


@open_bp.get("/questions/<int:number>", endpoint="question")
@public
def open_question(number: int) -> ResponseReturnValue:
    return _question(number)


@bp.get("/exigences/<code>")
@requires(Permission.TENANT_READ)
def requirement(code: str) -> ResponseReturnValue:
    return _requirement(code)


@open_bp.get("/exigences/<code>", endpoint="requirement")
@public
def open_requirement(code: str) -> ResponseReturnValue:
    return _requirement(code)


@bp.get("/exigences.<any(csv, json):kind>")
@requires(Permission.TENANT_READ)
def export(kind: str) -> ResponseReturnValue:
    return _export(kind)


@open_bp.get("/exigences.<any(csv, json):kind>", endpoint="export")
@public
def open_export(kind: str) -> ResponseReturnValue:
    return _export(kind)


def _filters() -> Filters:
    """The filters of the address; what it does not know, it ignores."""
    edition = loader.current()
    number = request.args.get("question", type=int)
    return Filters(
        q=request.args.get("q", "").strip()[:LONGEST_SEARCH],
        question=number if number in range(1, QUESTIONS + 1) else None,
        bearer=_known("bearer", edition.bearers),
        tier=_known("tier", edition.tiers),
        condition=_known("condition", edition.conditions),
    )


def _known(name: str, allowed: Container[str]) -> str:
    value = request.args.get(name, "")
    return value if value in allowed else ""


def _index() -> ResponseReturnValue:
    edition, filters = loader.current(), _filters()
    template = "guide/_results.html" if is_fragment() else "guide/index.html"
    response = Response(
        render_template(
            template,
            edition=edition,
            numbered=[(q.number, f"{q.number}. {q.short}") for q in edition.questions],
            filters=filters,
            found=queries.requirements(filters),
        )
    )
    response.vary.add("HX-Request")
    return response


def _question(number: int) -> ResponseReturnValue:
    edition = loader.current()
    if not 1 <= number <= QUESTIONS:
        raise NotFound
    return render_template(
        "guide/question.html",
        edition=edition,
        question=edition.question(number),
        requirements=edition.by_question[number],
        also=queries.also_concerned(number),
    )


def _requirement(code: str) -> ResponseReturnValue:
    edition = loader.current()
    if code not in edition.by_code:
        raise NotFound
    before, after = queries.neighbours(code)
    return render_template(
        "guide/requirement.html",
        edition=edition,
        requirement=edition.requirement(code),
        offerings=[o for o in edition.offerings if code in (*o.carries, *o.supports)],
        before=before,
        after=after,
    )


def _export(kind: str) -> ResponseReturnValue:
    edition = loader.current()
    found = queries.requirements(_filters())
    if kind == "csv":
        response = Response(exports.as_csv(edition, found), mimetype="text/csv")
    else:
        response = jsonify(exports.as_json(edition, found))
    name = f"treize-guide-{edition.id}.{kind}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response

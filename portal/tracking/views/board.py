"""« Parc »: what to do first, then one line a client."""

import uuid
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from portal.guide import loader
from portal.kit import clock, csvfile
from portal.kit.folding import fold
from portal.kit.pages import Page, is_fragment, page_number, same_page
from portal.tracking import agenda, board, queries
from portal.tracking.board import BoardFilter
from portal.tracking.forms import BoardForm
from portal.tracking.views.blueprint import bp
from tenants.access import requires
from tenants.roles import Permission

FIRST_THINGS = 4


def wanted_board() -> BoardFilter:
    """The filters of the address; nonsense in one of them leaves that one out."""
    return _read(request.args.to_dict())


def selected(_sender: object, *, query: str) -> Sequence[uuid.UUID]:
    """Every establishment that the board's query string shows, for bulk acts of lower slices."""
    return board.ids(_read(dict(parse_qsl(query))), clock.today())


def _read(args: dict[str, str]) -> BoardFilter:
    try:
        given = BoardForm().load(args)
    except ValidationError as error:
        bad = set(error.messages_dict)
        given = BoardForm().load({k: v for k, v in args.items() if k not in bad})
    return _filter(given)


def _filter(given: dict[str, Any]) -> BoardFilter:
    below = given["below"]
    return BoardFilter(
        text=fold(given["q"]),
        stage=given["stage"],
        managing_body_id=given["body"],
        offering_id=given["offering"],
        region=given["region"],
        state=given["state"],
        below=None if below is None else below * 10,
        question=given["question"],
        sort=given["sort"],
    )


@bp.get("/parc", endpoint="board")
@requires(Permission.FLEET_READ)
def show() -> ResponseReturnValue:
    today = clock.today()
    wanted = wanted_board()
    number = page_number()
    total = board.count(wanted, today)
    lines = board.lines(wanted, today, limit=Page.per_page, offset=(number - 1) * Page.per_page)
    page = Page(lines, number, total)
    shared = {
        "page": page,
        "wanted": wanted,
        "today": today,
        "establishment_base": url_for("tracking.board").rsplit("/", 1)[0] + "/etablissements/",
        "sort_url": lambda key: same_page(sort=key, page=None),
    }
    if is_fragment():
        return render_template("tracking/_board.html", **shared)
    return render_template(
        "tracking/board.html",
        **shared,
        totals=queries.fleet_totals(),
        items=agenda.items(today, limit=FIRST_THINGS),
        choices=board.choices(),
        questions=loader.current().questions,
        by_code=loader.current().by_code,
        filtered=bool(set(request.args) - {"q", "sort", "page"}),
    )


@bp.get("/parc/a-faire", endpoint="agenda")
@requires(Permission.FLEET_READ)
def to_do() -> ResponseReturnValue:
    today = clock.today()
    return render_template(
        "tracking/agenda.html",
        items=agenda.items(today),
        today=today,
        by_code=loader.current().by_code,
    )


_COLUMNS = ("name", "finess", "city", "managing_body", "stage")
_TOTALS = ("declared_total", "proven_total", "recognised_total")
_COUNTS = ("contested_total", "lapsed_total", "unanswered_total", "next_lapse", "next_review")


@bp.get("/parc.csv", endpoint="board_csv")
@requires(Permission.FLEET_READ)
def export() -> ResponseReturnValue:
    """The whole selection, not only the page; scores in per cent."""
    lines = board.lines(wanted_board(), clock.today(), limit=100_000, offset=0)
    head = [*_COLUMNS, *_TOTALS, *_COUNTS, *(f"proven_q{n}" for n in range(1, 14))]
    rows = (
        [
            *(getattr(line, name) for name in _COLUMNS),
            *(_per_cent(getattr(line, name)) for name in _TOTALS),
            *(getattr(line, name) for name in _COUNTS),
            *(_per_cent(value) for value in line.proven or [None] * 13),
        ]
        for line in lines
    )
    return csvfile.attachment("parc.csv", head, rows)


def _per_cent(per_mille: int | None) -> float | None:
    return None if per_mille is None or per_mille < 0 else per_mille / 10

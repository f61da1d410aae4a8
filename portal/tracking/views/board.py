"""« Parc »: what to do first, then one line a client."""

import uuid
from collections.abc import Sequence
from urllib.parse import parse_qsl

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.fleet.models import Stage
from portal.guide import loader
from portal.kit import clock, csvfile
from portal.kit.i18n import gettext
from portal.kit.pages import Page, is_fragment, page_number, same_page
from portal.tracking import agenda, board, kept
from portal.tracking.board import BoardFilter
from portal.tracking.forms import board_filter
from portal.tracking.views.blueprint import bp
from portal.tracking.views.lines import board_lines
from tenants.access import requires
from tenants.roles import Permission

FIRST_THINGS = 4
PROSPECTS = BoardFilter(stage=Stage.PROSPECT)


def wanted_board() -> BoardFilter:
    """The filters of the address; nonsense in one of them leaves that one out."""
    return board_filter(request.args.to_dict())


def selected(_sender: object, *, query: str) -> Sequence[uuid.UUID]:
    """Every establishment that the board's query string shows, for bulk acts of lower slices."""
    return board.ids(board_filter(dict(parse_qsl(query))), clock.today())


@bp.get("/parc", endpoint="board")
@requires(Permission.FLEET_READ)
def show() -> ResponseReturnValue:
    today = clock.today()
    wanted = wanted_board()
    number = page_number()
    moved = kept.mark()
    lines = board.kept_lines(
        wanted, today, moved, limit=Page.per_page, offset=(number - 1) * Page.per_page
    )
    beyond = not lines and number > 1
    total = board.count(wanted, today) if beyond else lines[0].found if lines else 0
    page = Page(lines, number, total)
    shared = {
        "page": page,
        "wanted": wanted,
        "today": today,
        "establishment_base": url_for("tracking.board").rsplit("/", 1)[0] + "/etablissements/",
        "sort_url": lambda key: same_page(sort=key, page=None),
        "board_lines": board_lines,
    }
    if is_fragment():
        return render_template("tracking/_board.html", **shared)
    totals = kept.fleet_totals(moved)
    return render_template(
        "tracking/board.html",
        **shared,
        totals=totals,
        prospects=0 if totals.clients or total else board.count(PROSPECTS, today),
        items=agenda.items(today, moved, limit=FIRST_THINGS),
        choices=board.choices(moved),
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
        items=agenda.items(today, kept.mark()),
        today=today,
        by_code=loader.current().by_code,
    )


_COLUMNS = ("name", "finess", "city", "managing_body")
_TOTALS = ("declared_total", "proven_total", "recognised_total")
_COUNTS = ("contested_total", "lapsed_total", "unanswered_total", "next_lapse", "next_review")


@bp.get("/parc.csv", endpoint="board_csv")
@requires(Permission.FLEET_READ)
def export() -> ResponseReturnValue:
    """The whole selection, not only the page; scores in per cent."""
    lines = board.lines(wanted_board(), clock.today(), limit=100_000, offset=0)
    stages = {Stage.CLIENT: gettext("client"), Stage.PROSPECT: gettext("prospect")}
    rows = (
        [
            *(getattr(line, name) for name in _COLUMNS),
            stages[line.stage],
            *(_per_cent(getattr(line, name)) for name in _TOTALS),
            *(getattr(line, name) for name in _COUNTS),
            *(_per_cent(value) for value in line.proven or [None] * 13),
        ]
        for line in lines
    )
    return csvfile.attachment("parc.csv", _head(), rows)


def _head() -> list[str]:
    return [
        gettext("Establishment"), gettext("FINESS"), gettext("City"), gettext("Managing body"),
        gettext("Client or prospect"),
        gettext("Declared, per cent"), gettext("Proven, per cent"), gettext("Recognised, per cent"),
        gettext("Contested answers"), gettext("Lapsed answers"), gettext("Unanswered"),
        gettext("Next proof to lapse"), gettext("Next review"),
        *(gettext("Proven, question %(number)s", number=number) for number in range(1, 14)),
    ]  # fmt: skip


def _per_cent(per_mille: int | None) -> float | None:
    return None if per_mille is None or per_mille < 0 else per_mille / 10

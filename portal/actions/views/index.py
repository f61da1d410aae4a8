"""« Actions »: what is left everywhere one sees, as a list or as a board."""

import uuid
from datetime import timedelta
from enum import StrEnum
from typing import Any, TypeVar

from flask import render_template, request
from flask.typing import ResponseReturnValue

from portal.actions import queries, words
from portal.actions.models import Priority
from portal.actions.queries import Choice
from portal.contests.models import Side
from portal.fleet import queries as fleet
from portal.kit import clock, csvfile
from portal.kit.i18n import gettext
from portal.kit.pages import PER_PAGE, Page, page_number, same_page
from tenants.access import requires
from tenants.http import current_actor, current_membership, current_tenant
from tenants.roles import Permission

Word = TypeVar("Word", bound=StrEnum)
#: Cards of a column; the list has them all.
MOST = 30
#: How long what is done stays on the board.
RECENT = timedelta(days=30)


@requires(Permission.ACTION_READ)
def show() -> ResponseReturnValue:
    choice, today = _choice(), clock.today()
    as_board = request.args.get("view") == "board"
    number = page_number()
    places = fleet.named([choice.establishment]) if choice.establishment else []
    return render_template(
        "actions/index.html",
        choice=choice,
        as_board=as_board,
        columns=_columns(choice) if as_board else None,
        page=None if as_board else _page(choice, number),
        place=places[0] if places else None,
        counts=queries.counts(today),
        whole=current_membership().whole_tenant,
        me=current_actor().user_id,
        same_page=same_page,
        today=today,
        asked={key: value for key, value in request.args.items() if key not in _SHAPE and value},
    )


_SHAPE = {"view", "page"}


def _page(choice: Choice, number: int) -> Page[Any]:
    rows = queries.page(choice, clock.today(), limit=PER_PAGE, offset=(number - 1) * PER_PAGE)
    return Page(rows, number, rows[0].found if rows else 0)


def _columns(choice: Choice) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {"todo": [], "doing": [], "done": []}
    since = clock.now() - RECENT
    for row in queries.board(choice, clock.today(), since=since, most=MOST):
        columns[row.column].append(row)
    return columns


@requires(Permission.ACTION_READ)
def export() -> ResponseReturnValue:
    """The list as asked for, all of its pages."""
    head = [
        gettext("Establishment"), gettext("Action"), gettext("Code"), gettext("Question"),
        gettext("Whose turn"), gettext("Who"), gettext("Due on"), gettext("Priority"),
        gettext("Effort"), gettext("State"), gettext("Details"),
    ]  # fmt: skip
    rows = queries.page(_choice(), clock.today(), limit=50_000, offset=0)
    said = words.spoken()
    lines = (
        [
            row.place, row.title, row.requirement_code, row.question, said.sides[row.side],
            row.owner_name, row.due_on and row.due_on.isoformat(), said.priorities[row.priority],
            row.effort and said.efforts[row.effort], said.states[row.state], row.note,
        ]
        for row in rows
    )  # fmt: skip
    return csvfile.attachment(f"actions-{current_tenant().slug}.csv", head, lines)


def _choice() -> Choice:
    """What the address asks for; nonsense asks for nothing."""
    args = request.args
    owner = current_actor().user_id if args.get("mine") else args.get("owner", type=uuid.UUID)
    return Choice(
        establishment=args.get("establishment", type=uuid.UUID),
        owner=owner,
        side=_among(Side, args.get("side")),
        priority=_among(Priority, args.get("priority")),
        question=args.get("question", type=_question),
        late=bool(args.get("late")),
        closed=bool(args.get("closed")),
    )


def _question(typed: str) -> int:
    if (number := int(typed)) not in range(1, 14):
        raise ValueError
    return number


def _among(words: type[Word], typed: str | None) -> Word | None:
    return words(typed) if typed in {one.value for one in words} else None

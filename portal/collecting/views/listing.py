"""The list of collections, by state, and as a file; the list of requests as a file."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from portal.collecting import queries as requests
from portal.collecting import recurring_forms as forms
from portal.collecting import recurring_queries as queries
from portal.collecting.models import Collector
from portal.collecting.queries import Line
from portal.collecting.recurring_queries import State
from portal.collecting.words import COLLECTORS, REQUEST_STATES, STATES, request_state
from portal.guide import loader
from portal.kit import clock, csvfile
from portal.kit.i18n import gettext
from portal.kit.pages import PER_PAGE, Page, page_number, same_page
from tenants.access import requires
from tenants.db import AnyRow
from tenants.http import current_actor
from tenants.roles import Permission


@requires(Permission.EVIDENCE_READ)
def index() -> ResponseReturnValue:
    today, number, actor = clock.today(), page_number(), current_actor()
    choice = forms.wanted(request.args.to_dict(), actor.user_id)
    counts = queries.counts(choice, today)
    found = queries.lines(choice, today, offset=(number - 1) * PER_PAGE, limit=PER_PAGE)
    return render_template(
        "collections/index.html",
        page=Page(
            [(row, queries.state_of(row, today)) for row in found], number, counts[choice.state]
        ),
        counts=counts,
        choice=choice,
        tab_url=lambda state: same_page(state=None if state == "live" else state, page=None),
        asked=request.args.to_dict(),
        edition=loader.current(),
        actor=actor,
        today=today,
    )


@requires(Permission.EVIDENCE_READ)
def export() -> ResponseReturnValue:
    """What the page shows, under the same filters."""
    today = clock.today()
    choice = forms.wanted(request.args.to_dict(), current_actor().user_id)
    head = [
        gettext("Proof"), gettext("Requirement"), gettext("For"), gettext("Every (months)"),
        gettext("By whom"), gettext("State"), gettext("Due"), gettext("Link until"),
    ]  # fmt: skip
    rows = [_row(row, queries.state_of(row, today)) for row in queries.lines(choice, today)]
    return csvfile.attachment("collectes.csv", head, rows)


def _row(row: AnyRow, state: State) -> list[object]:
    return [
        row.title,
        row.requirement_code,
        row.place or row.offering or gettext("the whole fleet"),
        row.months,
        row.person_name or gettext(COLLECTORS[Collector.ESTABLISHMENT]),
        gettext(STATES[state]),
        row.turn_due or row.due_on,
        row.request_due,
    ]


@requires(Permission.EVIDENCE_WRITE)
def requests_csv() -> ResponseReturnValue:
    today = clock.today()
    head = [
        gettext("File"), gettext("From whom"), gettext("Address"), gettext("Until"),
        gettext("State"), gettext("Asked by"), gettext("Asked on"), gettext("Requirements"),
        gettext("Received"), gettext("Why refused"),
    ]  # fmt: skip
    lines = requests.lines(offset=0, limit=None)
    told = [_request(line, gettext(REQUEST_STATES[request_state(line, today)])) for line in lines]
    return csvfile.attachment("demandes.csv", head, told)


def _request(line: Line, state: str) -> list[object]:
    row, came = line.request, line.came
    return [
        row.title,
        row.to_name,
        row.to_email,
        row.due_on,
        state,
        row.asked_by_name,
        clock.day_of(row.created_at),
        ", ".join(row.codes),
        came.file_name if came else None,
        row.reason,
    ]

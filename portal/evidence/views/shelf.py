"""« Preuves »: the shelf, by validity."""

from collections.abc import Sequence

from flask import render_template, request
from flask.typing import ResponseReturnValue

from portal.contracts import queries as contracts
from portal.evidence import batches, certificates, forms, holding, intake, shelf
from portal.evidence.shelf import Line, State
from portal.guide import loader
from portal.kit import clock, csvfile
from portal.kit.i18n import gettext
from portal.kit.pages import PER_PAGE, Page, is_fragment, page_number, same_page
from tenants.access import requires
from tenants.http import current_actor
from tenants.roles import Permission


@requires(Permission.EVIDENCE_READ)
def show() -> ResponseReturnValue:
    today, number = clock.today(), page_number()
    filters, state = forms.wanted(request.args.to_dict())
    counts = shelf.counts(filters, today)
    lines = shelf.lines(filters, state, today, offset=(number - 1) * PER_PAGE, limit=PER_PAGE)
    edition = loader.current()
    return render_template(
        "evidence/_shelf.html" if is_fragment() else "evidence/shelf.html",
        page=Page(lines, number, counts[state]),
        counts=counts,
        state=state,
        groups=_groups(lines, state),
        held=holding.held([line.id for line in lines if line.state(today) in _WORN]),
        filtered=any(request.args.get(name) for name in _FILTERS),
        tab_url=lambda name: same_page(state=None if name == "shown" else name, page=None),
        certificates=certificates.choices(),
        offerings=[] if is_fragment() else contracts.on_sale(),
        edition=edition,
        outcomes=[],
        largest=intake.LIMIT,
        most=batches.MOST,
        actor=current_actor(),
        today=today,
    )


#: What lapsed or is about to: the page says what it holds up.
_WORN = (State.LAPSED, State.SOON)
_FILTERS = ("q", "code", "offering", "establishment", "kind", "visibility", "certificate")


def _groups(lines: Sequence[Line], state: State) -> list[tuple[State, list[Line]]]:
    """The lines under the heading of their validity; a single state needs no heading."""
    today = clock.today()
    groups: list[tuple[State, list[Line]]] = []
    for line in lines:
        here = line.state(today) if state is State.SHOWN else state
        if not groups or groups[-1][0] is not here:
            groups.append((here, []))
        groups[-1][1].append(line)
    return groups


@requires(Permission.EVIDENCE_READ)
def export() -> ResponseReturnValue:
    today = clock.today()
    filters, state = forms.wanted(request.args.to_dict())
    head = [
        gettext("Title"), gettext("Kind"), gettext("Visibility"), gettext("Covers from"),
        gettext("Covers until"), gettext("Valid until"), gettext("State"),
        gettext("Requirements"), gettext("Offerings"), gettext("Whole fleet"),
        gettext("Establishments"), gettext("Added by"), gettext("Added on"),
        gettext("Certificate"), gettext("Issued by"), gettext("Number"),
    ]  # fmt: skip
    lines = shelf.lines(filters, state, today)
    return csvfile.attachment(
        "preuves.csv", head, [_row(line, line.state(today)) for line in lines]
    )


def _row(line: Line, state: State) -> list[object]:
    kinds = {"file": gettext("file"), "link": gettext("link"), "note": gettext("note")}
    seen = {
        "provider": gettext("provider only"),
        "clients": gettext("shared with clients"),
        "house": gettext("the establishment alone"),
    }
    states = {
        State.LAPSED: gettext("lapsed"),
        State.SOON: gettext("within 30 days"),
        State.LATER: gettext("valid"),
        State.GONE: gettext("withdrawn or replaced"),
    }
    return [
        line.title,
        kinds[line.kind.value],
        seen[line.visibility.value],
        line.covers_from,
        line.covers_until,
        line.valid_until,
        states[state],
        ", ".join(line.codes),
        ", ".join(line.offerings),
        gettext("yes") if line.for_all else gettext("no"),
        line.establishments,
        line.added_by_name,
        clock.day_of(line.created_at),
        certificates.word(line.certificate) if line.certificate else "",
        line.issuer,
        line.number,
    ]

"""The plan of an establishment as a workbook (Office Open XML)."""

import io
from collections.abc import Iterable
from datetime import date

import xlsxwriter

from portal.actions import words
from portal.actions.models import LIVE
from portal.kit.i18n import gettext
from tenants.db import AnyRow

_WIDTHS = (46, 12, 9, 17, 22, 12, 11, 15, 13, 50)


def written(rows: Iterable[AnyRow], *, today: date) -> bytes:
    """One line an action, dates as dates, what is late in red, filters on.

    Texts stay texts: none is taken for a formula or an address (CWE-1236).
    """
    held = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(held, options) as book:
        sheet = book.add_worksheet(gettext("Plan of action"))
        head = book.add_format({"bold": True, "bottom": 1})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        day = book.add_format({"num_format": "yyyy-mm-dd", "valign": "top"})
        late = book.add_format({"num_format": "yyyy-mm-dd", "valign": "top", "color": "#a3311f"})
        titles = [
            gettext("Action"), gettext("Code"), gettext("Question"), gettext("Whose turn"),
            gettext("Who"), gettext("Due on"), gettext("Priority"), gettext("Effort"),
            gettext("State"), gettext("Details"),
        ]  # fmt: skip
        sheet.write_row(0, 0, titles, head)
        said, last = words.spoken(), 0
        for last, row in enumerate(rows, 1):
            overdue = row.due_on is not None and row.due_on < today and row.state in LIVE
            cells = (
                row.title, row.requirement_code or "", row.question or "", said.sides[row.side],
                row.owner_name, row.due_on or "", said.priorities[row.priority],
                said.efforts[row.effort] if row.effort else "", said.states[row.state], row.note,
            )  # fmt: skip
            for column, value in enumerate(cells):
                if isinstance(value, date):
                    sheet.write_datetime(last, column, value, late if overdue else day)
                else:
                    sheet.write(last, column, value, wrapped)
        for column, width in enumerate(_WIDTHS):
            sheet.set_column(column, column, width)
        sheet.autofilter(0, 0, last, len(_WIDTHS) - 1)
        sheet.freeze_panes(1, 1)
    return held.getvalue()

"""Closing an audit, and its reports: documents that both sides keep."""

import uuid

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.engagements import closing, printing, queries, service
from portal.engagements.forms import CloseForm
from portal.engagements.views.room import marks, opened, room_page
from portal.kit import clock, issued, storage
from portal.kit.errors import DomainError
from portal.kit.form import Form
from portal.kit.handing import File
from portal.kit.i18n import gettext
from tenants.access import requires
from tenants.http import current_actor
from tenants.roles import Permission


@requires(Permission.AUDIT_CONCLUDE)
def close(engagement_id: uuid.UUID) -> ResponseReturnValue:
    found, form = queries.engagement(engagement_id), Form(CloseForm, request.form)
    form.validate()
    try:
        service.close(current_actor(), found)
    except DomainError as error:
        form.blame(error)
        return room_page(found, closing=form), error.status
    flash(gettext("The report is being made: it appears here in a moment."))
    return _there(engagement_id)


@requires(Permission.AUDIT_OPEN)
def remake(engagement_id: uuid.UUID) -> ResponseReturnValue:
    closing.retry(current_actor(), queries.engagement(engagement_id), at=clock.now())
    flash(gettext("It is being tried again: the reports appear here."))
    return _there(engagement_id)


def _there(engagement_id: uuid.UUID) -> ResponseReturnValue:
    return redirect(
        url_for("engagements.room", engagement_id=engagement_id, _anchor="reports"), 303
    )


@requires(Permission.AUDIT_READ)
def download(engagement_id: uuid.UUID, establishment_id: uuid.UUID) -> File:
    """As it was issued, to the byte, or not at all.

    An auditor takes a copy under her own name, where the rules of the audit say so.
    """
    found = queries.engagement(engagement_id)
    report = queries.report(engagement_id, establishment_id)
    key, digest, copied = report.pdf_key, report.pdf_sha256, marks(found)

    def content() -> bytes:
        document = issued.read(storage.current(), key, digest)
        if copied:
            document = printing.copy(report, current_actor().name, at=clock.now())
        opened("engagement.report_taken", found, establishment_id, sha256=digest or "")
        return document

    name = f"{report.number}-copie" if copied else report.number
    return File(f"{name}.pdf", "application/pdf", content)

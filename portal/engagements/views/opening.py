"""Opening an engagement, and ending it."""

import uuid
from datetime import date, timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.engagements import forms, opening, queries, service, terms
from portal.engagements.forms import OpenForm
from portal.guide import loader
from portal.kit import clock, once, unsent
from portal.kit.errors import DomainError
from portal.kit.form import Form
from portal.kit.i18n import gettext
from tenants.access import confirmed, requires, sent_from
from tenants.http import current_actor
from tenants.roles import Permission

_USUAL = timedelta(days=30)


@requires(Permission.AUDIT_OPEN)
@confirmed
def new() -> ResponseReturnValue:
    return _page(unsent.form(OpenForm, "engagements.open"))


def _page(form: Form) -> str:
    today, at = clock.today(), clock.now()
    return render_template(
        "engagements/new.html",
        form=form,
        auditors=queries.auditors(at),
        places=queries.reached(at),
        edition=loader.current(),
        today=today,
        since=date(today.year, 1, 1),
        ends_on=today + _USUAL,
        latest=today + terms.LONGEST,
    )


@requires(Permission.AUDIT_OPEN)
@confirmed
@sent_from("engagements.new")
def open_() -> ResponseReturnValue:
    form = Form(OpenForm, request.form)
    if not form.validate():
        return _page(form), 422
    try:
        made = opening.open_(
            current_actor(),
            forms.terms(form.data),
            at=clock.now(),
            today=clock.today(),
            known_as=once.name_of(current_actor(), form.data),
        )
    except DomainError as error:
        form.blame(error)
        return _page(form), error.status
    flash(gettext("The room is open."))
    return redirect(url_for("engagements.room", engagement_id=made.id), 303)


@requires(Permission.AUDIT_OPEN)
def revoke(engagement_id: uuid.UUID) -> ResponseReturnValue:
    service.revoke(current_actor(), engagement_id, at=clock.now())
    flash(gettext("The audit is over: its auditors see nothing any more."))
    return redirect(url_for("engagements.room", engagement_id=engagement_id), 303)

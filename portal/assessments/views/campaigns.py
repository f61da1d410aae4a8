"""« Auto-évaluations »: how far each client has come, and asking them all for one."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.assessments import queries, service
from portal.assessments.forms import CampaignForm
from portal.assessments.views.blueprint import bp
from portal.kit import clock
from portal.kit.errors import DomainError
from portal.kit.form import Form
from portal.kit.i18n import gettext, ngettext
from portal.kit.pages import Page, page_number
from tenants.access import requires
from tenants.db import AnyRow
from tenants.http import current_actor, current_tenant
from tenants.roles import Permission


@bp.get("/auto-evaluations", endpoint="fleet")
@requires(Permission.FLEET_READ)
def fleet() -> ResponseReturnValue:
    return _shown()


@bp.post("/auto-evaluations", endpoint="campaign")
@requires(Permission.CAMPAIGN_WRITE)
def campaign() -> ResponseReturnValue:
    form = Form(CampaignForm, request.form)
    if not form.validate():
        return _shown(form), 422
    try:
        asked = service.open_campaign(
            current_actor(),
            edition_id=current_tenant().edition_id,
            due_on=form.data["due_on"],
            today=clock.today(),
        )
    except DomainError as error:
        form.blame(error)
        return _shown(form), error.status
    flash(_told(asked))
    return redirect(url_for("assessments.fleet"), 303)


def _told(asked: service.Asked) -> str:
    said = gettext(
        "Asked: %(count)s establishments have a self-assessment to write.", count=asked.places
    )
    if asked.joined:
        said += " " + ngettext(
            "One was at it already: its draft is kept, and told the day.",
            "%(num)s were at it already: their drafts are kept, and told the day.",
            asked.joined,
        )
    return str(said)


def _shown(form: Form | None = None) -> str:
    number = page_number()
    start = (number - 1) * Page.per_page
    rows = queries.progress(limit=Page.per_page, offset=start)
    page: Page[AnyRow] = Page(rows, number, rows[0].found if rows else 0)
    return render_template(
        "assessments/fleet.html",
        page=page,
        form=form,
        today=clock.today(),
        actor=current_actor(),
    )

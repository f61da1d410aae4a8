"""What whoever operates the portal sees and grants, outside any tenant."""

from flask import abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.kit import clock, transactions, unsent
from portal.kit.errors import NotFound, Refused
from portal.kit.form import Form
from portal.kit.i18n import gettext
from portal.kit.pages import PER_PAGE, Page, page_number
from portal.people import forms, operating, plans
from portal.people.plans import Grant
from tenants import queries as tenancy
from tenants.access import confirmed, sent_from, signed_in
from tenants.context import Reach, Scope, entered
from tenants.db import db
from tenants.plans import Plan


def _elsewhere() -> ResponseReturnValue | None:
    """For operators, by two factors; for others there is no such page."""
    if not operating.is_operator(g.user.id):
        raise NotFound
    if not g.sign_in.strong:
        return redirect(url_for("accounts.second_factor", next=url_for("people.operating")), 303)
    return None


@signed_in
def index() -> ResponseReturnValue:
    if (elsewhere := _elsewhere()) is not None:
        return elsewhere
    number = page_number()
    rows = operating.accounts(limit=PER_PAGE, offset=(number - 1) * PER_PAGE)
    page = Page(rows, number, operating.account_count())
    if not page.items and number > 1:
        abort(404)
    return render_template(
        "people/operating.html",
        tenants=operating.tenants(clock.now()),
        page=page,
        today=clock.today(),
    )


@signed_in
@confirmed
def plan(slug: str) -> ResponseReturnValue:
    return _elsewhere() or _page(slug, unsent.form(forms.PlanForm, "people.grant_plan"))


@signed_in
@confirmed
@sent_from("people.plan")
def grant(slug: str) -> ResponseReturnValue:
    if (elsewhere := _elsewhere()) is not None:
        return elsewhere
    form = Form(forms.PlanForm, request.form)
    if not form.validate():
        return _page(slug, form), 422
    if (tenant := tenancy.tenant_by_slug(slug)) is None:
        raise NotFound
    by, name = g.user.name, tenant.name
    scope = Scope(tenant_id=tenant.id, reach=Reach.TENANT, user_id=g.user.id)
    db.session.rollback()
    try:
        with entered(scope), transactions.settled():
            changed = plans.grant(Grant(**form.data), by=by, today=clock.today())
    except Refused as error:
        form.blame(error)
        return _page(slug, form), error.status
    if changed:
        flash(gettext("The plan of %(name)s is kept.", name=name), "success")
    return redirect(url_for("people.operating"), 303)


def _page(slug: str, form: Form) -> str:
    if (tenant := tenancy.tenant_by_slug(slug)) is None:
        raise NotFound
    return render_template(
        "people/plan.html", tenant=tenant, form=form, plans=list(Plan), today=clock.today()
    )

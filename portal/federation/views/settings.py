"""« Connexion par votre annuaire »: an owner says whose word opens the tenant, and tries it."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.federation import discovery, doors, flow, forms, queries, service, words
from portal.federation.discovery import Unreachable
from portal.federation.flow import Purpose
from portal.federation.forms import DirectoryForm
from portal.federation.presets import KNOWN
from portal.federation.service import Setup
from portal.federation.ways import start
from portal.kit import clock, unsent
from portal.kit.errors import DomainError, NotFound, Refused
from portal.kit.form import Form
from portal.kit.i18n import gettext
from tenants.access import confirmed, requires, sent_from
from tenants.http import current_actor, current_tenant
from tenants.roles import Permission


@requires(Permission.TENANT_WRITE)
@confirmed
def show() -> ResponseReturnValue:
    return _page(unsent.form(DirectoryForm, "federation.save"))


@requires(Permission.TENANT_WRITE)
@confirmed
@sent_from("federation.settings")
def save() -> ResponseReturnValue:
    form = Form(DirectoryForm, request.form)
    if not form.validate():
        return _page(form), 422
    try:
        setup = forms.setup(form.data)
        _ask(setup)
        service.set_up(current_actor(), setup, at=clock.now())
    except DomainError as error:
        form.blame(error)
        return _page(form), error.status
    flash(gettext("The directory was saved. Try it before you count on it."))
    return redirect(url_for("federation.settings"), 303)


@requires(Permission.TENANT_WRITE)
@confirmed
@sent_from("federation.settings")
def shut() -> ResponseReturnValue:
    service.shut(current_actor())
    flash(gettext("The directory opens nothing any more. Who came by it is out."))
    return redirect(url_for("federation.settings"), 303)


@requires(Permission.TENANT_WRITE)
@confirmed
def trial() -> ResponseReturnValue:
    row = queries.provider()
    door = doors.of_provider(row, current_tenant().slug) if row else None
    if door is None:
        raise NotFound
    return start(door, Purpose.TEST, target=url_for("federation.settings"))


def _ask(setup: Setup) -> None:
    """Whether somebody answers there as a directory does.  Raises ``Refused``."""
    discovery.forget(setup.issuer)
    try:
        discovery.metadata(setup.issuer, doors.gateway())
    except Unreachable as error:
        raise Refused(
            "This directory cannot be used. %(reason)s",
            field="issuer",
            reason=words.reason(str(error)),
        ) from error


def _page(form: Form) -> str:
    row = queries.provider()
    slug = current_tenant().slug
    door = doors.of_provider(row, slug) if row else None
    found = flow.held(door, Purpose.TEST) if door else None
    return render_template(
        "federation/settings.html",
        form=form,
        row=row,
        lost=row is not None and door is None,
        tenant=current_tenant(),
        known=KNOWN,
        address=doors.way_back(slug),
        sign_in_address=url_for("federation.door", slug=slug, _external=False),
        found=found,
        strong=bool(door and found and door.is_strong(found)),
        linked=queries.linked_people() if row else 0,
    )

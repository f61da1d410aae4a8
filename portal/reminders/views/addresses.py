"""Where reminders are no more sent, and what came back of late."""

import uuid

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.kit.i18n import gettext
from portal.reminders import returns
from portal.reminders.views.blueprint import bp
from tenants.access import requires
from tenants.http import current_actor
from tenants.roles import Permission


@bp.get("/rappels/adresses")
@requires(Permission.TENANT_WRITE)
def addresses() -> ResponseReturnValue:
    """Where reminders are no more sent, and what came back of late."""
    return render_template(
        "reminders/addresses.html", stopped=returns.suppressions(), came_back=returns.recent(50)
    )


@bp.post("/rappels/adresses/<uuid:suppression_id>/reprendre")
@requires(Permission.TENANT_WRITE)
def restore(suppression_id: uuid.UUID) -> ResponseReturnValue:
    address = returns.lift(current_actor(), suppression_id)
    flash(gettext("Reminders are sent to %(address)s again.", address=address))
    return redirect(url_for("reminders.addresses"), 303)

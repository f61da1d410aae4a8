"""The plan of one establishment: on screen, printed, and as a workbook."""

import uuid
from datetime import timedelta
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.actions import queries, report, service, workbooks
from portal.actions.forms import GapsForm
from portal.fleet import queries as fleet
from portal.guide import loader
from portal.kit import clock
from portal.kit.errors import DomainError
from portal.kit.form import Form
from portal.kit.i18n import ngettext
from tenants.access import requires
from tenants.http import current_actor, current_tenant
from tenants.roles import Permission

#: How far back the plan tells what was closed.
RECENT = timedelta(days=365)
#: What the form proposes for gaps.
USUAL = timedelta(days=90)


@requires(Permission.ACTION_READ)
def show(establishment_id: uuid.UUID) -> ResponseReturnValue:
    return _shown(establishment_id, None)


def _shown(establishment_id: uuid.UUID, form: Form | None) -> str:
    place, today, edition = fleet.establishment(establishment_id), clock.today(), loader.current()
    return render_template(
        "actions/plan.html",
        place=place,
        rows=queries.plan(place.id, since=clock.now() - RECENT),
        gaps=queries.gaps(place.id, current_tenant().edition_id),
        by_code=edition.by_code,
        form=form,
        usual=today + USUAL,
        today=today,
    )


@requires(Permission.ACTION_WRITE)
def open_for_gaps(establishment_id: uuid.UUID) -> ResponseReturnValue:
    place, form = fleet.establishment(establishment_id), Form(GapsForm, request.form)
    if not form.validate():
        return _shown(place.id, form), 422
    try:
        opened = service.open_for_gaps(
            current_actor(),
            form.data["codes"],
            establishment_id=place.id,
            due_on=form.data["due_on"],
            edition=loader.current(),
            at=clock.now(),
        )
    except DomainError as error:
        form.blame(error)
        return _shown(place.id, form), error.status
    flash(ngettext("%(num)s action is in the plan.", "%(num)s actions are in the plan.", opened))
    return redirect(url_for("actions.plan", establishment_id=place.id), 303)


@requires(Permission.ACTION_READ)
def document(establishment_id: uuid.UUID) -> ResponseReturnValue:
    given = _given(establishment_id)
    return _file(report.render(**given, at=clock.now()), "application/pdf", given, "pdf")


_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@requires(Permission.ACTION_READ)
def workbook(establishment_id: uuid.UUID) -> ResponseReturnValue:
    given = _given(establishment_id)
    return _file(workbooks.written(given["rows"], today=clock.today()), _XLSX, given, "xlsx")


def _given(establishment_id: uuid.UUID) -> dict[str, Any]:
    place = fleet.establishment(establishment_id)
    return {
        "place": place,
        "provider": current_tenant().name,
        "rows": queries.plan(place.id, since=clock.now() - RECENT),
    }


def _file(content: bytes, kind: str, given: dict[str, Any], ending: str) -> Response:
    name = f"plan-{given['place'].finess or given['place'].id}-{clock.today():%Y-%m-%d}.{ending}"
    return Response(
        content,
        mimetype=kind,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )

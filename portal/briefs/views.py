"""« Synthèse pour le conseil »: ordering it, following it, taking it away."""

import uuid
from functools import partial

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.briefs import content, queries, service
from portal.briefs.models import Brief, BriefState
from portal.guide import loader
from portal.kit import clock, handing, issued, progress, storage
from portal.kit.errors import Conflict, DomainError
from portal.kit.form import Form, FormSchema
from portal.kit.handing import File
from portal.kit.i18n import gettext
from portal.kit.pages import is_fragment
from portal.tracking import sheet
from tenants.access import requires
from tenants.http import current_actor, current_tenant
from tenants.roles import Permission

bp = Blueprint(
    "briefs",
    __name__,
    url_prefix="/<tenant_slug>/etablissements/<uuid:establishment_id>/syntheses",
)


class NotReady(Conflict):
    message = "This document is being made. Come back in a moment."


class OrderForm(FormSchema):
    """Nothing is typed: what is refused is said above the button."""


@bp.get("", endpoint="index")
@requires(Permission.TRACKING_READ)
def index(establishment_id: uuid.UUID) -> ResponseReturnValue:
    return _shown(establishment_id)


@bp.post("", endpoint="order")
@requires(Permission.BRIEF_ORDER)
def order(establishment_id: uuid.UUID) -> ResponseReturnValue:
    at = clock.now()
    try:
        told = content.content(
            establishment_id, provider=current_tenant().name, edition=loader.current(), at=at
        )
    except content.NothingToTell as error:
        return _refused(establishment_id, error)
    brief_id = service.order(
        current_actor(),
        establishment_id=establishment_id,
        edition_id=current_tenant().edition_id,
        content=told,
        today=clock.day_of(at),
        at=at,
    )
    flash(gettext("Your brief is being made, of what this page says now."))
    here = url_for("briefs.show", establishment_id=establishment_id, brief_id=brief_id)
    return redirect(here, 303)


def _refused(establishment_id: uuid.UUID, error: DomainError) -> ResponseReturnValue:
    form = Form(OrderForm)
    form.blame(error)
    return _shown(establishment_id, form), error.status


def _shown(establishment_id: uuid.UUID, form: Form | None = None) -> str:
    return render_template(
        "briefs/index.html",
        establishment=sheet.head(establishment_id),
        briefs=queries.briefs(establishment_id),
        lost=queries.lost,
        now=clock.now(),
        form=form,
        actor=current_actor(),
    )


@bp.get("/<uuid:brief_id>", endpoint="show")
@requires(Permission.TRACKING_READ)
def show(establishment_id: uuid.UUID, brief_id: uuid.UUID) -> ResponseReturnValue:
    """How far it has got; the fragment fetches itself again until it is done."""
    found = queries.brief(establishment_id, brief_id)
    return render_template(
        "briefs/_state.html" if is_fragment() else "briefs/show.html",
        brief=found,
        establishment=sheet.head(establishment_id),
        made=_made(found),
        lost=queries.lost(found, clock.now()),
        now=clock.now(),
        actor=current_actor(),
    )


def _made(found: Brief) -> progress.Progress:
    """Known while a worker is at it; else nothing is told of how far it is."""
    if found.state is not BriefState.REQUESTED:
        return progress.Progress()
    return progress.of(found.id)


@bp.post("/<uuid:brief_id>/relancer", endpoint="retry")
@requires(Permission.BRIEF_ORDER)
def retry(establishment_id: uuid.UUID, brief_id: uuid.UUID) -> ResponseReturnValue:
    service.retry(current_actor(), establishment_id, brief_id, at=clock.now())
    here = url_for("briefs.show", establishment_id=establishment_id, brief_id=brief_id)
    return redirect(here, 303)


@requires(Permission.TRACKING_READ)
def download(establishment_id: uuid.UUID, brief_id: uuid.UUID) -> File:
    """As it was issued, to the byte, or not at all."""
    found = queries.brief(establishment_id, brief_id)
    if found.state is not BriefState.READY or found.pdf_key is None:
        raise NotReady
    content_ = partial(issued.read, storage.current(), found.pdf_key, found.pdf_sha256)
    return File(f"{found.number}.pdf", "application/pdf", content_)


handing.add(bp, "GET", "/<uuid:brief_id>.pdf", "download", download)

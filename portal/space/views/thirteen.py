"""« Votre sécurité en 13 questions »: what the director reads, and who works for her as well."""

import uuid
from collections import Counter

from flask import render_template
from flask.typing import ResponseReturnValue

from portal.guide import loader
from portal.kit import clock
from portal.space import plain
from portal.space.views.blueprint import bp
from portal.tracking import objections, sheet
from tenants.access import requires
from tenants.http import current_actor, current_tenant
from tenants.roles import PROVIDER_ROLES, Permission


@bp.get("/treize-questions", endpoint="thirteen")
@requires(Permission.TRACKING_READ)
def show(establishment_id: uuid.UUID) -> ResponseReturnValue:
    today, actor = clock.today(), current_actor()
    head = sheet.head(establishment_id)
    rows = sheet.rows(establishment_id, current_tenant().edition_id)
    edition = loader.current()
    told = plain.told(edition, rows, today)
    return render_template(
        "space/thirteen.html",
        establishment=head,
        card=head if head.scored else None,
        told=told,
        counts=sum((question.counts for question in told), Counter()),
        awaiting=sum(question.awaiting for question in told),
        contested=objections.of(rows),
        by_code=edition.by_code,
        today=today,
        actor=actor,
        provider=actor.role in PROVIDER_ROLES,
    )

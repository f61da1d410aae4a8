"""The examination of one file: how far it is, trying again, vouching for what it held up."""

import uuid

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.evidence import line, ownership, pipeline, queries
from portal.evidence.line import Standing
from portal.evidence.models import Evidence, State
from portal.kit import clock
from portal.kit.i18n import gettext
from portal.kit.pages import is_fragment
from portal.vault.checks.verdict import Reason
from portal.vault.words import REASONS
from tenants.access import requires
from tenants.http import current_actor
from tenants.roles import Permission


def why(found: Evidence) -> str:
    """Why a file was refused, in words; '' while it was not."""
    if found.state is not State.REJECTED or found.reason is None:
        return ""
    return str(gettext(REASONS[Reason(found.reason)]))


@requires(Permission.EVIDENCE_READ)
def state(evidence_id: uuid.UUID) -> ResponseReturnValue:
    """Where the examination of a file has got, for a page that asks again and again."""
    found = queries.evidence(evidence_id)
    if not is_fragment():
        return redirect(url_for("evidence.show", evidence_id=evidence_id), 303)
    return render_template(
        "evidence/_state.html",
        evidence=found,
        why=why(found),
        opens=ownership.may_open(current_actor(), found),
        proves=not found.proposed and _stands(found) is Standing.CURRENT,
        actor=current_actor(),
        now=clock.now(),
    )


def _stands(found: Evidence) -> Standing:
    """As of today: a period that is over, or has not begun, is examined as any other."""
    return line.standing(found, None, clock.today())


@requires(Permission.EVIDENCE_WRITE)
def vouch(evidence_id: uuid.UUID) -> ResponseReturnValue:
    """That no resident's data is in it; a box left empty says nothing."""
    queries.evidence(evidence_id)
    if not request.form.get("sure"):
        flash(gettext("Tick the box to confirm."), "error")
        return redirect(url_for("evidence.show", evidence_id=evidence_id), 303)
    pipeline.vouch(current_actor(), evidence_id, at=clock.now(), today=clock.today())
    flash(gettext("The file is confirmed: nothing holds it up any more."))
    return redirect(url_for("evidence.show", evidence_id=evidence_id), 303)


@requires(Permission.EVIDENCE_WRITE)
def retry(evidence_id: uuid.UUID) -> ResponseReturnValue:
    """Examine it now: the store of files may have come back."""
    found = ownership.checked(queries.evidence(evidence_id))
    pipeline.retry(current_actor(), found, at=clock.now())
    flash(gettext("A new try begins."))
    return redirect(url_for("evidence.show", evidence_id=evidence_id), 303)

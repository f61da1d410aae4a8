"""Promised work of the rooms: what an auditor asks or finds becomes something to do; reports.

In the scope of the tenant, for an auditor neither sees nor writes actions.  Run twice it finds its
action there: one for each request, one for each finding.
"""

import uuid
from datetime import datetime
from typing import Final

from flask import current_app
from typst import TypstError

from portal.actions import calling as actions
from portal.actions.calling import Call
from portal.actions.models import Origin, Priority
from portal.contests.models import Side
from portal.contracts.models import Bearer
from portal.engagements import closing, issuing, queries, service
from portal.engagements.models import (
    AuditFinding,
    AuditReport,
    AuditRequest,
    Conclusion,
    ReportState,
)
from portal.guide import loader
from portal.kit import clock, outbox, troubles
from portal.kit.setbacks import told_on
from portal.tracking import queries as tracking
from tenants.db import db
from tenants.scoping import find

_PRIORITIES: Final = {
    Conclusion.MAJOR: Priority.HIGH,
    Conclusion.MINOR: Priority.NORMAL,
    Conclusion.OBSERVATION: Priority.LOW,
}


@outbox.job(service.CALL)
def call(held: outbox.Lease) -> None:
    at = clock.now()
    if "request" in held.payload:
        asked = queries.request_that_waits(uuid.UUID(held.payload["request"]))
        if asked is not None:
            actions.call_for(_of_request(asked), at=at)
        return
    found = find(AuditFinding, uuid.UUID(held.payload["finding"]))
    if found is not None:
        _follow(found, at)


@outbox.job(service.CLOSE, seconds=900, tell=closing.tell)
def close(held: outbox.Lease) -> None:
    """Freeze the reports, unless they are: all of them or none, with the end of the audit."""
    found = queries.engagement(uuid.UUID(held.payload["engagement"]))
    closing.close(found, by=held.payload.get("by"), at=clock.now())


@outbox.job(service.REMAKE, seconds=900, tell=closing.tell)
def remake(held: outbox.Lease) -> None:
    """What is made stays as it is: twice is as once."""
    found = queries.engagement(uuid.UUID(held.payload["engagement"]))
    closing.remake(found, at=clock.now())


@outbox.job(
    service.ISSUE,
    seconds=120,
    tell=told_on(AuditReport, "report", {ReportState.ASKED}, given_up=ReportState.FAILED),
)
def issue(held: outbox.Lease) -> None:
    """Make one document, unless it is made.  What trying again cannot mend is marked failed."""
    report_id = uuid.UUID(held.payload["report"])
    try:
        issuing.issue(report_id)
    except (issuing.ChangedSinceFrozen, TypstError) as error:
        db.session.rollback()
        current_app.logger.exception("report %s could not be made", report_id)
        issuing.give_up(report_id, troubles.named(error))


def _follow(found: AuditFinding, at: datetime) -> None:
    """What is conform leaves nothing to do: what an earlier conclusion called for is dropped."""
    if found.conclusion is Conclusion.CONFORM:
        actions.close_sources([found.id], answered=False, at=at)
        return
    actions.call_for(_of_finding(found), at=at)


def _of_request(asked: AuditRequest) -> Call:
    requirement = loader.current().requirement(asked.requirement_code)
    return Call(
        source_id=asked.id,
        origin=Origin.REQUEST,
        establishment_id=asked.establishment_id,
        code=requirement.code,
        question=requirement.question,
        title=requirement.title,
        note=asked.words,
        side=Side.PROVIDER,
        due_on=asked.due_on,
        priority=Priority.HIGH,
        author=asked.asked_by_name,
    )


def _of_finding(found: AuditFinding) -> Call:
    """For whoever bears the requirement there; without a date, which the two sides agree on."""
    requirement = loader.current().requirement(found.requirement_code)
    row = tracking.tracked(found.establishment_id, found.edition_id, found.requirement_code)
    return Call(
        source_id=found.id,
        origin=Origin.FINDING,
        establishment_id=found.establishment_id,
        code=requirement.code,
        question=requirement.question,
        title=requirement.title,
        note=found.words,
        side=Side.ESTABLISHMENT if row.bearer is Bearer.ESTABLISHMENT else Side.PROVIDER,
        due_on=None,
        priority=_PRIORITIES[found.conclusion],
        author=found.found_by_name,
    )

"""What is done in a room: asking, answering, drawing, concluding, replying."""

import uuid

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.engagements import queries, service
from portal.engagements.forms import AnswerForm, AskForm, ConcludeForm, DrawForm, ReplyForm
from portal.engagements.views.room import point_page, room_page
from portal.kit import clock, once
from portal.kit.errors import Conflict, DomainError
from portal.kit.form import Form
from portal.kit.i18n import gettext
from tenants.access import requires
from tenants.http import current_actor
from tenants.roles import Permission


@requires(Permission.AUDIT_CONCLUDE)
def ask(engagement_id: uuid.UUID, establishment_id: uuid.UUID, code: str) -> ResponseReturnValue:
    found, form = queries.engagement(engagement_id), Form(AskForm, request.form)
    queries.place(engagement_id, establishment_id)
    if not form.validate():
        return point_page(engagement_id, establishment_id, code, ask=form), 422
    try:
        service.ask(
            current_actor(),
            found,
            establishment_id=establishment_id,
            code=code,
            words=form.data["words"],
            due_on=form.data["due_on"],
            today=clock.today(),
            known_as=once.name_of(
                current_actor(), form.data, engagement_id, establishment_id, code
            ),
        )
    except DomainError as error:
        form.blame(error)
        return point_page(engagement_id, establishment_id, code, ask=form), error.status
    flash(gettext("Your request is with the provider."))
    return _point(engagement_id, establishment_id, code)


@requires(Permission.AUDIT_CONCLUDE)
def conclude(
    engagement_id: uuid.UUID, establishment_id: uuid.UUID, code: str
) -> ResponseReturnValue:
    found, form = queries.engagement(engagement_id), Form(ConcludeForm, request.form)
    queries.place(engagement_id, establishment_id)
    if not form.validate():
        return point_page(engagement_id, establishment_id, code, conclude=form), 422
    try:
        service.conclude(
            current_actor(),
            found,
            establishment_id=establishment_id,
            code=code,
            conclusion=form.data["conclusion"],
            words=form.data["words"],
            version=form.data["version"],
        )
    except DomainError as error:
        _refused(form, error)
        return point_page(engagement_id, establishment_id, code, conclude=form), error.status
    flash(gettext("Your conclusion is in the record."))
    return _point(engagement_id, establishment_id, code)


def _refused(form: Form, error: DomainError) -> None:
    """What she typed stays; what somebody wrote meanwhile is on the page, and read from now on."""
    form.blame(error)
    if isinstance(error, Conflict):
        for read in ("version", "since"):
            form.typed.pop(read, None)


def _point(engagement_id: uuid.UUID, establishment_id: uuid.UUID, code: str) -> ResponseReturnValue:
    page = url_for(
        "engagements.point",
        engagement_id=engagement_id,
        establishment_id=establishment_id,
        code=code,
    )
    return redirect(page, 303)


@requires(Permission.AUDIT_CONCLUDE)
def draw(engagement_id: uuid.UUID) -> ResponseReturnValue:
    found, form = queries.engagement(engagement_id), Form(DrawForm, request.form)
    if not form.validate():
        return room_page(found, form=form), 422
    try:
        name = once.name_of(current_actor(), form.data, engagement_id)
        service.draw(current_actor(), found, size=form.data["size"], known_as=name)
    except DomainError as error:
        form.blame(error)
        return room_page(found, form=form), error.status
    return redirect(url_for("engagements.room", engagement_id=engagement_id, _anchor="draws"), 303)


@requires(Permission.AUDIT_ANSWER)
def answer(engagement_id: uuid.UUID, request_id: uuid.UUID) -> ResponseReturnValue:
    found, form = queries.engagement(engagement_id), Form(AnswerForm, request.form)
    asked = queries.request(engagement_id, request_id)
    there = (engagement_id, asked.establishment_id, asked.requirement_code)
    if not form.validate():
        return point_page(*there, answer=form, answered=request_id), 422
    try:
        service.answer(
            current_actor(),
            found,
            request_id,
            words=form.data["words"],
            evidence_id=form.data["evidence"],
            at=clock.now(),
        )
    except DomainError as error:
        form.blame(error)
        return point_page(*there, answer=form, answered=request_id), error.status
    flash(gettext("The auditor has your answer."))
    return _point(*there)


@requires(Permission.AUDIT_ANSWER)
def reply(engagement_id: uuid.UUID, finding_id: uuid.UUID) -> ResponseReturnValue:
    found, form = queries.engagement(engagement_id), Form(ReplyForm, request.form)
    one = queries.finding(engagement_id, finding_id)
    there = (engagement_id, one.establishment_id, one.requirement_code)
    if not form.validate():
        return point_page(*there, reply=form), 422
    try:
        service.reply(current_actor(), found, finding_id, **form.data, at=clock.now())
    except DomainError as error:
        _refused(form, error)
        return point_page(*there, reply=form), error.status
    flash(gettext("Your answer stands beside the conclusion."))
    return _point(*there)

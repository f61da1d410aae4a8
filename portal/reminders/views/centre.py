"""« Vos rappels »: what one was told, read or not, and what waits until another day."""

import uuid
from datetime import timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.kit import clock
from portal.kit.errors import Refused
from portal.kit.form import Form, ids_among
from portal.kit.i18n import format_date, gettext, ngettext
from portal.kit.pages import PER_PAGE, Page, page_number, same_page
from portal.reminders import centre as told
from portal.reminders import letter, registry
from portal.reminders.centre import Choice, View
from portal.reminders.forms import DelayForm
from portal.reminders.items import Item
from portal.reminders.kinds import DEFAULTS, Kind
from portal.reminders.models import Notice
from portal.reminders.views.blueprint import bp
from tenants.access import requires
from tenants.http import current_actor, current_membership
from tenants.roles import Permission

_ONE = "/rappels/recus/<uuid:notice_id>"


@bp.get("/rappels/recus")
@requires(Permission.MAILBOX_READ)
def centre() -> ResponseReturnValue:
    today, number, choice = clock.today(), page_number(), _choice()
    rows = told.page(
        current_actor().user_id, choice, today, limit=PER_PAGE, offset=(number - 1) * PER_PAGE
    )
    listed = not current_membership().whole_tenant
    say = letter.Words(today, listed=listed)
    return render_template(
        "reminders/centre.html",
        page=Page(
            [(row.Notice, row.until, row.stands, say.line(_item(row.Notice))) for row in rows],
            number, rows[0].found if rows else 0,
        ),
        choice=choice,
        kinds=[kind.value for kind in DEFAULTS],
        same_page=same_page,
        here=same_page(),
        today=today,
    )  # fmt: skip


def _choice() -> Choice:
    """From the address, so that a reload shows the same; nonsense there asks for nothing."""
    view, kind = request.args.get("vue", ""), request.args.get("genre", "")
    return Choice(
        View(view) if view in [*View] else View.UNREAD,
        Kind(kind) if kind in [*DEFAULTS] else None,
    )


def _item(notice: Notice) -> Item:
    """What the notice told of, to be said again in today's words."""
    return Item(
        notice.subject, notice.subject_id, notice.label, notice.due_on, notice.codes,
        notice.touched, notice.place, notice.place_id,
    )  # fmt: skip


@bp.post(_ONE)
@requires(Permission.MAILBOX_READ)
def open_notice(notice_id: uuid.UUID) -> ResponseReturnValue:
    """Read, and led to where something can be done about it."""
    notice = told.notice(current_actor(), notice_id)
    told.mark(current_actor(), [notice_id], read=True, at=clock.now())
    endpoint, values = registry.remedy(_item(notice), listed=not current_membership().whole_tenant)
    return redirect(url_for(endpoint, **values), 303)


@bp.post("/rappels/recus")
@requires(Permission.MAILBOX_READ)
def mark() -> ResponseReturnValue:
    """Those that were ticked, or all of them, read or unread."""
    read = request.form.get("mark") != "unread"
    ids = None if request.form.get("all") else ids_among(request.form.getlist("ids"))
    changed = told.mark(current_actor(), ids, read=read, at=clock.now())
    if read:
        flash(ngettext("%(num)s reminder read.", "%(num)s reminders read.", changed))
    else:
        flash(ngettext("%(num)s reminder unread.", "%(num)s reminders unread.", changed))
    return _back()


@bp.get(f"{_ONE}/plus-tard")
@requires(Permission.MAILBOX_READ)
def later(notice_id: uuid.UUID) -> ResponseReturnValue:
    return _later(told.notice(current_actor(), notice_id), None)


@bp.post(f"{_ONE}/plus-tard")
@requires(Permission.MAILBOX_READ)
def put_off(notice_id: uuid.UUID) -> ResponseReturnValue:
    notice, form = told.notice(current_actor(), notice_id), Form(DelayForm, request.form)
    if not form.validate():
        return _later(notice, form), 422
    today = clock.today()
    until = form.data["until"] or today + timedelta(days=form.data["wait"])
    try:
        told.put_off(
            notice.user_id, notice.subject, notice.subject_id,
            until=until, today=today, at=clock.now(),
        )  # fmt: skip
    except Refused as error:
        form.blame(error)
        return _later(notice, form), error.status
    undo = url_for("reminders.take_up", notice_id=notice_id)
    flash(
        gettext("You will be told again on %(day)s.", day=format_date(until, "long")),
        f"undo:{undo}",
    )
    return redirect(url_for("reminders.centre"), 303)


@bp.post(f"{_ONE}/reprendre")
@requires(Permission.MAILBOX_READ)
def take_up(notice_id: uuid.UUID) -> ResponseReturnValue:
    notice = told.notice(current_actor(), notice_id)
    told.take_up(notice.user_id, notice.subject, notice.subject_id)
    flash(gettext("You are told of it as before."))
    return _back()


def _later(notice: Notice, form: Form | None) -> str:
    listed = not current_membership().whole_tenant
    today = clock.today()
    line = letter.Words(today, listed=listed).line(_item(notice))
    return render_template("reminders/later.html", notice=notice, line=line, form=form, today=today)


def _back() -> ResponseReturnValue:
    """To the list as it was filtered."""
    view, kind = request.form.get("vue"), request.form.get("genre")
    return redirect(url_for("reminders.centre", vue=view, genre=kind), 303)

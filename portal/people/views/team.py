"""The team and its accesses: who is in, who is invited, who may do what."""

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.config import Settings
from portal.kit import clock, limits, unsent
from portal.kit.errors import DomainError, Refused
from portal.kit.form import Form, ids_among
from portal.kit.i18n import gettext
from portal.people import delivery, forms, queries, rules, service
from portal.people import team as people
from tenants import queries as tenancy
from tenants.access import confirmed, requires, sent_from
from tenants.http import current_actor
from tenants.roles import GRANTS, PROVIDER_ROLES, ROOMS, Permission, Role

#: As many establishments as one access may be limited to by « tick all ».
MOST_TICKED = 1000


@requires(Permission.MEMBER_READ)
def index() -> ResponseReturnValue:
    at, waiting = clock.now(), queries.waiting()
    return render_template(
        "people/team.html",
        team=queries.team(at),
        waiting=waiting,
        delays=delivery.delayed(row for row, _ in waiting),
        grantable=rules.grantable(current_actor()),
        last_day=forms.last_day,
        now=at,
    )


@requires(Permission.MEMBER_READ)
def rights() -> ResponseReturnValue:
    """Who may do what, from the very table that decides it."""
    return render_template("people/rights.html", grants=GRANTS, rooms=ROOMS, roles=list(Role))


@requires(Permission.MEMBER_WRITE)
@confirmed
def new() -> ResponseReturnValue:
    form = unsent.form(forms.InviteForm, "people.invite")
    return _invite_page(form, _picked(form) if form.typed else [])


@requires(Permission.MEMBER_WRITE)
@confirmed
@sent_from("people.new")
def invite() -> ResponseReturnValue:
    form = Form(forms.InviteForm, request.form)
    if searched() is not None:
        return _invite_page(form, _picked(form))
    if not form.validate():
        return _invite_page(form, _picked(form)), 422
    _count_mail()
    try:
        _can_write()
        row = service.invite(
            current_actor(), form.data["email"], forms.access(form.data), at=clock.now()
        )
    except DomainError as error:
        form.blame(error)
        return _invite_page(form, _picked(form)), error.status
    flash(gettext("The invitation leaves for %(address)s.", address=row.email), "success")
    return redirect(url_for("people.team"), 303)


def _count_mail() -> None:
    """Raises ``limits.TooMany``: mails leave for whoever she names."""
    actor = current_actor()
    limits.count("invite", person=str(actor.user_id), tenant=str(actor.tenant_id))


def _can_write() -> None:
    """An invitation that nobody will ever receive is not sent."""
    settings: Settings = current_app.config["SETTINGS"]
    if settings.smtp_url is None and not settings.development:
        raise Refused("No mail server is connected to this portal: no invitation can leave.")


def _invite_page(form: Form, picked: Sequence[queries.Candidate]) -> str:
    return render_template("people/invite.html", **_choice(form, picked), access=None)


def _choice(form: Form, picked: Sequence[queries.Candidate]) -> dict[str, Any]:
    """What the choice of an access is drawn from."""
    today = clock.today()
    return {
        "form": form,
        "picked": picked,
        "roles": rules.grantable(current_actor()),
        "outside": [role for role in Role if role not in PROVIDER_ROLES],
        "tomorrow": today + timedelta(days=1),
        "latest_audit": today + rules.LONGEST_AUDIT,
    }


@requires(Permission.MEMBER_WRITE)
def establishments() -> ResponseReturnValue:
    """The establishments ticked so far, and those that a few letters find."""
    form = Form(forms.AccessForm, request.form)
    return render_template("people/_picked.html", picked=_picked(form))


def searched() -> str | None:
    """What the form's search button asked for: ``find``, ``all``, or nothing."""
    asked = request.form.get("search")
    return asked if asked in {"find", "all"} else None


def _picked(form: Form) -> list[queries.Candidate]:
    ticked = ids_among(form.typed.get("establishments", []))[:MOST_TICKED]
    text = form.typed.get("find", "")
    if searched() == "all":
        found = queries.candidates(ticked, text, limit=MOST_TICKED)
        return [queries.Candidate(it.id, it.name, it.city, ticked=True) for it in found]
    return queries.candidates(ticked, text)


@requires(Permission.MEMBER_WRITE)
@confirmed
@sent_from("people.team")
def resend(invitation_id: uuid.UUID) -> ResponseReturnValue:
    _can_write()
    _count_mail()
    row = service.resend(current_actor(), invitation_id, at=clock.now())
    flash(
        gettext(
            "Another invitation leaves for %(address)s; the earlier link is dead.",
            address=row.email,
        ),
        "success",
    )
    return redirect(url_for("people.team"), 303)


@requires(Permission.MEMBER_WRITE)
@confirmed
@sent_from("people.team")
def withdraw(invitation_id: uuid.UUID) -> ResponseReturnValue:
    row = service.withdraw(current_actor(), invitation_id, at=clock.now())
    flash(gettext("The invitation to %(address)s is withdrawn.", address=row.email), "success")
    return redirect(url_for("people.team"), 303)


@requires(Permission.MEMBER_WRITE)
@confirmed
def member(membership_id: uuid.UUID) -> ResponseReturnValue:
    form = unsent.form(forms.AccessForm, "people.change")
    if form.typed:
        return _member_page(membership_id, form, _picked(form))
    reached = tenancy.reached_establishments(membership_id)
    return _member_page(membership_id, form, queries.candidates(reached, ""))


def _member_page(membership_id: uuid.UUID, form: Form, picked: Sequence[queries.Candidate]) -> str:
    row, person = queries.member(membership_id, clock.now())
    mine = rules.may_grant(current_actor().role, row.role)
    choice = _choice(form, picked)
    return render_template(
        "people/member.html",
        **choice,
        access=row,
        person=person,
        ends_on=forms.last_day(row.ends_at),
        may_change=mine,
        is_self=row.user_id == current_actor().user_id,
    )


@requires(Permission.MEMBER_WRITE)
@confirmed
@sent_from("people.member")
def change(membership_id: uuid.UUID) -> ResponseReturnValue:
    form = Form(forms.AccessForm, request.form)
    if searched() is not None:
        return _member_page(membership_id, form, _picked(form))
    if not form.validate():
        return _member_page(membership_id, form, _picked(form)), 422
    try:
        people.change(current_actor(), membership_id, forms.access(form.data), at=clock.now())
    except DomainError as error:
        form.blame(error)
        return _member_page(membership_id, form, _picked(form)), error.status
    flash(gettext("The access is changed, from the very next page."), "success")
    return redirect(url_for("people.team"), 303)


@requires(Permission.MEMBER_WRITE)
@confirmed
@sent_from("people.member")
def revoke(membership_id: uuid.UUID) -> ResponseReturnValue:
    row = people.revoke(current_actor(), membership_id, at=clock.now())
    if row.user_id == current_actor().user_id:
        return redirect(url_for("accounts.my_access"), 303)
    flash(gettext("The door is shut: this person sees nothing of yours any more."), "success")
    return redirect(url_for("people.team"), 303)

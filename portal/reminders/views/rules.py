"""How a tenant reminds, what its rules would do, and what one wants oneself."""

from collections import Counter
from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.kit import clock
from portal.kit.form import Form
from portal.kit.i18n import gettext
from portal.reminders import forecast, forms, queries, rules, service
from portal.reminders.forecast import Day, Outlook, Proposal
from portal.reminders.forms import ClockForm, RulesForm
from portal.reminders.kinds import DEFAULTS, Kind
from portal.reminders.queries import Recipient
from portal.reminders.views.blueprint import bp
from portal.reminders.views.outlook import MONTH, PEOPLE
from portal.reminders.workdays import Calendar, Zone
from tenants.access import requires
from tenants.http import current_actor, current_membership, current_tenant
from tenants.roles import Permission


@bp.get("/rappels/reglages")
@requires(Permission.MAILBOX_READ)
def wishes() -> ResponseReturnValue:
    """What the tenant reminds of and whom; what one wants oneself."""
    return _wishes(None)


@bp.post("/rappels/reglages")
@requires(Permission.TENANT_WRITE)
def set_rule() -> ResponseReturnValue:
    """Keep the rules, or show what they would do."""
    form = Form(RulesForm, request.form)
    if not form.validate():
        return _wishes(form), 422
    said, chosen = form.data, forms.kind_rules(form.data)
    if request.form.get("try"):
        proposal = Proposal(chosen, Calendar(said["calendar"]), said["weekly_on"])
        return _wishes(form, effect=_effect(proposal))
    rules.set_rule(
        current_actor(),
        calendar=Calendar(said["calendar"]),
        zone=Zone(said["zone"]),
        opens_at=said["opens_at"],
        weekly_on=said["weekly_on"],
    )
    rules.set_kind_rules(current_actor(), chosen)
    flash(gettext("The rules of reminders were saved."))
    return redirect(url_for("reminders.wishes"), 303)


@bp.post("/rappels/les-miens")
@requires(Permission.MAILBOX_READ)
def choose() -> ResponseReturnValue:
    """Every kind that was there to tick and is not ticked is told no more."""
    form = Form(ClockForm, request.form)
    if not form.validate():
        return _wishes(form), 422
    sent, zone = request.form.getlist("kinds"), form.data["clock"]
    offered = _offered()
    wanted = [kind for kind in offered if kind in sent]
    service.choose(current_actor().user_id, wanted=wanted, offered=offered)
    rules.live_by(current_actor(), Zone(zone) if zone else None)
    flash(gettext("Your choice was saved."))
    return redirect(url_for("reminders.wishes"), 303)


def _effect(proposal: Proposal) -> list[tuple[Recipient, int, int]]:
    """How many messages each would have in a month, now and then; those of the provider first."""
    now = clock.now()
    everybody = forecast.people(current_actor().user_id, now, listed=False)
    shown = everybody[:PEOPLE]
    outlook = Outlook(everybody, shown, current_tenant().edition_id, clock.today(), MONTH)
    before, after = forecast.ahead(outlook, [forecast.present(), proposal])
    was, will = _counted(before), _counted(after)
    return [(person, was[person.user_id], will[person.user_id]) for person in shown]


def _counted(days: Sequence[Day]) -> Counter[object]:
    return Counter(digest.person.user_id for day in days for digest in day.digests)


def _offered() -> list[Kind]:
    """What her place here ever tells her of: another place may tell more."""
    found = list(DEFAULTS)
    if current_membership().whole_tenant:
        found.append(Kind.WEEKLY)
    if current_actor().may(Permission.RECORD_TAKE):
        found.append(Kind.ARCHIVE)
    return found


def _wishes(form: Form | None, *, effect: Sequence[object] = ()) -> str:
    actor = current_actor()
    whole = current_membership().whole_tenant
    declined = queries.declined().get(actor.user_id, set())
    rule, said = queries.rule(), queries.kind_rules()
    return render_template(
        "reminders/wishes.html",
        form=form,
        rule=rule,
        whole=whole,
        said=forms.typed(said),
        rules=said,
        effect=effect,
        days=MONTH,
        kinds=[kind.value for kind in DEFAULTS],
        offered=[kind.value for kind in _offered()],
        wanted=[kind.value for kind in Kind if kind not in declined],
        clock=queries.clocks().get(actor.user_id),
        actor=actor,
    )

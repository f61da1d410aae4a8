"""« Qui recevra quoi »: what leaves in the days to come, by the reckoning that sends it."""

from datetime import date
from typing import Final

from flask import render_template, request
from flask.typing import ResponseReturnValue

from portal.kit import clock
from portal.kit.pages import Page, page_number, same_page
from portal.reminders import forecast, letter, registry
from portal.reminders.drafting import Digest
from portal.reminders.forecast import Outlook
from portal.reminders.views.blueprint import bp
from tenants.access import requires
from tenants.http import current_actor, current_membership, current_tenant
from tenants.roles import Permission

#: Each is read in her own scope.
PEOPLE: Final = 25
WEEK, MONTH = 7, 30


@bp.get("/rappels")
@requires(Permission.MAILBOX_READ)
def upcoming() -> ResponseReturnValue:
    """A page of people at a time: everybody of the provider's first."""
    today, listed = clock.today(), not current_membership().whole_tenant
    everybody = forecast.people(current_actor().user_id, clock.now(), listed=listed)
    number = page_number()
    shown = everybody[(number - 1) * PEOPLE : number * PEOPLE]
    days = MONTH if request.args.get("jours") == str(MONTH) else WEEK
    outlook = Outlook(everybody, shown, current_tenant().edition_id, today, days)
    (found,) = forecast.ahead(outlook, [forecast.present()])
    return render_template(
        "reminders/upcoming.html",
        days=[day for day in found if day.digests],
        page=Page(shown, number, len(everybody), PEOPLE),
        say=_words,
        remedy=registry.remedy,
        listed=listed,
        length=days,
        same_page=same_page,
        today=today,
    )


def _words(digest: Digest, day: date) -> letter.Words:
    """As the message of that day will say it."""
    return letter.Words(day, listed=digest.person.listed, raised=digest.raised)

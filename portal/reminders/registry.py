"""Every source of reminders.  A further kind is one more line here (see ``kinds``)."""

from typing import Final

from portal.reminders import lapsing, waiting
from portal.reminders.items import Item, Place, Window, ranked
from tenants.context import Reach

SOURCES: Final = (lapsing.SOURCE, waiting.ACTIONS, waiting.CONTESTS, waiting.FILES, waiting.TURNS)
_BY_SUBJECT: Final = {subject: source for source in SOURCES for subject in source.subjects}


def items(window: Window) -> list[Item]:
    """All that is due in the window for the current scope, worst first."""
    found = [item for source in SOURCES for item in source.read(window)]
    return ranked(found, window.today)


def remedy(item: Item, *, listed: bool) -> Place:
    """Where something can be done about it.  ``listed``: its reader looks after establishments."""
    return _BY_SUBJECT[item.subject].remedy(item, Reach.LISTED if listed else Reach.TENANT)

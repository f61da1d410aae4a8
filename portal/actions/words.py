"""The words of actions for files; pages take theirs from templates."""

from collections.abc import Mapping
from dataclasses import dataclass

from portal.actions.models import Effort, Priority, State
from portal.contests.models import Side
from portal.kit.i18n import gettext


@dataclass(frozen=True)
class Words:
    sides: Mapping[Side, str]
    states: Mapping[State, str]
    priorities: Mapping[Priority, str]
    efforts: Mapping[Effort, str]


def spoken() -> Words:
    """In the reader's language."""
    return Words(
        sides={
            Side.PROVIDER: gettext("the provider"),
            Side.ESTABLISHMENT: gettext("the establishment"),
        },
        states={
            State.TODO: gettext("to do"),
            State.DOING: gettext("under way"),
            State.DONE: gettext("done"),
            State.DROPPED: gettext("dropped"),
        },
        priorities={
            Priority.HIGH: gettext("high"),
            Priority.NORMAL: gettext("normal"),
            Priority.LOW: gettext("low"),
        },
        efforts={
            Effort.HOURS: gettext("a few hours"),
            Effort.DAYS: gettext("a few days"),
            Effort.WEEKS: gettext("a few weeks"),
        },
    )

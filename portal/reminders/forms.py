"""What is typed about how a tenant reminds, and about when one wants to be reminded again."""

import re
from collections.abc import Mapping
from datetime import time
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from portal.kit.form import FormSchema, among
from portal.reminders.kinds import DEFAULTS, EARLIEST, LATEST, LONGEST_GAP, Kind, KindRules, Rung
from portal.reminders.queries import OPENS_AT
from portal.reminders.workdays import Calendar, Zone

_KNOWN = among(Calendar)
_ZONE = among(Zone)
_DAYTIME = validate.Range(
    time(5), time(20), error="Choose an hour between 05:00 and 20:00: reminders wake nobody up."
)
_WEEKDAY = among(range(5))
_GAP = validate.Range(0, LONGEST_GAP, error="Write a number of days between 0 and 120.")
#: More moments than that, and nobody reads any.
_MOST_STEPS = 6


class Days(fields.Field[tuple[int, ...]]):
    """Numbers of days, separated by commas or blanks; none is none.  ``most``: the greatest."""

    def __init__(self, most: int, **given: Any) -> None:
        super().__init__(load_default=(), **given)
        self._most = most

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> tuple[int, ...]:
        written = re.split(r"[\s,;]+", str(value).strip(" ,;"))
        if not all(re.fullmatch(r"[0-9]{1,3}", one) for one in written):
            raise ValidationError("Write numbers of days, separated by commas.")
        days = {int(one) for one in written}
        if max(days) > self._most:
            raise ValidationError("That is too far from the day itself.")
        return tuple(sorted(days, reverse=True))


class RuleForm(FormSchema):
    """Calendar and hours, then the rules of each kind; a gap left blank: never told."""

    calendar = fields.String(required=True, validate=_KNOWN)
    zone = fields.String(load_default=Zone.PARIS, validate=_ZONE)
    opens_at = fields.Time("%H:%M", load_default=OPENS_AT, validate=_DAYTIME)
    weekly_on = fields.Integer(load_default=None, validate=_WEEKDAY)

    @validates_schema
    def _climbs(self, data: Mapping[str, Any], **_: Any) -> None:
        """What goes up reaches those above after those below."""
        for kind in DEFAULTS:
            told = [
                data.get(f"{kind}_{rung}") for rung in (Rung.TECHNICIAN, Rung.MANAGER, Rung.OWNER)
            ]
            gaps = [gap for gap in told if gap is not None]
            if gaps != sorted(gaps):
                raise ValidationError(
                    "Each is told no sooner than those before.", f"{kind}_{Rung.OWNER}"
                )
            if len(_steps(data, kind)) > _MOST_STEPS:
                raise ValidationError("Six moments at most.", f"{kind}_before")


def _with_kinds() -> type[FormSchema]:
    kinds: dict[str, Any] = {}
    for kind in DEFAULTS:
        kinds[f"{kind}_before"] = Days(EARLIEST)
        kinds[f"{kind}_after"] = Days(-LATEST)
        for rung in Rung:
            kinds[f"{kind}_{rung}"] = fields.Integer(load_default=None, validate=_GAP)
    return type("RulesForm", (RuleForm,), kinds)


RulesForm = _with_kinds()


def kind_rules(data: Mapping[str, Any]) -> dict[Kind, KindRules]:
    """What a valid form says of each kind."""
    return {
        kind: KindRules(_steps(data, kind), {rung: data[f"{kind}_{rung}"] for rung in Rung})
        for kind in DEFAULTS
    }


def typed(rules: Mapping[Kind, KindRules]) -> dict[str, str]:
    """The form's fields as the rules have them."""
    said: dict[str, str] = {}
    for kind, each in rules.items():
        said[f"{kind}_before"] = ", ".join(str(step) for step in each.steps if step >= 0)
        said[f"{kind}_after"] = ", ".join(str(-step) for step in each.steps if step < 0)
        for rung in Rung:
            gap = each.gaps[rung]
            said[f"{kind}_{rung}"] = "" if gap is None else str(gap)
    return said


def _steps(data: Mapping[str, Any], kind: Kind) -> tuple[int, ...]:
    after = {-days for days in data.get(f"{kind}_after", ()) if days}
    return tuple(sorted({*data.get(f"{kind}_before", ()), *after}, reverse=True))


class ClockForm(FormSchema):
    """Left blank: the tenant's."""

    clock = fields.String(load_default=None, validate=_ZONE)


class DelayForm(FormSchema):
    """A day, or one of a few waits."""

    until = fields.Date(
        load_default=None, error_messages={"invalid": "Write the day as it is in the calendar."}
    )
    wait = fields.Integer(load_default=7, validate=among([1, 3, 7, 14, 30]))

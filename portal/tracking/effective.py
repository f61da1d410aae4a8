"""The effective state of tracked requirements, kept by set-based SQL.

Effective = the establishment's own entry if it has one, else the best statement among its active
contracts, else unknown.  A thousand inheriting clients move in one statement.

The rows to change are locked and remembered by their place (``ctid``) rather than joined again by
their keys: without fresh statistics such a join is planned for one row and loops over thousands.
"""

import functools
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import TextClause, text

from portal.kit import arrays
from portal.tracking import effective_sql as sql
from portal.tracking.models import Status
from tenants.context import current_tenant_id
from tenants.db import db


@dataclass(frozen=True)
class Area:
    """Which rows to recompute; ``None`` means all of the tenant's."""

    edition_id: str
    establishments: Sequence[uuid.UUID] | None = None
    codes: Sequence[str] | None = None

    @property
    def broad(self) -> bool:
        """Whether it covers enough rows for the plan of its statements to matter."""
        return self.establishments is None or len(self.establishments) > _FEW


_FEW = 10
#: Around these signs PostgreSQL needs none; no text that our statements quote holds such a sign.
_BLANKS = re.compile(r" ?([,=()*/+<>]) ?")
_ANY_JOIN = text(
    "SELECT set_config('enable_nestloop', :allowed, true),"
    " set_config('enable_mergejoin', :allowed, true),"
    " set_config('plan_cache_mode', :plans, true)"
)


def _those(values: Sequence[object] | None, name: str, kind: str) -> str:
    """How a column is held to values: not at all, to one, or to some.

    One alone is said as such, for the plan of it can be kept.
    """
    if values is None:
        return ""
    return f"= :{name}" if len(values) == 1 else f"= ANY(CAST(:{name} AS {kind}[]))"


@functools.cache
def _written(template: str, ests: str, codes: str) -> tuple[TextClause, frozenset[str]]:
    """The statement with the conditions its area needs, and the names of its parameters.

    Written per kind of area: a filter left open for NULL would cost the index.  In as few
    characters as it takes: beyond 4,096 the driver reads a statement anew each time it is sent.
    """
    linked = f"AND (l.establishment_id IS NULL OR l.establishment_id {ests})" * bool(
        ests
    ) + f" AND l.requirement_code {codes}" * bool(codes)
    place = "t.tenant_id = :tenant AND t.edition_id = :edition" + (
        f" AND t.establishment_id {ests}" * bool(ests)
    )
    written = template.format(
        active=sql.ACTIVE.format(contracted=f"AND c.establishment_id {ests}" * bool(ests)),
        bearers=sql.BEARERS,
        best=sql.BEST.format(stated=f"AND s.requirement_code {codes}" * bool(codes)),
        links=sql.LINKS.format(linked=linked),
        judged=sql.JUDGED,
        place=place,
        codes=codes or "IS NOT NULL",
        area=place + f" AND t.requirement_code {codes}" * bool(codes),
        clients=f" AND e.id {ests}" * bool(ests),
    )
    statement = text(_BLANKS.sub(r"\1", " ".join(written.split())))
    return statement, frozenset(statement.compile().params)


def _bound(values: Sequence[object] | None) -> object:
    if values is None:
        return None
    return values[0] if len(values) == 1 else arrays.literal(values)


def run(template: str, area: Area, today: date, **said: object) -> None:
    """Execute a set-based statement of this slice over ``area``; ``said`` are its own values."""
    statement, needed = _written(
        template, _those(area.establishments, "ests", "uuid"), _those(area.codes, "codes", "text")
    )
    values = {
        "tenant": current_tenant_id(),
        "edition": area.edition_id,
        "ests": _bound(area.establishments),
        "codes": _bound(area.codes),
        "today": today,
        **said,
    }
    bound = {name: values[name] for name in needed}
    if not area.broad:
        db.session.execute(statement, bound)
        return
    # The rows of a fleet that was just imported have no statistics yet: the planner would believe
    # in a handful of them and loop over thousands, minutes instead of milliseconds.  A merge on the
    # code alone is as bad: only a hash sees both keys.  Nor may a plan serve that was made, and
    # kept, for a few rows.
    db.session.execute(_ANY_JOIN, {"allowed": "off", "plans": "force_custom_plan"})
    db.session.execute(statement, bound)
    db.session.execute(_ANY_JOIN, {"allowed": "on", "plans": "auto"})


def open_files(area: Area, today: date) -> None:
    """Give each client of the area its tracked rows; those there already stay as they are."""
    run(sql.OPEN, area, today)
    run(sql.APPLY, area, today)


def apply_conditions(area: Area, today: date) -> None:
    """Tell which requirements count, after a change of tier or conditions."""
    run(sql.APPLY, area, today)


def share_out(area: Area, today: date) -> None:
    """Tell who bears each requirement, after a change of contracts or offerings."""
    run(sql.BEAR, area, today)


def follow(area: Area, today: date) -> None:
    """Let the rows without an own entry follow the best statement of their contracts.

    Tells what is proven as well: needs a whole-tenant scope, as ``prove`` does.
    """
    run(sql.FOLLOW, area, today)


def fall_back(area: Area, today: date) -> None:
    """Let the area's rows follow the best statement, own entries with the others."""
    run(sql.FALL_BACK, area, today)


def prove(area: Area, today: date) -> None:
    """Tell which rows are proven on ``today``.

    Needs a whole-tenant scope: a listed one does not see every proof and would judge too harshly.
    """
    run(sql.PROVE, area, today)


def except_(
    area: Area,
    *,
    status: Status,
    note: str,
    reviewed_on: date,
    review_due: date,
    today: date,
    house: str | None = None,
) -> None:
    """Give the area's rows a state of their own, and tell whether it is proven.

    ``house`` names who of the establishment says so.  Needs a whole-tenant scope to tell what is
    proven, as ``prove`` does.
    """
    run(
        sql.EXCEPT,
        area,
        today,
        status=status.value,
        note=note,
        house=house,
        reviewed_on=reviewed_on,
        review_due=review_due,
    )

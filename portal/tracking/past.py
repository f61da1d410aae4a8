"""What stood on an earlier day: each state, each evening it was another than the evening before.

Whoever changes a tracked requirement counts its scores afterwards, in the same transaction: the
statement that counts keeps the past as well, whatever the size of the area.  The journal could not
tell it: a state moves by contracts, by other offerings' words, by the passing of time, and what a
deed said may be erased with whom it names.  Here is nobody's name, and nothing is ever erased.

A day is a civil day in France and ends as its last change left it.  What lapsed is told by its own
dates (:func:`as_of`), not by when the nightly sweep came round to it.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import distinct_on, insert

from portal.tracking.models import Statement, StatementPast, TrackedPast
from tenants.context import current_tenant_id
from tenants.db import db

_STATE = """jsonb_build_object(
    'applies', applies, 'status', status, 'origin', origin, 'offering', offering_id,
    'bearer', bearer, 'note', note, 'reviewed_on', reviewed_on, 'review_due', review_due,
    'proven', proven, 'proof_until', proof_until, 'verdict', verdict, 'recognised', recognised,
    'verdict_at', verdict_at, 'reason', verdict_reason)"""
#: Remembers what the area's rows have become, where they have become something else: the end of a
#: statement that reads them, and more, as ``row`` (``scores_sql``).
KEPT = f"""
    now AS MATERIALIZED (
        SELECT establishment_id, requirement_code, question, {_STATE} AS state
          FROM row WHERE requirement_code {{codes}}
    ),
    last AS (
        SELECT DISTINCT ON (1, 2) establishment_id, requirement_code, state
          FROM tracked_past t WHERE {{area}}
         ORDER BY 1, 2, since DESC
    )
    INSERT INTO tracked_past (tenant_id, establishment_id, edition_id, requirement_code, since,
                              question, state)
    SELECT :tenant, establishment_id, :edition, requirement_code, :today, question, now.state
      FROM now LEFT JOIN last USING (establishment_id, requirement_code)
     WHERE last.state IS DISTINCT FROM now.state
    ON CONFLICT (tenant_id, establishment_id, edition_id, requirement_code, since)
    DO UPDATE SET state = EXCLUDED.state, question = EXCLUDED.question
"""  # noqa: S608 -- nothing but the text above


def keep_words(statement: Statement, today: date) -> None:
    """Remember what a provider says from today on."""
    said = {"status": statement.status, "text": statement.text}
    db.session.execute(
        insert(StatementPast)
        .values(
            tenant_id=current_tenant_id(),
            offering_id=statement.offering_id,
            edition_id=statement.edition_id,
            requirement_code=statement.requirement_code,
            since=today,
            **said,
        )
        .on_conflict_do_update(
            index_elements=[
                "tenant_id", "offering_id", "edition_id", "requirement_code", "since",
            ],
            set_=said,
        )
    )  # fmt: skip


_WORDS = text("""
    SELECT DISTINCT ON (offering_id, requirement_code) offering_id, requirement_code, text
      FROM statement_past
     WHERE tenant_id = :tenant AND edition_id = :edition AND since <= :day
     ORDER BY offering_id, requirement_code, since DESC
""")


def as_of(
    establishment_id: UUID, edition_id: str, day: date, *, codes: Collection[str]
) -> Mapping[str, dict[str, Any]]:
    """How these requirements stood there on the evening of ``day``, by code.

    A code is missing of which the record does not go back so far: what stands today is never
    told in its place.  Dates are in ISO form; ``text`` is what was declared or written there.
    """
    return all_as_of([establishment_id], edition_id, day, codes=codes)[establishment_id]


def all_as_of(
    establishment_ids: Collection[UUID], edition_id: str, day: date, *, codes: Collection[str]
) -> Mapping[UUID, Mapping[str, dict[str, Any]]]:
    """The same for many establishments, read at once."""
    p = TrackedPast
    rows = db.session.execute(
        select(p.establishment_id, p.requirement_code, p.since, p.state)
        .ext(distinct_on(p.establishment_id, p.requirement_code))
        .where(
            p.establishment_id.in_(establishment_ids),
            p.edition_id == edition_id,
            p.requirement_code.in_(codes),
            p.since <= day,
        )
        .order_by(p.establishment_id, p.requirement_code, p.since.desc())
    ).all()
    words = _words(edition_id, day) if rows else {}
    found: dict[UUID, dict[str, dict[str, Any]]] = {one: {} for one in establishment_ids}
    for place, code, since, state in rows:
        found[place][code] = _told(code, since, state, words, day)
    return found


def _words(edition_id: str, day: date) -> dict[tuple[str, str], str]:
    found = db.session.execute(
        _WORDS, {"tenant": current_tenant_id(), "edition": edition_id, "day": day}
    )
    return {(str(row.offering_id), row.requirement_code): row.text for row in found}


def _told(
    code: str,
    since: date,
    state: dict[str, Any],
    words: Mapping[tuple[str, str], str],
    day: date,
) -> dict[str, Any]:
    """The state as it stood on that day, worn down by its own dates."""
    last_days = [state["proof_until"], state["review_due"]]
    worn = any(last is not None and date.fromisoformat(last) < day for last in last_days)
    inherited = state["origin"] == "statement"
    return {
        **state,
        "since": since,
        "proven": state["proven"] and not worn,
        "recognised": state["recognised"] and not worn,
        "text": words.get((state["offering"] or "", code), "") if inherited else state["note"],
    }


def begins(establishment_ids: Sequence[UUID]) -> date | None:
    """The first day that the record of these establishments can tell."""
    return db.session.scalar(
        select(func.min(TrackedPast.since)).where(
            TrackedPast.establishment_id.in_(establishment_ids)
        )
    )

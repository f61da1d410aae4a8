"""Opening contests, speaking in them, settling them.

Nobody opens or settles one by hand: they follow the verdicts and what is declared.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text

from portal.audit import service as audit
from portal.contests import queries
from portal.contests.models import Contest, ContestMessage, Outcome, Side
from portal.contests.signals import contest_closed, contest_opened, contest_pressed
from portal.guide import loader
from portal.kit import arrays
from portal.kit.errors import Refused
from portal.tracking.models import Status
from tenants.access import Actor
from tenants.context import current_tenant_id
from tenants.db import db
from tenants.roles import PROVIDER_ROLES

LONGEST = 4000
#: Work promised once for what versions before left out.
MEND: Final = "contests.mend"

#: A contest holds while one of its points is still contested and still said as it was then.
#: One that ended by a changed word opens again when the word is taken back, unless the house has
#: thought again meanwhile.
_SETTLE = """
    WITH known AS (
        SELECT c.id, c.closed_at,
               COALESCE(bool_or(t.verdict = 'contested' AND t.status = c.said ->> code
                                AND (c.closed_at IS NULL OR t.verdict_at <= c.closed_at)),
                        FALSE) AS holds,
               COALESCE(bool_or(t.verdict = 'contested'), FALSE) AS contested
          FROM contest c
         CROSS JOIN LATERAL unnest(c.codes) code
          LEFT JOIN tracked_requirement t
            ON t.tenant_id = :tenant AND t.establishment_id = c.establishment_id
           AND t.edition_id = c.edition_id AND t.requirement_code = code
         WHERE c.tenant_id = :tenant {places}
           AND (c.closed_at IS NULL OR c.outcome = 'changed')
         GROUP BY c.id, c.closed_at
    )
    UPDATE contest c
       SET closed_at = CASE WHEN k.holds THEN NULL ELSE CAST(:at AS timestamptz) END,
           outcome = CASE WHEN k.holds THEN NULL
                          WHEN k.contested THEN 'changed' ELSE 'withdrawn' END,
           updated_at = now()
      FROM known k
     WHERE c.tenant_id = :tenant AND c.id = k.id AND k.holds = (k.closed_at IS NOT NULL)
    RETURNING c.id, c.outcome
"""
_ORPHANS = text("""
    SELECT t.establishment_id, t.edition_id, t.requirement_code AS code, t.status,
           t.verdict_reason, t.verdict_by_name, t.verdict_at
      FROM tracked_requirement t
      JOIN establishment e ON e.tenant_id = :tenant AND e.id = t.establishment_id
     WHERE t.tenant_id = :tenant AND t.verdict = 'contested' AND e.archived_at IS NULL
       AND NOT EXISTS (SELECT 1 FROM contest c
                        WHERE c.tenant_id = :tenant AND c.establishment_id = t.establishment_id
                          AND c.edition_id = t.edition_id AND c.closed_at IS NULL
                          AND c.said ->> t.requirement_code = t.status)
     ORDER BY t.establishment_id, t.edition_id, t.verdict_at, t.requirement_code
""")
_EVERYWHERE = text(_SETTLE.format(places=""))
_THERE = text(_SETTLE.format(places="AND c.establishment_id = ANY(CAST(:places AS uuid[]))"))


def open_(
    actor: Actor,
    *,
    establishment_id: uuid.UUID,
    edition_id: str,
    said: dict[str, Status],
    reason: str,
    at: datetime,
) -> None:
    """Open a contest of these points, or add to those that are open on them already.

    A point that is said otherwise than it was in an open contest begins one of its own: the other
    ends with what else it is about, and would leave the new word without an answer.
    """
    fresh = {code: status.value for code, status in said.items()}
    for contest in queries.open_at(establishment_id, edition_id):
        if shared := contest.said.items() & said.items():
            _write(actor, contest, reason, at)
            contest_pressed.send(contest=contest, reason=reason)
            for code, _ in shared:
                fresh.pop(code, None)
    if fresh:
        _begin((establishment_id, edition_id), fresh, reason=reason, by=actor.name, at=at)


def mend(*, at: datetime) -> None:
    """Give what is contested without a thread the one that it should have had.

    In the words, by the name and from the moment of the verdict itself; what is to be done about it
    is opened now.  Points that were contested together share it.  Twice opens nothing.
    """
    settle(None, at=at)
    together: dict[tuple[Any, ...], dict[str, str]] = {}
    by_code = loader.current().by_code
    for row in db.session.execute(_ORPHANS, {"tenant": current_tenant_id()}).all():
        if row.code not in by_code:
            continue
        question = by_code[row.code].question
        place = (row.establishment_id, row.edition_id)
        shared = (place, question, row.verdict_reason, row.verdict_by_name, row.verdict_at)
        together.setdefault(shared, {})[row.code] = row.status
    for (place, _, reason, by, since), said in together.items():
        _begin(place, said, reason=reason, by=by or "", at=since or at)


def _begin(
    place: tuple[uuid.UUID, str], said: dict[str, str], *, reason: str, by: str, at: datetime
) -> None:
    contest = Contest(
        establishment_id=place[0],
        edition_id=place[1],
        question=loader.current().requirement(min(said)).question,
        codes=sorted(said),
        said=said,
        reason=reason,
        opened_by_name=by,
        opened_at=at,
    )
    db.session.add(contest)
    db.session.flush()
    contest_opened.send(contest=contest)


def settle(places: Sequence[uuid.UUID] | None, *, at: datetime) -> None:
    """Close what no longer holds, open again what holds anew; ``None``: everywhere."""
    if places is not None and not places:
        return
    bound: dict[str, Any] = {"tenant": current_tenant_id(), "at": at}
    if places is not None:
        bound["places"] = arrays.literal(places)
    moved = db.session.execute(_EVERYWHERE if places is None else _THERE, bound).all()
    if not moved:
        return
    db.session.expire_all()
    for outcome in Outcome:
        if ended := [row.id for row in moved if row.outcome == outcome.value]:
            contest_closed.send(contest_ids=ended, outcome=outcome)
    for row in moved:
        if row.outcome is None and (
            contest := db.session.get(Contest, (current_tenant_id(), row.id))
        ):
            contest_opened.send(contest=contest)


def answer(
    actor: Actor,
    *,
    establishment_id: uuid.UUID,
    contest_id: uuid.UUID,
    body: str,
    at: datetime,
) -> None:
    """Say something in a contest, even a settled one."""
    if not body:
        raise Refused("Write a few words first.", field="body")
    contest = queries.contest(establishment_id, contest_id)
    _write(actor, contest, body, at)
    audit.record(
        actor,
        "contest.answered",
        subject="establishment",
        subject_id=establishment_id,
        establishment_id=establishment_id,
        requirement_code=contest.codes[0] if len(contest.codes) == 1 else None,
        question=contest.question,
        text=body,
    )


def _write(actor: Actor, contest: Contest, body: str, at: datetime) -> None:
    side = Side.PROVIDER if actor.role in PROVIDER_ROLES else Side.ESTABLISHMENT
    db.session.add(
        ContestMessage(
            establishment_id=contest.establishment_id,
            contest_id=contest.id,
            side=side,
            author_name=actor.name,
            body=body,
            written_at=at,
        )
    )
    db.session.flush()

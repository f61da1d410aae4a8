"""What a closing report says of each establishment: the page and the JSON within say the same."""

import json
import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from portal.engagements import proofs, queries, reading
from portal.engagements.models import AuditFinding, AuditRequest, Engagement
from portal.engagements.proofs import Proof
from portal.engagements.reading import Sheet
from portal.guide import loader
from portal.kit import clock
from portal.tracking.models import Verdict
from tenants import queries as tenancy
from tenants.context import current_tenant_id
from tenants.db import AnyRow

FORMAT: Final = "treize-audit-report/1"


@dataclass(frozen=True)
class _Said:
    """All that was said in an audit, read once for all of its reports."""

    findings: Mapping[uuid.UUID, Mapping[str, AuditFinding]]
    requests: Mapping[uuid.UUID, Sequence[AuditRequest]]
    answers: Mapping[uuid.UUID, Proof]
    read: Mapping[tuple[uuid.UUID, str], datetime]


def told(
    found: Engagement, places: Sequence[AnyRow], numbers: Sequence[str], *, by: str | None,
    at: datetime,
) -> Iterator[dict[str, Any]]:  # fmt: skip
    """The report of each of ``places``, in that order, under its number.

    ``by`` is ``None`` for an audit that ended without anybody closing it.
    """
    day, said = _last_day(found, at), _said(found, at)
    common = _in_common(found, day, by=by, at=at)
    sheets = reading.sheets(found, [place.id for place in places], loader.current(), day)
    for place, number, (_, sheet) in zip(places, numbers, sheets, strict=True):
        yield {
            **common,
            "number": number,
            "place": {"name": place.name, "city": place.city or "", "finess": place.finess},
            "questions": _questions(place.id, sheet, said),
            "requests": [_request(one, said) for one in said.requests[place.id]],
            "taken": _taken(place.id, sheet, said),
        }


def _last_day(found: Engagement, at: datetime) -> date:
    """The day that is reported: the present one, or the audit's last when that is past."""
    return min(clock.day_of(at), clock.last_day(found.ends_at))


def _said(found: Engagement, at: datetime) -> _Said:
    findings: dict[uuid.UUID, dict[str, AuditFinding]] = defaultdict(dict)
    for one in queries.findings(found.id):
        findings[one.establishment_id][one.requirement_code] = one
    requests: dict[uuid.UUID, list[AuditRequest]] = defaultdict(list)
    for each in queries.requests(found.id):
        requests[each.establishment_id].append(each)
    asked = [it for those in requests.values() for it in those]
    return _Said(
        findings,
        requests,
        proofs.answering(asked, today=clock.day_of(at)),
        reading.readings(found.id),
    )


def _in_common(found: Engagement, day: date, *, by: str | None, at: datetime) -> dict[str, Any]:
    population = len(queries.audited(found.id))
    return {
        "format": FORMAT,
        "provider": tenancy.tenant(current_tenant_id()).name,
        "title": found.title,
        "purpose": found.purpose,
        "auditors": found.auditors,
        "period": [found.period_from.isoformat(), found.period_until.isoformat()],
        "day": queries.day(found, day).isoformat(),
        "live": found.as_of is None,
        "closed_by": by or "",
        "ended": None if by else clock.last_day(found.ends_at).isoformat(),
        "closed_at": at.astimezone(clock.PARIS).strftime("%Y-%m-%dT%H:%M"),
        "draws": [
            {"seed": one.seed, "size": one.size, "among": population}
            for one in queries.draws(found.id)
        ],
    }


def _questions(place: uuid.UUID, sheet: Sheet, said: _Said) -> list[dict[str, Any]]:
    """Every requirement that was audited, concluded on or not, with what proved it."""
    findings = said.findings[place]
    return [
        {
            "number": question.number,
            "title": question.title,
            "requirements": [
                {
                    "code": it.code,
                    "title": it.title,
                    **_state(sheet.states.get(it.code)),
                    "proofs": [_proof(place, one, said) for one in sheet.proofs.get(it.code, ())],
                    "finding": _finding(findings[it.code]) if it.code in findings else None,
                }
                for it in requirements
            ],
        }
        for question, requirements in sheet.questions
    ]


def _state(state: Mapping[str, Any] | None) -> dict[str, Any]:
    """As the room shows it: what both sides said of it that day, and whether it concerned them."""
    told = state or {}
    return {
        "status": told.get("status"),
        "applies": bool(told.get("applies")),
        "said": told.get("text") or "",
        "proven": bool(told.get("proven")),
        "recognised": bool(told.get("recognised")),
        "contested": told.get("verdict") == Verdict.CONTESTED.value,
        "reason": told.get("reason") or "",
    }


def _proof(place: uuid.UUID, one: Proof, said: _Said) -> dict[str, Any]:
    """As it was shown; ``read`` is the day an auditor first took its file away."""
    taken = said.read.get((place, one.sha256))
    return {
        "title": one.title,
        "kind": one.kind,
        "valid_until": one.valid_until.isoformat(),
        "valid": one.valid,
        "coming": one.coming,
        "begins": one.covers_from.isoformat() if one.coming and one.covers_from else None,
        "changed_since": one.changed,
        "sha256": one.sha256,
        "read": clock.day_of(taken).isoformat() if taken else None,
    }


def _taken(place: uuid.UUID, sheet: Sheet, said: _Said) -> list[dict[str, Any]]:
    """What an auditor took away there and is not shown any more: conclusions may rest on it."""
    handed = [said.answers.get(it.evidence_id) for it in said.requests[place] if it.evidence_id]
    told = {one.sha256 for those in sheet.proofs.values() for one in those}
    told |= {one.sha256 for one in handed if one}
    left = {
        sha256: at
        for (where, sha256), at in said.read.items()
        if where == place and sha256 not in told
    }
    return [_proof(place, one, said) for one in proofs.taken(place, left)] if left else []


def _finding(one: AuditFinding) -> dict[str, Any]:
    """``earlier``: given to a conclusion that was written anew since."""
    return {
        "conclusion": one.conclusion.value,
        "words": one.words,
        "by": one.found_by_name,
        "answers": [
            {"side": side, "words": words, "by": name, "earlier": side in one.earlier}
            for side, words, name in (
                ("provider", one.provider_answer, one.provider_by_name),
                ("establishment", one.place_answer, one.place_by_name),
            )
            if words
        ],
    }


def _request(one: AuditRequest, said: _Said) -> dict[str, Any]:
    """``proof`` is the id of what answers it, ``handed`` what that is, where it was shown."""
    handed = said.answers.get(one.evidence_id) if one.evidence_id else None
    return json.loads(  # type: ignore[no-any-return]  # made here
        json.dumps(
            {
                "code": one.requirement_code,
                "words": one.words,
                "due": one.due_on.isoformat(),
                "by": one.asked_by_name,
                "answer": one.answer,
                "answered_by": one.answered_by_name,
                "proof": one.evidence_id and str(one.evidence_id),
                "handed": handed and _proof(one.establishment_id, handed, said),
            }
        )
    )

"""The closing report: what was read, found and answered at one establishment, as a document.

Made of what the record holds when the audit is closed; the page and the JSON within say the same.
"""

import json
import uuid
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from flask import current_app

from portal.attestations import codes, register
from portal.attestations import service as attestations
from portal.attestations.models import DocumentKind
from portal.attestations.snapshot import Period
from portal.audit import service as audit
from portal.config import Settings
from portal.engagements import printing, queries, reading
from portal.engagements.models import AuditFinding, AuditReport, AuditRequest, Engagement
from portal.engagements.queries import Proof
from portal.guide import loader
from portal.kit import clock, sealing, storage
from portal.kit.canonical import canonical_json, sha256_hex
from portal.kit.sealing import Means
from tenants import queries as tenancy
from tenants.context import current_tenant_id
from tenants.db import AnyRow, db

FORMAT: Final = "treize-audit-report/1"
SERIES: Final = "RAP"
#: In bytes.  Some 150 kB is usual.
LARGEST: Final = 20_000_000


def close(engagement_id: uuid.UUID, *, by: str | None, at: datetime) -> None:
    """Freeze a report for each establishment and close the audit; done already, nothing.

    ``by`` is ``None`` for an audit that ended without anybody closing it: its reports say so, and
    are of its last day.  One that was taken back meanwhile has none.
    """
    found = queries.engagement(engagement_id)
    if found.closed_at is not None or (by is None and found.revoked_at is not None):
        return
    settings: Settings = current_app.config["SETTINGS"]
    means, places = sealing.means(settings), queries.places(found.id)
    last = attestations.last_number(SERIES, clock.day_of(at).year, taken=len(places))
    for offset, place in enumerate(places, start=1):
        number = f"{SERIES}-{clock.day_of(at).year}-{last - len(places) + offset:04}"
        _report(found, place, number, means, by=by, at=at)
    found.closed_at = at
    db.session.flush()


def _report(
    found: Engagement, place: AnyRow, number: str, means: Means, *, by: str | None, at: datetime
) -> None:
    told = _told(found, place, number, by=by, at=at)
    source, code = canonical_json(told), codes.new_code()
    document = sealing.seal(
        printing.printed(source, number, means, verify_url=codes.verify_url(code), at=at), means
    )
    key = storage.new_key(current_tenant_id(), "report")
    stored = storage.current().put(key, document, limit=LARGEST)
    made = AuditReport(
        engagement_id=found.id,
        establishment_id=place.id,
        number=number,
        snapshot=source.decode(),
        snapshot_sha256=sha256_hex(source),
        pdf_key=key,
        pdf_sha256=stored.sha256,
        pdf_size=stored.size,
        seal=means.level,
        closed_by_name=by or "",
        issued_at=at,
    )
    db.session.add(made)
    register.enter(
        register.Entry(
            kind=DocumentKind.REPORT,
            code=code,
            sha256=stored.sha256,
            number=number,
            provider=told["provider"],
            establishment=place.name,
            period=Period(since=found.period_from, until=found.period_until),
            as_of=date.fromisoformat(told["day"]),
            at=at,
        )
    )
    audit.record(
        None,
        "engagement.reported",
        subject="engagement",
        subject_id=found.id,
        establishment_id=place.id,
        name=found.title,
        number=number,
        sha256=stored.sha256,
    )


def _told(
    found: Engagement, place: AnyRow, number: str, *, by: str | None, at: datetime
) -> dict[str, Any]:
    last = _last_day(found, at)
    requests = [it for it in queries.requests(found.id) if it.establishment_id == place.id]
    findings = [it for it in queries.findings(found.id) if it.establishment_id == place.id]
    population = len(queries.audited(found.id))
    return {
        "format": FORMAT,
        "number": number,
        "provider": tenancy.tenant(current_tenant_id()).name,
        "place": {"name": place.name, "city": place.city or "", "finess": place.finess},
        "title": found.title,
        "purpose": found.purpose,
        "auditors": found.auditors,
        "period": [found.period_from.isoformat(), found.period_until.isoformat()],
        "day": queries.day(found, last).isoformat(),
        "live": found.as_of is None,
        "closed_by": by or "",
        "ended": None if by else clock.last_day(found.ends_at).isoformat(),
        "closed_at": at.astimezone(clock.PARIS).strftime("%Y-%m-%dT%H:%M"),
        "questions": _questions(found, place.id, findings, last),
        "requests": [_request(one) for one in requests],
        "draws": [
            {"seed": one.seed, "size": one.size, "among": population}
            for one in queries.draws(found.id)
        ],
    }


def _last_day(found: Engagement, at: datetime) -> date:
    """The day that is reported: the present one, or the audit's last when that is past."""
    return min(clock.day_of(at), clock.last_day(found.ends_at))


def _questions(
    found: Engagement, establishment_id: uuid.UUID, findings: list[AuditFinding], day: date
) -> list[dict[str, Any]]:
    """Every requirement that was audited, concluded on or not, with what proved it."""
    sheet = reading.sheet(found, establishment_id, loader.current(), day)
    by_code = {one.requirement_code: one for one in findings}
    read = reading.readings(found.id, establishment_id)
    return [
        {
            "number": question.number,
            "title": question.title,
            "requirements": [
                {
                    "code": it.code,
                    "title": it.title,
                    "status": (state := sheet.states.get(it.code)) and state["status"],
                    "proven": bool(state and state["proven"]),
                    "recognised": bool(state and state["recognised"]),
                    "proofs": [
                        _proof(one, read)
                        for one in (
                            reading.proofs(found, establishment_id, it.code, state, day)
                            if state
                            else ()
                        )
                    ],
                    "finding": _finding(by_code[it.code]) if it.code in by_code else None,
                }
                for it in requirements
            ],
        }
        for question, requirements in sheet.questions
    ]


def _proof(one: Proof, read: Mapping[str, datetime]) -> dict[str, Any]:
    """As it was shown; ``read`` is the day an auditor first took its file away."""
    taken = read.get(one.sha256)
    return {
        "title": one.title,
        "kind": one.kind,
        "valid_until": one.valid_until.isoformat(),
        "valid": one.valid,
        "changed_since": one.changed,
        "sha256": one.sha256,
        "read": clock.day_of(taken).isoformat() if taken else None,
    }


def _finding(one: AuditFinding) -> dict[str, Any]:
    return {
        "conclusion": one.conclusion.value,
        "words": one.words,
        "by": one.found_by_name,
        "answers": [
            {"side": side, "words": words, "by": name}
            for side, words, name in (
                ("provider", one.provider_answer, one.provider_by_name),
                ("establishment", one.place_answer, one.place_by_name),
            )
            if words
        ],
    }


def _request(one: AuditRequest) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(
        json.dumps(
            {
                "code": one.requirement_code,
                "words": one.words,
                "due": one.due_on.isoformat(),
                "by": one.asked_by_name,
                "answer": one.answer,
                "answered_by": one.answered_by_name,
                "proof": one.evidence_id and str(one.evidence_id),
            }
        )
    )
    return told

"""The room as one archive that opens offline: a page, data, the files, and the digest of each."""

import json
import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from flask import current_app, render_template

from portal.engagements import printing, proofs, queries, reading
from portal.engagements.models import (
    AuditFinding,
    AuditReport,
    AuditRequest,
    Engagement,
    ReportState,
)
from portal.engagements.proofs import Proof
from portal.engagements.reading import Sheet
from portal.engagements.views.lasting import while_open
from portal.engagements.views.room import marks, opened_all
from portal.engagements.views.taking import Room, Taking
from portal.evidence import ownership, packing
from portal.guide import loader
from portal.kit import archive, clock, issued, storage
from portal.kit.archive import Content
from portal.kit.canonical import canonical_json
from portal.kit.errors import DomainError
from portal.kit.handing import File
from portal.kit.streams import streamed
from tenants.access import requires
from tenants.http import current_actor, current_tenant
from tenants.roles import Permission

FORMAT = "treize-audit-room/1"
_STYLE = "css/archive.css"


@dataclass(frozen=True)
class _Said:
    """What was said in the room, by establishment; and the proofs that answer requests."""

    findings: Mapping[uuid.UUID, Sequence[AuditFinding]]
    requests: Mapping[uuid.UUID, Sequence[AuditRequest]]
    reports: Mapping[uuid.UUID, AuditReport]
    answers: Mapping[uuid.UUID, Proof]


@requires(Permission.AUDIT_READ)
def download(engagement_id: uuid.UUID) -> File:
    found = queries.engagement(engagement_id)
    return File(f"audit-{engagement_id}.zip", "application/zip", partial(_packed, found))


def _packed(found: Engagement) -> Iterator[bytes]:
    """Written while it is sent; that an auditor takes it is logged before."""
    engagement_id, about = found.id, _about(found)
    places = list(_places(found))
    opened_all("engagement.exported", found, [uuid.UUID(place["id"]) for place in places])
    style = Path(current_app.static_folder or "", _STYLE).read_bytes()
    reader = current_actor().name if marks(found) else None
    taking = Taking(engagement_id, found.title)
    entries = chain(
        [("style.css", style)],
        taking.noting(_reports(engagement_id, reader)),
        taking.files(places) if about["downloads"] else (),
        _told_last(taking, about, places),
    )
    pieces = archive.zipped(archive.summed(entries), at=clock.now().astimezone(clock.PARIS))
    return streamed(while_open(engagement_id, pieces))


def _told_last(taking: Taking, about: dict[str, Any], places: Room) -> Iterator[tuple[str, bytes]]:
    """The page and the data, once it is known which files are in."""
    taking.tell(places, downloads=about["downloads"])
    page = render_template(
        "engagements/_archive.html",
        about=about,
        places=places,
        edition=loader.current(),
        now=clock.now(),
        today=clock.today(),
    )
    yield "index.html", page.encode()
    yield "room.json", canonical_json({"format": FORMAT, "about": about, "places": places})


def _about(found: Engagement) -> dict[str, Any]:
    return {
        "provider": current_tenant().name,
        "title": found.title,
        "purpose": found.purpose,
        "auditors": found.auditors,
        "questions": sorted(found.questions),
        "period": [found.period_from.isoformat(), found.period_until.isoformat()],
        "day": queries.day(found, clock.today()).isoformat(),
        "live": found.as_of is None,
        "last_day": clock.last_day(found.ends_at).isoformat(),
        "downloads": found.downloads,
        "read_by": current_actor().name if found.watermark else None,
        "read_at": clock.now().astimezone(clock.PARIS).strftime("%Y-%m-%dT%H:%M"),
        "draws": [
            {"seed": one.seed, "size": one.size, "drawn_by": one.drawn_by_name}
            for one in queries.draws(found.id)
        ],
    }


def _places(found: Engagement) -> Iterator[dict[str, Any]]:
    rows, today, said = queries.places(found.id), clock.today(), _said(found)
    sheets = reading.sheets(found, [row.id for row in rows], loader.current(), today)
    for row, (_, sheet) in zip(rows, sheets, strict=True):
        yield {
            "id": str(row.id),
            "name": row.name,
            "city": row.city,
            "finess": row.finess,
            "report": _report(said.reports.get(row.id), copied=marks(found)),
            "requirements": _requirements(sheet),
            "requests": [_request(one, said) for one in said.requests[row.id]],
            "findings": [
                _told(one, "requirement_code", "conclusion", "words", "found_by_name", "earlier",
                      "provider_answer", "provider_by_name", "place_answer", "place_by_name")
                for one in said.findings[row.id]
            ],
        }  # fmt: skip


def _said(found: Engagement) -> _Said:
    findings: dict[uuid.UUID, list[AuditFinding]] = defaultdict(list)
    requests: dict[uuid.UUID, list[AuditRequest]] = defaultdict(list)
    for one in queries.findings(found.id):
        findings[one.establishment_id].append(one)
    asked = queries.requests(found.id)
    for each in asked:
        requests[each.establishment_id].append(each)
    made = [it for it in queries.reports(found.id) if it.state is ReportState.READY]
    return _Said(
        findings,
        requests,
        {it.establishment_id: it for it in made},
        proofs.answering(asked, today=clock.today()),
    )


def _request(one: AuditRequest, said: _Said) -> dict[str, Any]:
    handed = said.answers.get(one.evidence_id) if one.evidence_id else None
    return {
        **_told(one, "requirement_code", "words", "due_on", "asked_by_name", "answer",
                "answered_by_name", "answered_at"),
        "proof": handed and _proof(handed),
    }  # fmt: skip


def _report(one: AuditReport | None, *, copied: bool) -> dict[str, Any] | None:
    """Where it is in the archive, and the digest of the original wherever a copy is."""
    if one is None:
        return None
    names = (
        "number", "code", "pdf_sha256", "snapshot_sha256", "seal", "closed_by_name", "issued_at",
    )  # fmt: skip
    return {
        **_told(one, *names),
        "copied": copied,
        "file": f"reports/{one.number}.pdf",
        "data": f"reports/{one.number}.json",
    }


def _told(row: object, *names: str) -> dict[str, Any]:
    return json.loads(json.dumps({name: getattr(row, name) for name in names}, default=str))  # type: ignore[no-any-return]  # made here


def _requirements(sheet: Sheet) -> list[dict[str, Any]]:
    """As they stood on the day; ``state`` is null where the record does not go back so far."""
    return [
        {
            "code": requirement.code,
            "question": question.number,
            "title": requirement.title,
            "state": (state := sheet.states.get(requirement.code))
            and {**state, "since": state["since"].isoformat()},
            "proofs": [_proof(one) for one in sheet.proofs.get(requirement.code, ())],
        }
        for question, requirements in sheet.questions
        for requirement in requirements
    ]


def _proof(one: Proof) -> dict[str, Any]:
    """``withheld``: what is in it is not for whoever takes the archive, only that it is there."""
    opens = ownership.may_open(current_actor(), one)
    return {
        "id": str(one.id),
        "title": one.title,
        "kind": one.kind,
        "covers_from": one.covers_from and one.covers_from.isoformat(),
        "covers_until": one.covers_until and one.covers_until.isoformat(),
        "issuer": one.issuer,
        "number": one.number,
        "scope": one.scope,
        "url": one.url if opens else None,
        "text": one.text if opens else "",
        "withheld": not opens,
        "valid_until": one.valid_until.isoformat(),
        "valid": one.valid,
        "coming": one.coming,
        "changed_since": one.changed,
        "sha256": one.sha256,
        "file": packing.place_of(one.id, one.file_name),
    }


def _reports(engagement_id: uuid.UUID, reader: str | None) -> Iterator[tuple[str, Content]]:
    """Each as its page hands it out; one that changed since it was issued is left out."""
    for one in queries.reports(engagement_id):
        if one.state is not ReportState.READY:
            continue
        try:
            document = issued.read(storage.current(), one.pdf_key, one.pdf_sha256)
        except DomainError:
            continue
        if reader is not None:
            document = printing.copy(one, reader, at=clock.now())
        yield f"reports/{one.number}.pdf", document
        yield f"reports/{one.number}.json", one.snapshot.encode()

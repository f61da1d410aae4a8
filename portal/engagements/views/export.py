"""The room as one archive that opens offline: a page, data, the files, and the digest of each."""

import json
import uuid
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from flask import Response, current_app, render_template
from flask.typing import ResponseReturnValue

from portal.engagements import printing, queries, reading
from portal.engagements.models import AuditReport, Engagement
from portal.engagements.views.room import marks, opened
from portal.evidence import ownership, packing
from portal.evidence import queries as evidence
from portal.evidence.custody import Kept
from portal.evidence.models import Kind
from portal.guide import loader
from portal.kit import archive, clock, issued, storage
from portal.kit.archive import Content
from portal.kit.canonical import canonical_json
from portal.kit.errors import DomainError
from portal.kit.streams import streamed
from tenants.access import requires
from tenants.http import current_actor, current_tenant
from tenants.roles import Permission

FORMAT = "treize-audit-room/1"
_STYLE = "css/archive.css"

Room = list[dict[str, Any]]


@requires(Permission.AUDIT_READ)
def download(engagement_id: uuid.UUID) -> ResponseReturnValue:
    found = queries.engagement(engagement_id)
    about = _about(found)
    places = _places(found)
    for place in places:
        opened("engagement.exported", found, uuid.UUID(place["id"]))
    page = render_template(
        "engagements/_archive.html",
        about=about,
        places=places,
        edition=loader.current(),
        now=clock.now(),
    )
    style = Path(current_app.static_folder or "", _STYLE).read_bytes()
    fixed: list[tuple[str, Content]] = [
        ("index.html", page.encode()),
        ("style.css", style),
        ("room.json", canonical_json({"format": FORMAT, "about": about, "places": places})),
    ]
    reader = current_actor().name if marks(found) else None
    files = _files(places) if about["downloads"] else ()
    entries = chain(fixed, _reports(found.id, reader), files)
    pieces = archive.zipped(archive.summed(entries), at=clock.now().astimezone(clock.PARIS))
    return Response(
        streamed(pieces),
        mimetype="application/zip",
        headers={"Content-Disposition": f'attachment; filename="audit-{found.id}.zip"'},
    )


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
    }


def _places(found: Engagement) -> Room:
    requests, findings = queries.requests(found.id), queries.findings(found.id)
    reports = {one.establishment_id: one for one in queries.reports(found.id)}
    return [
        {
            "id": str(row.id),
            "name": row.name,
            "city": row.city,
            "finess": row.finess,
            "report": _report(reports.get(row.id), copied=marks(found)),
            "requirements": _requirements(found, row.id),
            "requests": [
                _told(one, "requirement_code", "words", "due_on", "asked_by_name", "answer",
                      "answered_by_name", "answered_at")
                for one in requests if one.establishment_id == row.id
            ],
            "findings": [
                _told(one, "requirement_code", "conclusion", "words", "found_by_name",
                      "provider_answer", "provider_by_name", "place_answer", "place_by_name")
                for one in findings if one.establishment_id == row.id
            ],
        }
        for row in queries.places(found.id)
    ]  # fmt: skip


def _report(one: AuditReport | None, *, copied: bool) -> dict[str, Any] | None:
    """Where it is in the archive, and the digest of the original wherever a copy is."""
    if one is None:
        return None
    names = ("number", "pdf_sha256", "snapshot_sha256", "seal", "closed_by_name", "issued_at")
    return {
        **_told(one, *names),
        "copied": copied,
        "file": f"reports/{one.number}.pdf",
        "data": f"reports/{one.number}.json",
    }


def _told(row: object, *names: str) -> dict[str, Any]:
    return json.loads(json.dumps({name: getattr(row, name) for name in names}, default=str))  # type: ignore[no-any-return]  # made here


def _requirements(found: Engagement, establishment_id: uuid.UUID) -> list[dict[str, Any]]:
    """As they stood on the day; ``state`` is null where the record does not go back so far."""
    edition, today = loader.current(), clock.today()
    sheet = reading.sheet(found, establishment_id, edition, today)
    lines = []
    for question, requirements in sheet.questions:
        for requirement in requirements:
            state = sheet.states.get(requirement.code)
            proofs = (
                reading.proofs(found, establishment_id, requirement.code, state, today)
                if state else ()
            )  # fmt: skip
            lines.append(
                {
                    "code": requirement.code,
                    "question": question.number,
                    "title": requirement.title,
                    "state": state and {**state, "since": state["since"].isoformat()},
                    "proofs": [
                        {
                            "id": str(proof.id),
                            "title": proof.title,
                            "kind": proof.kind,
                            "valid_until": proof.valid_until.isoformat(),
                            "valid": proof.valid,
                            "changed_since": proof.changed,
                            "sha256": proof.sha256,
                            "file": packing.place_of(proof.id, proof.file_name),
                        }
                        for proof in proofs
                    ],
                }
            )
    return lines


def _files(places: Room) -> Iterator[tuple[str, Content]]:
    """What proved there, each file once; what the store no longer holds as deposited stays out."""
    named = {
        proof["file"]: (uuid.UUID(proof["id"]), proof["sha256"])
        for place in places
        for line in place["requirements"]
        for proof in line["proofs"]
        if proof["file"]
    }
    for name, (evidence_id, sha256) in named.items():
        file = evidence.evidence(evidence_id)
        opens = ownership.may_open(current_actor(), file)
        if opens and file.kind is Kind.FILE and file.file_key is not None:
            kept = Kept(evidence_id, file.file_key, file.file_size or 0, sha256)
            if (content := packing.content(kept)) is not None:
                yield name, content


def _reports(engagement_id: uuid.UUID, reader: str | None) -> Iterator[tuple[str, Content]]:
    """Each as its page hands it out; one that changed since it was issued is left out."""
    for one in queries.reports(engagement_id):
        try:
            document = issued.read(storage.current(), one.pdf_key, one.pdf_sha256)
        except DomainError:
            continue
        if reader is not None:
            document = printing.copy(one, reader, at=clock.now())
        yield f"reports/{one.number}.pdf", document
        yield f"reports/{one.number}.json", one.snapshot.encode()

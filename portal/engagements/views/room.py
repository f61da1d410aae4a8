"""The room as its three visitors read it.  What an auditor opens is logged before it is sent."""

import uuid
from urllib.parse import quote

from flask import Response, render_template
from flask.typing import ResponseReturnValue

from portal.engagements import queries, reading, service
from portal.engagements.models import Engagement, EngagementDraw
from portal.evidence import ownership
from portal.evidence import queries as evidence
from portal.evidence.models import Kind
from portal.guide import loader
from portal.kit import clock
from portal.kit.errors import NotFound, Refused
from portal.kit.streams import streamed
from portal.kit.transactions import keep
from portal.vault import sealed
from tenants.access import requires
from tenants.http import current_actor
from tenants.roles import PROVIDER_ROLES, Permission, Role


class NoDownloads(Refused):
    status = 403
    message = "The rules of this audit let nothing be taken away."


def opened(
    action: str, found: Engagement, place: uuid.UUID | None = None, code: str | None = None,
    **details: str,
) -> None:  # fmt: skip
    """Log it when an auditor opens it.  Committed at once: the answer may be long, or fail."""
    actor = current_actor()
    if actor.role is Role.AUDITOR:
        service.note_opening(actor, action, found, place, code, **details)
        keep()


def marks(found: Engagement) -> bool:
    """Whether what the reader takes away carries her name."""
    return bool(found.watermark) and current_actor().role is Role.AUDITOR


@requires(Permission.AUDIT_READ)
def index() -> ResponseReturnValue:
    return render_template(
        "engagements/index.html",
        engagements=queries.engagements(),
        waiting={row.engagement_id: row for row in queries.waiting()},
        lasting=queries.lasting,
        last_day=clock.last_day,
        now=clock.now(),
        today=clock.today(),
    )


@requires(Permission.AUDIT_READ)
def show(engagement_id: uuid.UUID) -> ResponseReturnValue:
    return room_page(queries.engagement(engagement_id))


def room_page(found: Engagement, **extra: object) -> str:
    places, edition = queries.places(found.id), loader.current()
    shown = render_template(
        "engagements/room.html",
        engagement=found,
        places=places,
        names={row.id: row.name for row in places},
        edition=edition,
        draws=_draws(found),
        requests=queries.requests(found.id),
        findings=queries.findings(found.id),
        openings=queries.openings(found.id),
        reports=queries.reports(found.id),
        lasting=queries.lasting(found, clock.now()),
        **{"form": None, "asked": None, "closing": None, **_around(found), **extra},
    )
    for place in places[:1]:
        opened("engagement.consulted", found, place.id)
    return shown


def _draws(found: Engagement) -> list[tuple[EngagementDraw, list[uuid.UUID]]]:
    """Who was drawn, for those who see the whole list that it was drawn from."""
    actor = current_actor()
    if actor.role is not Role.AUDITOR and actor.role not in PROVIDER_ROLES:
        return []
    ids = queries.audited(found.id)
    return [(one, queries.drawn(one.seed, one.size, ids)) for one in queries.draws(found.id)]


def _around(found: Engagement) -> dict[str, object]:
    """What every page of a room says: whose, until when, as of which day, read by whom."""
    return {
        "last_day": clock.last_day(found.ends_at),
        "day_read": queries.day(found, clock.today()),
        "today": clock.today(),
        "now": clock.now(),
        "actor": current_actor(),
    }


@requires(Permission.AUDIT_READ)
def place(engagement_id: uuid.UUID, establishment_id: uuid.UUID) -> ResponseReturnValue:
    found = queries.engagement(engagement_id)
    row = queries.place(engagement_id, establishment_id)
    sheet = reading.sheet(found, establishment_id, loader.current(), clock.today())
    shown = render_template(
        "engagements/place.html",
        engagement=found,
        place=row,
        sheet=sheet,
        findings={
            one.requirement_code: one
            for one in queries.findings(engagement_id)
            if one.establishment_id == establishment_id
        },
        **_around(found),
    )
    opened("engagement.consulted", found, establishment_id)
    return shown


@requires(Permission.AUDIT_READ)
def point(engagement_id: uuid.UUID, establishment_id: uuid.UUID, code: str) -> ResponseReturnValue:
    shown = point_page(engagement_id, establishment_id, code)
    opened("engagement.consulted", queries.engagement(engagement_id), establishment_id, code)
    return shown


def point_page(
    engagement_id: uuid.UUID, establishment_id: uuid.UUID, code: str, **forms_: object
) -> str:
    found, edition, today = queries.engagement(engagement_id), loader.current(), clock.today()
    row = queries.place(engagement_id, establishment_id)
    if code not in queries.codes(found, edition):
        raise NotFound
    sheet = reading.sheet(found, establishment_id, edition, today)
    state = sheet.states.get(code)
    here = [
        one for one in queries.findings(engagement_id)
        if (one.establishment_id, one.requirement_code) == (establishment_id, code)
    ]  # fmt: skip
    return render_template(
        "engagements/point.html",
        engagement=found,
        place=row,
        requirement=edition.requirement(code),
        sheet=sheet,
        state=state,
        proofs=reading.proofs(found, establishment_id, code, state, today) if state else [],
        finding=here[0] if here else None,
        requests=[
            one for one in queries.requests(engagement_id)
            if (one.establishment_id, one.requirement_code) == (establishment_id, code)
        ],
        **{"ask": None, "conclude": None, **_around(found), **forms_},
    )  # fmt: skip


@requires(Permission.AUDIT_READ)
def download(
    engagement_id: uuid.UUID, establishment_id: uuid.UUID, code: str, evidence_id: uuid.UUID
) -> ResponseReturnValue:
    """One file that proved there on the day of the audit, as an attachment and nothing else."""
    found, today = queries.engagement(engagement_id), clock.today()
    queries.place(engagement_id, establishment_id)
    state = reading.sheet(found, establishment_id, loader.current(), today).states.get(code)
    shown = reading.proofs(found, establishment_id, code, state, today) if state else []
    if evidence_id not in {proof.id for proof in shown}:
        raise NotFound
    if not found.downloads:
        raise NoDownloads
    file = evidence.evidence(evidence_id)
    if file.kind is not Kind.FILE or file.file_key is None:
        raise NotFound
    if not ownership.may_open(current_actor(), file):
        raise NotFound
    key, size, kind, name = file.file_key, file.file_size, file.file_type, file.file_name or ""
    opened("engagement.downloaded", found, establishment_id, code, sha256=file.sha256)
    return Response(
        streamed(sealed.open_plain(key)),
        headers={
            "Content-Type": kind or "application/octet-stream",
            "Content-Length": str(size),
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        },
    )

"""The room as its three visitors read it.  What an auditor opens is logged before it is sent."""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import partial

from flask import render_template
from flask.typing import ResponseReturnValue

from portal.audit.models import AuditEvent
from portal.engagements import proofs, queries, reading, service
from portal.engagements.models import (
    AuditRequest,
    Engagement,
    EngagementDraw,
    ReportState,
)
from portal.engagements.views.lasting import while_open
from portal.evidence import ownership
from portal.evidence import queries as evidence
from portal.evidence.models import Evidence, Kind
from portal.guide import loader
from portal.kit import clock
from portal.kit.errors import NotFound, Refused
from portal.kit.handing import File
from portal.kit.pages import PER_PAGE, Page, is_fragment, page_number
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


def opened_all(action: str, found: Engagement, places: Iterable[uuid.UUID]) -> None:
    """The same of many establishments, each of which reads it."""
    actor = current_actor()
    if actor.role is Role.AUDITOR:
        service.note_openings(actor, action, found, places)
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
    """The room; a page that asks again and again gets how far its reports have got."""
    found = queries.engagement(engagement_id)
    if not is_fragment():
        return room_page(found)
    return render_template(
        "engagements/_reports.html",
        engagement=found,
        names={row.id: row.name for row in queries.places(found.id)},
        lasting=queries.lasting(found, clock.now()),
        closing=None,
        **reports_of(found),
        **_around(found),
    )


def room_page(found: Engagement, **extra: object) -> str:
    places, edition = queries.places(found.id), loader.current()
    requests, findings = queries.requests(found.id), queries.findings(found.id)
    shown = render_template(
        "engagements/room.html",
        engagement=found,
        places=places,
        names={row.id: row.name for row in places},
        edition=edition,
        draws=_draws(found),
        requests=requests,
        findings=findings,
        openings=_openings(found.id),
        lasting=queries.lasting(found, clock.now()),
        **reports_of(found),
        **{"form": None, "asked": None, "closing": None, **_around(found), **extra},
    )
    # It names each of them, whatever else it says: none is read of without being told.
    opened_all("engagement.consulted", found, [it.id for it in places])
    return shown


def _openings(engagement_id: uuid.UUID) -> Page[AuditEvent]:
    number = page_number()
    rows = queries.openings(engagement_id, limit=PER_PAGE, offset=(number - 1) * PER_PAGE)
    return Page([row[0] for row in rows], number, rows[0].found if rows else 0)


def reports_of(found: Engagement) -> dict[str, object]:
    """How far its reports have got, and whether somebody has to ask for them again."""
    reports = queries.reports(found.id)
    row = None if found.closed_at else queries.closing_asked(found.id)
    failed = found.close_failed_at
    asked = row.at if row and (failed is None or row.at > failed) else None
    return {
        "reports": reports,
        "made": [one for one in reports if one.state is ReportState.READY],
        "lost": [one for one in reports if one.state is ReportState.FAILED],
        "troubled": [one for one in reports if one.trouble and one.retry_at],
        "closing_since": asked,
        "close_lost": found.closed_at is None and failed is not None and asked is None,
    }


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
        begins=None if sheet.states else reading.begins(establishment_id),
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
    return point_page(engagement_id, establishment_id, code)


def point_page(
    engagement_id: uuid.UUID, establishment_id: uuid.UUID, code: str, **forms_: object
) -> str:
    """All of one requirement there, logged wherever it is shown: behind a refused form as well."""
    found, edition, today = queries.engagement(engagement_id), loader.current(), clock.today()
    row = queries.place(engagement_id, establishment_id)
    if code not in queries.codes(found, edition):
        raise NotFound
    sheet = reading.sheet(found, establishment_id, edition, today, codes=[code])
    asked = [
        one for one in queries.requests(engagement_id)
        if (one.establishment_id, one.requirement_code) == (establishment_id, code)
    ]  # fmt: skip
    here = [
        one for one in queries.findings(engagement_id)
        if (one.establishment_id, one.requirement_code) == (establishment_id, code)
    ]  # fmt: skip
    shown = render_template(
        "engagements/point.html",
        engagement=found,
        place=row,
        requirement=edition.requirement(code),
        sheet=sheet,
        state=sheet.states.get(code),
        proofs=sheet.proofs.get(code, ()),
        finding=here[0] if here else None,
        requests=asked,
        handed=proofs.answering(asked, today=today),
        may_answer=_may_answer(asked),
        opens=partial(ownership.may_open, current_actor()),
        **{"ask": None, "conclude": None, "reply": None, **_around(found), **forms_},
    )
    opened("engagement.consulted", found, establishment_id, code)
    return shown


def _may_answer(asked: Sequence[AuditRequest]) -> Sequence[Evidence]:
    """The proofs that somebody of the provider may hand over for what waits here."""
    waits = [one for one in asked if one.answered_at is None]
    ours = current_actor().role in PROVIDER_ROLES
    return service.handed_over(waits[0]) if waits and ours else ()


@requires(Permission.AUDIT_READ)
def download(
    engagement_id: uuid.UUID, establishment_id: uuid.UUID, code: str, evidence_id: uuid.UUID
) -> File:
    """One file that proved there on the day, or answers a request."""
    found, today = queries.engagement(engagement_id), clock.today()
    queries.place(engagement_id, establishment_id)
    if evidence_id not in _shown_at(found, establishment_id, code, today):
        raise NotFound
    if not found.downloads:
        raise NoDownloads
    file = evidence.evidence(evidence_id)
    if file.kind is not Kind.FILE or file.file_key is None:
        raise NotFound
    if not ownership.may_open(current_actor(), file):
        raise NotFound
    key, sha256 = file.file_key, file.sha256

    def content() -> Iterator[bytes]:
        opened("engagement.downloaded", found, establishment_id, code, sha256=sha256)
        return streamed(while_open(engagement_id, sealed.open_plain(key)))

    return File(
        file.file_name or "", file.file_type or "application/octet-stream", content, file.file_size
    )


def _shown_at(
    found: Engagement, establishment_id: uuid.UUID, code: str, today: date
) -> set[uuid.UUID]:
    sheet = reading.sheet(found, establishment_id, loader.current(), today, codes=[code])
    asked = [
        one for one in queries.requests(found.id)
        if (one.establishment_id, one.requirement_code) == (establishment_id, code)
    ]  # fmt: skip
    there = {one.id for one in sheet.proofs.get(code, ())}
    return there | set(proofs.answering(asked, today=today))

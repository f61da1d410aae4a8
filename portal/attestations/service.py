"""Ordering attestations, keeping what was compiled, trying again.  Flushes, never commits."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError

from portal.attestations import log, queries, register, succession
from portal.attestations.codes import new_code
from portal.attestations.freezing import Order, frozen
from portal.attestations.models import (
    Attestation,
    AttestationBatch,
    AttestationState,
    Counter,
    DocumentKind,
)
from portal.attestations.queries import Document
from portal.attestations.snapshot import Period, Provider, Snapshot
from portal.audit import service as audit
from portal.guide import loader
from portal.kit import outbox, storage
from portal.kit.canonical import sha256_hex
from portal.kit.errors import Conflict, Refused
from portal.publiclog import service as publiclog
from portal.tracking import sweep
from tenants import queries as tenancy
from tenants.access import Actor
from tenants.context import current_tenant_id
from tenants.db import db
from tenants.roles import PROVIDER_ROLES
from tenants.scoping import new_id

COMPILE = "attestations.compile"
SERIES = "ATT"
#: An order is frozen within one request: more would make its author wait too long.
MAX_ORDER = 1_500
#: Establishments frozen by one SQL statement, and held in memory at once.
AT_ONCE = 100
EARLIEST = date(2000, 1, 1)


def order(
    actor: Actor,
    *,
    batch_id: uuid.UUID,
    establishment_ids: Sequence[uuid.UUID],
    period: Period,
    as_of: date,
    at: datetime,
) -> AttestationBatch:
    """Freeze the establishments as they stand now, and promise a document for each.

    ``batch_id`` comes with the order: sent twice, it is one order.  Establishments without a file
    are left out.  Raises ``Refused`` on an impossible period, or when nothing is left to attest.
    """
    if (placed := queries.batch(batch_id)) is not None:
        return placed
    check_period(period, as_of)
    chosen = _chosen(establishment_ids)
    _wear_down(as_of)
    batch = _opened(actor, batch_id, period, as_of, len(chosen))
    last = last_number(SERIES, as_of.year, taken=len(chosen))
    numbers = [f"{SERIES}-{as_of.year}-{n:04}" for n in range(last - len(chosen) + 1, last + 1)]
    common = _in_common(period, as_of, at)
    for start in range(0, len(chosen), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        before = succession.standing(chosen[part])
        rows = list(_rows(batch, frozen(common, chosen[part], numbers[part]), before))
        db.session.execute(insert(Attestation), rows)
        publiclog.submit(log.entry(log.ISSUED, row["salt"], row["snapshot_sha256"]) for row in rows)
        _promise([row["id"] for row in rows], at=at, several=len(chosen) > 1)
    audit.record(
        actor,
        "attestation.ordered",
        subject="attestation_batch",
        subject_id=batch.id,
        count=len(chosen),
        first=numbers[0],
        last=numbers[-1],
        period=[period.since.isoformat(), period.until.isoformat()],
    )
    return batch


def check_period(period: Period, as_of: date) -> None:
    """Raises ``Refused`` on a period upside down, before this century or not begun."""
    if period.until < period.since:
        raise Refused("The last day comes before the first.", field="until")
    if period.since < EARLIEST:
        raise Refused("This period begins too early.", field="since")
    if period.until > as_of:
        raise Refused("An attestation does not speak of days to come.", field="until")


def _chosen(establishment_ids: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    """Those that can be attested, by name."""
    found = queries.candidates(set(establishment_ids))
    chosen = [candidate.id for candidate in found if candidate.obstacle is None]
    if not chosen:
        raise Refused("None of these establishments is followed: there is nothing to attest.")
    if len(chosen) > MAX_ORDER:
        raise Refused("Order at most %(limit)s attestations at a time.", limit=MAX_ORDER)
    return chosen


def _wear_down(today: date) -> None:
    """What lapsed and was not swept yet must not be attested as proven."""
    if (since := queries.worn_since(today)) is not None:
        edition_id = tenancy.tenant(current_tenant_id()).edition_id
        sweep.sweep(edition_id, today=today, since=since, signature=audit.SYSTEM)


def _opened(
    actor: Actor, batch_id: uuid.UUID, period: Period, as_of: date, size: int
) -> AttestationBatch:
    batch = AttestationBatch(
        id=batch_id,
        period_from=period.since,
        period_until=period.until,
        as_of=as_of,
        size=size,
        requested_by=actor.user_id,
        requested_by_name=actor.name,
    )
    try:
        with db.session.begin_nested():
            db.session.add(batch)
    except IntegrityError as error:
        raise Conflict("This order has just been placed.") from error
    return batch


def last_number(series: str, year: int, *, taken: int) -> int:
    """Take the next numbers of a series in that year at once: the last of them.

    The row stays locked until the order commits or is undone: no gap, no number twice.
    """
    found: int = db.session.execute(
        upsert(Counter)
        .values(tenant_id=current_tenant_id(), series=series, year=year, value=taken)
        .on_conflict_do_update(
            index_elements=["tenant_id", "series", "year"],
            set_={"value": Counter.value + taken},
        )
        .returning(Counter.value)
    ).scalar_one()
    return found


def _in_common(period: Period, as_of: date, at: datetime) -> Order:
    tenant = tenancy.tenant(current_tenant_id())
    return Order(
        provider=Provider(name=tenant.name, siren=tenant.siren, slug=tenant.slug),
        edition=loader.current(),
        period=period,
        as_of=as_of,
        at=at,
    )


def _rows(
    batch: AttestationBatch,
    snapshots: Iterator[tuple[uuid.UUID, Snapshot]],
    previous: Mapping[uuid.UUID, uuid.UUID],
) -> Iterator[dict[str, Any]]:
    for establishment_id, snapshot in snapshots:
        written = snapshot.to_json()
        yield {
            "id": new_id(),
            "establishment_id": establishment_id,
            "batch_id": batch.id,
            "number": snapshot.number,
            "edition_id": snapshot.scope.edition,
            "state": AttestationState.REQUESTED,
            "period_from": batch.period_from,
            "period_until": batch.period_until,
            "as_of": batch.as_of,
            "requested_by": batch.requested_by,
            "requested_by_name": batch.requested_by_name,
            "declared_total": snapshot.totals.declared or 0,
            "proven_total": snapshot.totals.proven or 0,
            "recognised_total": snapshot.totals.recognised or 0,
            "snapshot": written.decode(),
            "snapshot_sha256": sha256_hex(written),
            "code": new_code(),
            "pdf_key": storage.new_key(current_tenant_id(), "attestation"),
            "salt": publiclog.new_salt(),
            "previous_id": previous.get(establishment_id),
        }


def _promise(attestation_ids: Sequence[uuid.UUID], *, at: datetime, several: bool) -> None:
    outbox.promise_all(
        COMPILE,
        [(str(each), {"attestation_id": str(each)}) for each in attestation_ids],
        run_at=at,
        queue=outbox.Queue.BULK if several else outbox.Queue.DEFAULT,
    )


def issue(
    attestation: Attestation, snapshot: Snapshot, pdf: storage.Stored, *, at: datetime
) -> None:
    """Put a compiled document on record, here and in the public register.

    ``attestation`` is locked by the caller and still asked for.
    """
    attestation.state = AttestationState.READY
    attestation.no_trouble()
    attestation.pdf_sha256, attestation.pdf_size = pdf.sha256, pdf.size
    attestation.issued_at = snapshot.issued_at
    register.enter(
        register.Entry(
            kind=DocumentKind.ATTESTATION,
            code=attestation.code or "",
            sha256=pdf.sha256,
            number=attestation.number,
            provider=snapshot.provider.name,
            establishment=snapshot.establishment.name,
            period=snapshot.period,
            as_of=attestation.as_of,
            at=snapshot.issued_at,
        )
    )
    audit.record(
        None,
        "attestation.issued",
        subject="attestation",
        subject_id=attestation.id,
        establishment_id=attestation.establishment_id,
        number=attestation.number,
        sha256=pdf.sha256,
    )
    db.session.flush()
    succession.succeed(attestation, at=at)


def note_downloads(actor: Actor, documents: Sequence[Document]) -> None:
    """Journal a download of many: once for the provider, by establishment for its own people."""
    by_place: dict[uuid.UUID | None, list[Document]] = {}
    for document in documents:
        place = None if actor.role in PROVIDER_ROLES else document.establishment_id
        by_place.setdefault(place, []).append(document)
    for place, taken in by_place.items():
        audit.record(
            actor,
            "attestation.downloaded",
            subject="attestation",
            subject_id=taken[0].id,
            establishment_id=place,
            count=len(taken),
            first=taken[0].number,
            last=taken[-1].number,
        )

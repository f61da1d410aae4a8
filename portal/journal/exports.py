"""The journal as files: for a spreadsheet, and whole for whoever verifies it without us."""

import json
from collections.abc import Iterator
from typing import Any

from portal.audit.models import AuditEvent, AuditLink
from portal.journal import queries
from portal.journal.queries import Choice

HEAD = (
    "position", "at", "actor", "action", "subject_type", "subject_id", "establishment_id",
    "requirement", "details", "digest",
)  # fmt: skip


def rows(choice: Choice) -> Iterator[list[Any]]:
    """One line a deed, as :data:`HEAD` names them."""
    for link, event in queries.chained(choice):
        yield [
            link.position,
            event.at.isoformat(),
            event.actor_name,
            event.action,
            event.subject_type,
            event.subject_id,
            event.establishment_id,
            event.requirement_code,
            json.dumps(event.details, ensure_ascii=False) if event.details else "",
            link.digest.hex(),
        ]


def document(choice: Choice, **about: Any) -> Iterator[str]:
    """JSON with all that the chain commits to (``portal.audit.chain``), salts included."""
    yield json.dumps(about, ensure_ascii=False)[:-1] + ', "events": [\n'
    before = ""
    for link, event in queries.chained(choice):
        yield before + json.dumps(_told(link, event), ensure_ascii=False)
        before = ",\n"
    yield "\n]}\n"


def _told(link: AuditLink, event: AuditEvent) -> dict[str, Any]:
    return {
        "position": link.position,
        "id": str(event.id),
        "tenant": str(event.tenant_id),
        "at": event.at.isoformat(timespec="microseconds"),
        "action": event.action,
        "subject_type": event.subject_type,
        "subject": str(event.subject_id),
        "establishment": event.establishment_id and str(event.establishment_id),
        "requirement": event.requirement_code,
        "actor": {"id": event.actor_id and str(event.actor_id), "name": event.actor_name},
        "details": event.details,
        "actor_salt": link.actor_salt and link.actor_salt.hex(),
        "actor_digest": link.actor_digest.hex(),
        "details_salt": link.details_salt and link.details_salt.hex(),
        "details_digest": link.details_digest.hex(),
        "digest": link.digest.hex(),
    }

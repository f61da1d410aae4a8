"""One row of every tenant table, made from the table's own description.

A lane is a little world of its own: an establishment with its body, its contract, its people, one
row in each table, all tied to each other.  A new table joins by being declared.
"""

import enum
import itertools
import uuid
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from portal.kit import clock, storage
from tests.leaving import empty as leaving
from tests.make import EDITION

Row = dict[str, Any]

#: What a column's type does not tell.  Values by ``table.column``, else by ``column``.
CHOSEN: dict[str, Any] = {
    "edition_id": EDITION,
    "sign_in.only_tenant_id": None,
    "evidence.kind": "note",
    "evidence.visibility": "clients",
    "evidence.state": "ready",
    "evidence.replaced_by": None,
    #: A provider's; an establishment's own are tried in tests/space.
    "evidence.establishment_id": None,
    "file_request.evidence_id": None,
    "file_request.replaces_id": None,
    "file_request.offering_id": None,
    "collection.collector": "supplier",
    "collection.house": False,
    "collection.offering_id": None,
    "collection_turn.evidence_id": None,
    "evidence_link.offering_id": None,
    "evidence.covers_until": None,
    "contest.outcome": None,
    "self_answer.answer": "unknown",
    "contract.ends_on": None,
    "import_run.state": "uploaded",
    "import_run.counts": dict.fromkeys(
        ("created", "updated", "unchanged", "closed", "refused", "ignored", "warned"), 0
    ),
    "membership.role": "director",
    "membership.whole_tenant": False,
    "membership.ends_at": None,
    "membership.revoked_at": None,
    "attestation.state": "requested",
    "tracked_past.state": {
        "status": "unknown",
        "origin": "none",
        "offering": None,
        "bearer": "provider",
        "note": "",
        "applies": True,
        "proven": False,
        "proof_until": None,
        "review_due": None,
        "reviewed_on": None,
        "verdict": "none",
        "recognised": False,
        "verdict_reason": "",
    },
    "attestation.previous_id": None,
    "attestation.superseded_at": None,
    "attestation.revoked_at": None,
    "engagement.questions": [1],
    #: What answers a request is read beyond the day (tests/engagements/test_as_told).
    "audit_request.evidence_id": None,
    "audit_report.state": "ready",
    "audit_report.pdf_sha256": "0" * 64,
    "audit_report.pdf_size": 1,
    "engagement.ends_at": clock.now() + timedelta(days=30),
    "evidence_link_past.offering_id": None,
    "prior_record.state": "kept",
    "prior_record.made_at": clock.now(),
    "prior_record.kept_at": clock.now(),
    "prior_record.kept_by_name": "Somebody",
    "prior_record.plan": [],
    "prior_record.counts": {
        **dict.fromkeys(("requirements", "verdicts", "evidence", "attestations"), 0),
        **dict.fromkeys(("audits", "briefs", "contests", "assessments", "actions"), 0),
        "providers": ["Elsewhere"],
    },
    "prior_record.record": leaving.record(),
    **{
        f"scorecard.{name}": [0] * 13
        for name in (
            "declared",
            "proven",
            "recognised",
            "applicable",
            "unanswered",
            "contested",
            "lapsed",
        )
    },
    "tracked_requirement.proven": False,
    "tracked_requirement.recognised": False,
}
CODES = ("PARC-01", "PARC-02")
_count = itertools.count(1)
#: A tenant has one rule for each kind: its lanes have up to three, and a further row a fourth.
_kinds = itertools.cycle(("proof", "review", "contest"))


@dataclass
class Lane:
    """The rows of one establishment in one tenant, by table."""

    tenant_id: uuid.UUID
    user_id: uuid.UUID
    establishment_id: uuid.UUID = field(default_factory=uuid.uuid4)
    rows: dict[str, Row] = field(default_factory=dict)
    kind: str = field(default_factory=lambda: next(_kinds))

    def another(self, table: sa.Table) -> Row:
        """A further row for ``table``, tied to the same parents; not inserted."""
        return {column.name: self._value(table, column, 1) for column in _written(table)}

    def fill(self, table: sa.Table) -> Row:
        row = {column.name: self._value(table, column, 0) for column in _written(table)}
        self.rows[table.name] = row
        return row

    def _value(self, table: sa.Table, column: sa.Column[Any], turn: int) -> Any:
        chosen = {
            "tenant_id": self.tenant_id,
            "user_id": self.user_id,
            "requirement_code": CODES[turn],
            "establishment_id": self.establishment_id,
            "establishment.id": uuid.uuid4() if turn else self.establishment_id,
            "reminder_kind_rule.kind": "action" if turn else self.kind,
            "audit_report.pdf_key": storage.new_key(self.tenant_id, "report"),
            "file_key": storage.new_key(self.tenant_id, "file"),
            **CHOSEN,
        }
        for name in (f"{table.name}.{column.name}", column.name):
            if name in chosen:
                return chosen[name]
        if (parent := _parent(column)) is not None:
            return self.rows[parent.table.name][parent.name]
        return plain(column)


def _written(table: sa.Table) -> list[sa.Column[Any]]:
    """All but what PostgreSQL fills in, and what may stay empty without being a link."""
    return [
        column
        for column in table.columns
        if column.server_default is None
        and (
            not column.nullable
            or column.foreign_keys
            or column.name == "establishment_id"
            or f"{table.name}.{column.name}" in CHOSEN
        )
    ]


def _parent(column: sa.Column[Any]) -> sa.Column[Any] | None:
    """What a link inside the tenant points to."""
    for key in column.foreign_keys:
        if "tenant_id" in key.column.table.columns:
            return key.column
    return None


def plain(column: sa.Column[Any]) -> Any:
    """Some value that the column's type accepts, never twice the same text or id."""
    kind = column.type
    if isinstance(kind, sa.Enum):
        first = kind.enum_class
        return next(iter(first)).value if first and issubclass(first, enum.Enum) else kind.enums[0]
    if isinstance(kind, sa.ARRAY):
        return []
    if isinstance(kind, JSONB):
        return {}
    if isinstance(kind, sa.BigInteger):
        return next(_count)  # a place in a row of things: never twice the same
    return _of(kind.python_type)


def _of(python_type: type) -> Any:
    number = next(_count)
    values: dict[type, Any] = {
        uuid.UUID: uuid.uuid4(),
        str: f"text {number}",
        int: 1,
        bool: False,
        bytes: b"bytes",
        datetime: clock.now(),
        date: clock.today(),
    }
    return values[python_type]

"""Break one thing in every database that the tests of this process make."""

import sys
from dataclasses import dataclass
from typing import Any, Final

import pytest
from sqlalchemy import Connection, text

from tests.mutants.breaking import Edit, changed


@dataclass(frozen=True)
class Policy:
    """A policy of PostgreSQL that is missing."""

    table: str
    name: str

    def apply(self) -> list[object]:
        """The plugin that pytest is to load."""
        return [Broken(self)]

    def breaks(self, connection: Connection) -> None:
        connection.execute(text(f'DROP POLICY "{self.name}" ON "{self.table}"'))


@dataclass(frozen=True)
class Clause:
    """One condition of a policy, as PostgreSQL writes it, that is another."""

    table: str
    name: str
    old: str
    new: str

    def apply(self) -> list[object]:
        return [Broken(self)]

    def breaks(self, connection: Connection) -> None:
        asked = "SELECT qual FROM pg_policies WHERE tablename = :table AND policyname = :name"
        qual = connection.scalar(text(asked), {"table": self.table, "name": self.name})
        told = changed(str(qual), self.old, self.new, of=f"{self.table}.{self.name}")
        connection.exec_driver_sql(f'ALTER POLICY "{self.name}" ON "{self.table}" USING ({told})')


@dataclass(frozen=True)
class Function:
    """One condition of a function that policies ask, that is another."""

    name: str
    old: str
    new: str

    def apply(self) -> list[object]:
        return [Broken(self)]

    def breaks(self, connection: Connection) -> None:
        asked = text("SELECT pg_get_functiondef(CAST(:name AS regproc))")
        body = str(connection.scalar(asked, {"name": self.name}))
        connection.exec_driver_sql(changed(body, self.old, self.new, of=self.name))


@dataclass(frozen=True)
class WideOpen:
    """A policy that lets everything through."""

    table: str
    name: str

    def apply(self) -> list[object]:
        return [Broken(self)]

    def breaks(self, connection: Connection) -> None:
        connection.execute(text(f'ALTER POLICY "{self.name}" ON "{self.table}" USING (true)'))


InDatabase = Policy | Clause | Function | WideOpen


@dataclass(frozen=True)
class Together:
    """Several locks of one thing at once, where any of them would hold it alone."""

    parts: tuple[Edit | InDatabase, ...]

    def apply(self) -> list[object]:
        return [plugin for part in self.parts for plugin in part.apply()]


class Broken:
    """Breaks each database as it is made.  Good for several runs of pytest in one process."""

    def __init__(self, breaking: InDatabase) -> None:
        self._breaking = breaking
        self._there = False

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self) -> None:
        """Before any test module takes the function by its name."""
        if self._there:
            return  # the module stays from one run to the next
        self._there = True
        conftest: Any = sys.modules["tests.conftest"]
        made = conftest.new_database

        def new_database(name: str) -> None:
            made(name)
            self._break(conftest, name)

        conftest.new_database = new_database

    def _break(self, conftest: Any, database: str) -> None:
        engine = conftest.sa.create_engine(conftest.servers.admin_url(database))
        with engine.begin() as connection:
            self._breaking.breaks(connection)
        engine.dispose()


_REVOKED, _BEGUN = "m.revoked_at IS NULL", "m.starts_at <= now()"
_LASTING = "(m.ends_at IS NULL OR m.ends_at > now())"
_HERS = "AND m.id = NULLIF(current_setting('app.membership_id', true), '')::uuid AND"
_CHOSEN = "AND g.id = NULLIF(current_setting('app.engagement_id', true), '')::uuid"
_LISTING = ("listed_establishments", "own_engagements", "own_places")
_ENGAGEMENT = ("engagement", "establishment_scope")
_PAST = ("evidence_link_past", "establishment_scope")
_NEXT = "house_hands_over"
_PERSON = "NULLIF(current_setting('app.user_id', true), '')::uuid"

#: What decides between a listed membership or an auditor and a row, by what is missing.
CONDITIONS: Final[dict[str, Function | Clause]] = {
    **{f"{name}: an access taken back": Function(name, _REVOKED, "TRUE") for name in _LISTING},
    # An engagement asks that its auditor was named since her access began, which holds this too.
    **{
        f"{name}: one not begun": Function(name, _BEGUN, "TRUE")
        for name in _LISTING
        if name != "own_engagements"
    },
    **{f"{name}: one that ended": Function(name, _LASTING, "TRUE") for name in _LISTING},
    **{f"{name}: somebody else's": Function(name, _HERS, "AND") for name in _LISTING},
    "listed_establishments: an auditor's engagement": Function(
        "listed_establishments", "m.role <> 'auditor' OR", "TRUE OR"
    ),
    "listed_establishments: which engagement": Function("listed_establishments", _CHOSEN, ""),
    "own_engagements: before she came back": Function(
        "own_engagements", " AND a.named_at >= m.starts_at", ""
    ),
    "own_engagements: of an auditor of before": Function(
        "own_engagements", " AND m.role = 'auditor'", ""
    ),
    "own_places: an auditor's": Function("own_places", " AND m.role <> 'auditor'", ""),
    "concerned_engagements: whose place": Function(
        "concerned_engagements", " AND p.establishment_id IN (SELECT own_places())", ""
    ),
    "lasting_engagements: not an auditor's": Function(
        "lasting_engagements", "IF NOT auditing() THEN RETURN; END IF;", ""
    ),
    "listed_codes: the questions": Function(
        "listed_codes", "OR q.question IN", "OR TRUE OR q.question IN"
    ),
    "listed_codes: which engagement": Function("listed_codes", _CHOSEN, ""),
    "seen_until: the day": Function("seen_until", "NOT auditing()", "TRUE"),
    "seen_until: the end of the day": Function("seen_until", "g.as_of + 1", "g.as_of + 2"),
    "seen_until: which engagement": Function("seen_until", _CHOSEN, "ORDER BY g.id DESC LIMIT 1"),
    "auditing: who audits": Function("auditing", "m.role = 'auditor'", "FALSE"),
    "contracted_offerings: by contract": Function(
        "contracted_offerings", "SELECT offering_id FROM public.contract", "SELECT NULL::uuid"
    ),
    "listed_offerings: that are seen": Function(
        "listed_offerings", "SELECT id FROM public.offering", "SELECT NULL::uuid"
    ),
    "linked_evidence: of today": Function(
        "linked_evidence", "SELECT evidence_id FROM public.evidence_link UNION ", ""
    ),
    "linked_evidence: of then": Function(
        "linked_evidence", " UNION SELECT evidence_id FROM public.evidence_link_past", ""
    ),
    "engagement: hers": Clause(
        *_ENGAGEMENT, "(id IN ( SELECT own_engagements() AS own_engagements))", "TRUE"
    ),
    "engagement: taken back": Clause(*_ENGAGEMENT, "(revoked_at IS NULL)", "TRUE"),
    "engagement: begun": Clause(*_ENGAGEMENT, "(starts_at <= now())", "TRUE"),
    "engagement: ended": Clause(*_ENGAGEMENT, "(ends_at > now())", "TRUE"),
    "engagement: of a place of hers": Clause(
        *_ENGAGEMENT,
        "(id IN ( SELECT concerned_engagements() AS concerned_engagements))",
        "TRUE",
    ),
    "a link gone: its question": Clause(
        *_PAST, "(requirement_code IN ( SELECT listed_codes() AS listed_codes))", "TRUE"
    ),
    "a link gone: not there yet": Clause(
        *_PAST, "(linked_at < ( SELECT seen_until() AS seen_until))", "TRUE"
    ),
    "a link gone: still there then": Clause(
        *_PAST, "(unlinked_at >= ( SELECT seen_until() AS seen_until))", "TRUE"
    ),
    "house_hands_over: to one of the same house": Function(
        _NEXT, " AND s.establishment_id = old.establishment_id", ""
    ),
    "house_hands_over: by whom": Function(_NEXT, f" AND s.added_by = {_PERSON}", ""),
    "house_hands_over: just come in": Function(_NEXT, "AND s.state = 'quarantine' ", ""),
    "house_hands_over: not withdrawn": Function(
        _NEXT, "'quarantine' AND s.withdrawn_at IS NULL", "'quarantine'"
    ),
    "house_hands_over: without a successor": Function(
        _NEXT, "AND s.replaced_by IS NULL AND s.id", "AND s.id"
    ),
    "house_hands_over: a free place": Function(_NEXT, "AND s.id = old.replaced_by", "AND FALSE"),
    "operators: who grants plans": Function("grant_plan", "IF NOT EXISTS", "IF FALSE AND EXISTS"),
    "operators: who counts": Function("tenant_census", "IF NOT EXISTS", "IF FALSE AND EXISTS"),
    "operators: who sees promises": Function("outbox_backlog", "AND EXISTS", "AND TRUE OR EXISTS"),
    "the register: follows": Function(
        "issued_document_follows", "IF NOT EXISTS", "IF FALSE AND EXISTS"
    ),
    "an entry: stays": Function("log_entry_stays", "BEGIN", "BEGIN RETURN NEW;"),
}

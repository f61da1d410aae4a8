"""An auditor's engagement: what she reads, asks and concludes; and what stood on an earlier day.

From here on an auditor's membership reaches nothing by itself: it reaches what one engagement of
hers lists, while that lasts, of the questions it names, as things stood on the day it names.
"""

import sqlalchemy as sa
from alembic import op
from flask import current_app
from sqlalchemy.dialects import postgresql

from tenants import rls

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_TENANT = f"NULLIF(current_setting('{rls.TENANT}', true), '')::uuid"
_MEMBERSHIP = f"NULLIF(current_setting('{rls.MEMBERSHIP}', true), '')::uuid"
_ENGAGEMENT = f"NULLIF(current_setting('{rls.ENGAGEMENT}', true), '')::uuid"
_USER = f"NULLIF(current_setting('{rls.USER}', true), '')::uuid"
_MINE = f"m.tenant_id = {_TENANT} AND m.id = {_MEMBERSHIP}"
_VALID = (
    f"{_MINE} AND m.revoked_at IS NULL AND m.starts_at <= now()"
    " AND (m.ends_at IS NULL OR m.ends_at > now())"
)
_REACHED = (
    "public.membership_establishment r JOIN public.membership m"
    f" ON m.tenant_id = r.tenant_id AND m.id = r.membership_id WHERE {_VALID}"
)
#: The engagement that the scope names; its own policy says whether it is hers and lasts.
_CHOSEN = f"public.engagement g WHERE g.tenant_id = {_TENANT} AND g.id = {_ENGAGEMENT}"

#: In the order of their needs.  None reads a table whose policies come back to itself.
FUNCTIONS = {
    "auditing": (
        "boolean",
        f"SELECT EXISTS (SELECT FROM public.membership m WHERE {_MINE} AND m.role = 'auditor')",
    ),
    "own_places": (
        "SETOF uuid",
        f"SELECT r.establishment_id FROM {_REACHED} AND m.role <> 'auditor'",
    ),
    "own_engagements": (
        "SETOF uuid",
        f"""SELECT a.engagement_id FROM public.engagement_auditor a JOIN public.membership m
              ON m.tenant_id = a.tenant_id AND m.id = a.membership_id WHERE {_VALID}""",
    ),
    "concerned_engagements": (
        "SETOF uuid",
        f"""SELECT p.engagement_id FROM public.engagement_establishment p
             WHERE p.tenant_id = {_TENANT} AND p.establishment_id IN (SELECT own_places())""",
    ),
    "listed_codes": (
        "SETOF text",
        f"""SELECT q.code FROM public.requirement q WHERE NOT (SELECT auditing())
               OR q.question IN (SELECT unnest(g.questions) FROM {_CHOSEN})""",
    ),
    # The instant up to which an auditor sees: the end of the day she audits, or any.
    "seen_until": (
        "timestamptz",
        f"""SELECT CASE WHEN NOT auditing() THEN 'infinity'::timestamptz ELSE
            (SELECT COALESCE((g.as_of + 1)::timestamp AT TIME ZONE 'Europe/Paris', 'infinity')
               FROM {_CHOSEN}) END""",
    ),
}
_LISTED_BY_ENGAGEMENT = f"""
    SELECT r.establishment_id FROM {_REACHED}
       AND (m.role <> 'auditor' OR r.establishment_id IN (
            SELECT p.establishment_id FROM public.engagement_establishment p
              JOIN public.engagement g ON g.tenant_id = p.tenant_id AND g.id = p.engagement_id
             WHERE g.tenant_id = {_TENANT} AND g.id = {_ENGAGEMENT}))
"""
_LISTED_BEFORE = f"SELECT r.establishment_id FROM {_REACHED}"
_LINKED = "SELECT evidence_id FROM public.evidence_link"

#: What an auditor sees of a table besides what any list does.
AUDITED = {
    "evidence": "created_at < (SELECT seen_until())",
    "evidence_link": (
        "created_at < (SELECT seen_until()) AND requirement_code IN (SELECT listed_codes())"
    ),
    "contract_bearer": "requirement_code IN (SELECT listed_codes())",
    "offering_requirement": "requirement_code IN (SELECT listed_codes())",
    # Her own deeds, for they are hers and she adds to them.
    "audit_event": f"actor_id = {_USER}",
    "tracked_past": (
        "requirement_code IN (SELECT listed_codes())"
        " AND since < ((SELECT seen_until()) AT TIME ZONE 'Europe/Paris')"
    ),
    "statement_past": (
        "requirement_code IN (SELECT listed_codes())"
        " AND since < ((SELECT seen_until()) AT TIME ZONE 'Europe/Paris')"
    ),
    **dict.fromkeys(
        ("audit_request", "audit_finding"),
        f"engagement_id = {_ENGAGEMENT} AND requirement_code IN (SELECT listed_codes())",
    ),
}
#: What she sees as any list does: by the establishments of her engagement, or as her own.
AS_LISTED = {
    "audit_head", "audit_link", "contract", "engagement", "engagement_auditor",
    "engagement_draw", "engagement_establishment", "establishment", "evidence_link_past",
    "mail", "managing_body", "membership", "membership_establishment", "offering", "outbox",
    "reminder",
    # Wrapped: what it opens is out of her reach but for what her engagement shows.
    "tenant_key",
}  # fmt: skip
_ALL = "SELECT, INSERT, UPDATE, DELETE"
#: What was drawn, asked, found or was so on a day does not go away.
RIGHTS = {
    "engagement": "SELECT, INSERT, UPDATE",
    "engagement_draw": "SELECT, INSERT",
    "evidence_link_past": "SELECT, INSERT",
    **dict.fromkeys(
        ("audit_request", "audit_finding", "tracked_past", "statement_past"),
        "SELECT, INSERT, UPDATE",
    ),
}


def upgrade() -> None:
    app_role = sa.make_url(current_app.config["SETTINGS"].database_url).username
    tables = (*_rooms(), *_pasts())
    for table in tables:
        rls.isolate(op, table)
        op.execute(f'GRANT {RIGHTS.get(table, _ALL)} ON {table} TO "{app_role}"')
    for name, (returns, query) in FUNCTIONS.items():
        _define(name, returns, query)
    _lock()
    _keep_what_is_there(op.get_bind())


def _define(name: str, returns: str, query: str) -> None:
    answer = "RETURN QUERY" if returns.startswith("SETOF") else "RETURN"
    body = query if returns.startswith("SETOF") else f"({query})"
    op.execute(
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS {returns} LANGUAGE plpgsql STABLE"
        f" PARALLEL SAFE AS $$ BEGIN {answer} {body}; END $$"
    )


def _lock() -> None:
    hers = "id IN (SELECT own_engagements()) AND revoked_at IS NULL"
    lasting = "starts_at <= now() AND ends_at > now()"
    rls.narrow(
        op, "engagement", f"({hers} AND {lasting}) OR id IN (SELECT concerned_engagements())"
    )
    rls.narrow(op, "engagement_auditor", f"membership_id = {_MEMBERSHIP}")
    rls.narrow(
        op,
        "engagement_establishment",
        "engagement_id IN (SELECT own_engagements()) OR establishment_id IN (SELECT own_places())",
    )
    rls.narrow(op, "engagement_draw", "engagement_id IN (SELECT id FROM engagement)")
    for table in ("engagement_auditor", "engagement_establishment"):
        rls.provider_writes(op, table)
    for table in ("engagement", "statement_past"):
        rls.provider_writes(op, table, only={"INSERT", "UPDATE"})
    rls.provider_writes(op, "evidence_link_past", only={"INSERT"})
    for table in ("audit_request", "audit_finding", "tracked_past"):
        rls.narrow(op, table)
    rls.narrow(op, "statement_past", "offering_id IN (SELECT listed_offerings())")
    # A link that is gone is told to whoever audits a day on which it stood.
    inside = (
        f"establishment_id IN {rls.LISTED} OR (establishment_id IS NULL AND "
        "(offering_id IS NULL OR offering_id IN (SELECT listed_offerings())))"
    )
    rls.narrow(
        op,
        "evidence_link_past",
        f"(SELECT auditing()) AND ({inside}) AND requirement_code IN (SELECT listed_codes())"
        " AND linked_at < (SELECT seen_until()) AND unlinked_at >= (SELECT seen_until())",
    )
    _define("listed_establishments", "SETOF uuid", _LISTED_BY_ENGAGEMENT)
    _define(
        "linked_evidence",
        "SETOF uuid",
        f"{_LINKED} UNION SELECT evidence_id FROM public.evidence_link_past",
    )
    _audited()


def _audited() -> None:
    """Say of every table what an auditor sees; of one that is not named, nothing."""
    locked = op.get_bind().scalars(
        sa.text(
            "SELECT tablename FROM pg_policies WHERE policyname = 'tenant_isolation'"
            " AND schemaname = 'public' ORDER BY tablename"
        )
    )
    for table in [name for name in locked if name not in AS_LISTED]:
        rls.audited(op, table, AUDITED.get(table, "FALSE"))


def _keep_what_is_there(connection: sa.Connection) -> None:
    """The record of the past begins with what is said today."""
    told = sa.text(
        f"SELECT set_config('{rls.TENANT}', :tenant, true), set_config('{rls.REACH}', :reach, true)"
    )
    for tenant_id in connection.scalars(sa.text("SELECT id FROM tenant ORDER BY id")).all():
        connection.execute(told, {"tenant": str(tenant_id), "reach": "tenant"})
        connection.execute(sa.text(_FIRST_STATES))
        connection.execute(sa.text(_FIRST_WORDS))
    connection.execute(told, {"tenant": "", "reach": ""})


_TODAY = "CAST(now() AT TIME ZONE 'Europe/Paris' AS date)"
_FIRST_STATES = f"""
    INSERT INTO tracked_past (tenant_id, establishment_id, edition_id, requirement_code, since,
                              question, state)
    SELECT tenant_id, establishment_id, edition_id, requirement_code, {_TODAY}, question,
           jsonb_build_object(
               'applies', applies, 'status', status, 'origin', origin, 'offering', offering_id,
               'bearer', bearer, 'note', note, 'reviewed_on', reviewed_on,
               'review_due', review_due, 'proven', proven, 'proof_until', proof_until,
               'verdict', verdict, 'recognised', recognised, 'verdict_at', verdict_at,
               'reason', verdict_reason)
      FROM tracked_requirement
"""
_FIRST_WORDS = f"""
    INSERT INTO statement_past (tenant_id, offering_id, edition_id, requirement_code, since,
                                status, text)
    SELECT tenant_id, offering_id, edition_id, requirement_code, {_TODAY}, status, text
      FROM statement
"""


def _id(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def _said(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _at(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _stamps() -> tuple[sa.Column, sa.Column]:
    now = sa.text("now()")
    return tuple(
        sa.Column(name, sa.DateTime(timezone=True), server_default=now, nullable=False)
        for name in ("created_at", "updated_at")
    )


def _key(table: str, *columns: str) -> tuple[sa.Constraint, ...]:
    return (
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f(f"fk_{table}_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", *columns, name=op.f(f"pk_{table}")),
    )


def _points(table: str, to: str) -> sa.Constraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", f"{to}_id"],
        [f"{to}.tenant_id", f"{to}.id"],
        name=op.f(f"fk_{table}_tenant_id_{to}_id_{to}"),
    )


def _requirement(table: str) -> sa.Constraint:
    return sa.ForeignKeyConstraint(
        ["edition_id", "requirement_code"],
        ["requirement.edition_id", "requirement.code"],
        name=op.f(f"fk_{table}_edition_id_requirement_code_requirement"),
    )


def _rooms() -> tuple[str, ...]:
    op.create_table(
        "engagement",
        _id("tenant_id"), _id("id"), _said("title"), _said("purpose"),
        sa.Column("questions", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_until", sa.Date(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=True),
        sa.Column(
            "starts_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ), _at("ends_at"), _at("revoked_at", nullable=True),
        sa.Column("downloads", sa.Boolean(), nullable=False),
        sa.Column("watermark", sa.Boolean(), nullable=False),
        sa.Column("auditors", postgresql.ARRAY(sa.Text()), nullable=False),
        _id("opened_by"), _said("opened_by_name"), *_stamps(),
        sa.CheckConstraint("period_until >= period_from", name=op.f("ck_engagement_period")),
        sa.CheckConstraint(
            "ends_at > starts_at AND ends_at <= starts_at + interval '181 days'",
            name=op.f("ck_engagement_lasting"),
        ),
        sa.CheckConstraint(
            "questions <@ ARRAY[1,2,3,4,5,6,7,8,9,10,11,12,13]::smallint[]",
            name=op.f("ck_engagement_questions"),
        ),
        *_key("engagement", "id"),
    )  # fmt: skip
    op.create_table(
        "engagement_auditor",
        _id("tenant_id"), _id("engagement_id"), _id("membership_id"),
        _points("engagement_auditor", "engagement"), _points("engagement_auditor", "membership"),
        *_key("engagement_auditor", "engagement_id", "membership_id"),
    )  # fmt: skip
    op.create_index(
        "ix_engagement_auditor_membership", "engagement_auditor", ["tenant_id", "membership_id"]
    )
    op.create_table(
        "engagement_establishment",
        _id("tenant_id"), _id("engagement_id"), _id("establishment_id"),
        _points("engagement_establishment", "engagement"),
        _points("engagement_establishment", "establishment"),
        *_key("engagement_establishment", "engagement_id", "establishment_id"),
    )  # fmt: skip
    op.create_index(
        "ix_engagement_establishment_place",
        "engagement_establishment",
        ["tenant_id", "establishment_id"],
    )
    op.create_table(
        "engagement_draw",
        _id("tenant_id"), _id("id"), _id("engagement_id"), _said("seed"),
        sa.Column("size", sa.Integer(), nullable=False), _said("drawn_by_name"), *_stamps(),
        _points("engagement_draw", "engagement"), *_key("engagement_draw", "id"),
    )  # fmt: skip
    op.create_index(
        "ix_engagement_draw_engagement", "engagement_draw", ["tenant_id", "engagement_id"]
    )
    for table in ("audit_request", "audit_finding"):
        _asked_or_found(table)
    return (
        "engagement", "engagement_auditor", "engagement_establishment", "engagement_draw",
        "audit_request", "audit_finding",
    )  # fmt: skip


def _asked_or_found(table: str) -> None:
    own: dict[str, tuple[sa.SchemaItem, ...]] = {
        "audit_request": (
            _said("words"), sa.Column("due_on", sa.Date(), nullable=False),
            _id("asked_by"), _said("asked_by_name"),
            _said("answer", nullable=True), _id("evidence_id", nullable=True),
            _said("answered_by_name", nullable=True), _at("answered_at", nullable=True),
            _points("audit_request", "evidence"),
        ),
        "audit_finding": (
            sa.Column(
                "conclusion",
                sa.Enum(
                    "conform", "observation", "minor", "major", name="conclusion",
                    native_enum=False, create_constraint=True, length=32,
                ),
                nullable=False,
            ),
            _said("words"), _id("found_by"), _said("found_by_name"),
            sa.Column("version", sa.Integer(), nullable=False),
            *(
                column
                for side in ("provider", "place")
                for column in (
                    _said(f"{side}_answer", nullable=True),
                    _said(f"{side}_by_name", nullable=True),
                    _at(f"{side}_at", nullable=True),
                )
            ),
            sa.UniqueConstraint(
                "tenant_id", "engagement_id", "establishment_id", "edition_id", "requirement_code",
                name=op.f("uq_audit_finding_one_each"),
            ),
        ),
    }  # fmt: skip
    op.create_table(
        table,
        _id("tenant_id"), _id("id"), _id("engagement_id"), _id("establishment_id"),
        _said("edition_id"), _said("requirement_code"), *own[table], *_stamps(),
        _points(table, "engagement"), _points(table, "establishment"), _requirement(table),
        *_key(table, "id"),
    )  # fmt: skip
    op.create_index(f"ix_{table}_engagement", table, ["tenant_id", "engagement_id"])
    op.create_index(f"ix_{table}_establishment", table, ["tenant_id", "establishment_id"])


def _pasts() -> tuple[str, ...]:
    op.create_table(
        "tracked_past",
        _id("tenant_id"), _id("establishment_id"), _said("edition_id"), _said("requirement_code"),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("question", sa.SmallInteger(), nullable=False),
        sa.Column("state", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        _points("tracked_past", "establishment"), _requirement("tracked_past"),
        *_key("tracked_past", "establishment_id", "edition_id", "requirement_code", "since"),
    )  # fmt: skip
    status = sa.Enum(
        "unknown", "planned", "partial", "implemented", "alternative", "not_applicable",
        name="status", native_enum=False, create_constraint=True, length=32,
    )  # fmt: skip
    op.create_table(
        "statement_past",
        _id("tenant_id"), _id("offering_id"), _said("edition_id"), _said("requirement_code"),
        sa.Column("since", sa.Date(), nullable=False), sa.Column("status", status, nullable=False),
        _said("text"), _points("statement_past", "offering"), _requirement("statement_past"),
        *_key("statement_past", "offering_id", "edition_id", "requirement_code", "since"),
    )  # fmt: skip
    op.create_table(
        "evidence_link_past",
        _id("tenant_id"), _id("id"), _id("evidence_id"), _said("edition_id"),
        _said("requirement_code"), _id("offering_id", nullable=True),
        _id("establishment_id", nullable=True), _at("linked_at"), _at("unlinked_at"),
        *(_points("evidence_link_past", to) for to in ("evidence", "offering", "establishment")),
        _requirement("evidence_link_past"), *_key("evidence_link_past", "id"),
    )  # fmt: skip
    op.create_index(
        "ix_evidence_link_past_evidence", "evidence_link_past", ["tenant_id", "evidence_id"]
    )
    return ("tracked_past", "statement_past", "evidence_link_past")


def downgrade() -> None:
    _define("listed_establishments", "SETOF uuid", _LISTED_BEFORE)
    _define("linked_evidence", "SETOF uuid", _LINKED)
    op.execute("""
        DO $$ DECLARE p record; BEGIN
            FOR p IN SELECT policyname, tablename FROM pg_policies
                      WHERE schemaname = 'public' AND policyname = 'engagement_scope' LOOP
                EXECUTE format('DROP POLICY %I ON %I', p.policyname, p.tablename);
            END LOOP;
        END $$""")
    for table in (
        "evidence_link_past", "statement_past", "tracked_past", "audit_finding", "audit_request",
        "engagement_draw", "engagement_establishment", "engagement_auditor", "engagement",
    ):  # fmt: skip
        op.drop_table(table)
    for name in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION {name}()")

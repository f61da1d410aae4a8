"""Every table keeps its tenants apart: read from the models, and again from PostgreSQL itself."""

import pytest
import sqlalchemy as sa

from tenants.db import Base
from tenants.scoping import TenantScoped
from tests.house import tree

#: Rows that belong to no tenant.  A new name here is a decision, not a convenience.
#: The tables of the public log hold salted digests and what is published of them.
#: ``platform_identity`` holds digests of a national number, looked up before anybody is known;
#: ``challenge`` holds digests under the portal's secret, of whoever has no account yet as well.
GLOBAL = {
    "edition", "question", "requirement", "tenant", "user_account", "issued_document", "challenge",
    "platform_identity", "log_entry", "log_node", "log_checkpoint", "trust_anchor",
}  # fmt: skip
#: Rows that belong to a person, whatever her tenants: she alone sees them.
PERSONAL = {
    "sign_in",
    "factor",
    "recovery_code",
    "account_event",
    "operator",
    "comeback",
    "address_change",
}
#: Indexes that do not begin with ``tenant_id``: a person's memberships, whatever the tenant.
FREE_INDEXES = {"ix_membership_user_id"}
APP = "treize_app"

tree.import_tables()
TABLES = {table.name: table for table in Base.metadata.sorted_tables}
TENANT_TABLES = sorted(set(TABLES) - GLOBAL - PERSONAL)


def _names(connection: sa.Connection, query: str) -> set[str]:
    return set(connection.scalars(sa.text(query)))


def test_every_model_is_of_a_tenant_or_on_the_short_list() -> None:
    scoped = {
        str(mapper.persist_selectable)
        for mapper in Base.registry.mappers
        if issubclass(mapper.class_, TenantScoped)
    }

    assert set(TABLES) - scoped == GLOBAL | PERSONAL


def test_the_database_has_the_tables_of_the_models_and_no_other(superuser: sa.Connection) -> None:
    found = _names(superuser, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")

    assert found == {*TABLES, "alembic_version"}


def test_row_level_security_is_forced_on_every_tenant_table(superuser: sa.Connection) -> None:
    forced = _names(
        superuser,
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
        "AND relrowsecurity AND relforcerowsecurity",
    )

    assert forced == {*TENANT_TABLES, *PERSONAL}


def test_every_tenant_table_is_isolated_and_says_how_far_a_list_sees(
    superuser: sa.Connection,
) -> None:
    policies = superuser.execute(
        sa.text("SELECT tablename, policyname, permissive, with_check FROM pg_policies")
    ).all()
    isolated = {p.tablename for p in policies if p.policyname == "tenant_isolation"}
    restricted = {p.tablename for p in policies if p.permissive == "RESTRICTIVE"}

    assert isolated == set(TENANT_TABLES)
    assert restricted == set(TENANT_TABLES)


def test_a_policy_that_lets_more_in_is_one_of_these(superuser: sa.Connection) -> None:
    """Permissive policies add up: each beyond the isolation widens it."""
    found = _names(
        superuser,
        "SELECT tablename || '.' || policyname FROM pg_policies "
        "WHERE permissive = 'PERMISSIVE' AND policyname NOT IN ('tenant_isolation', 'own_rows')",
    )

    assert found == {
        "membership.own_memberships",
        "outbox.dispatch",
        # Messages about an account, no tenant's: to add alone (tests/accounts/test_carried).
        "outbox.owed_to_persons",
        # To the owner of the tables, for ``mail_unsure`` and ``mail_figures`` to count.
        "mail.counted",
        # To the owner of the tables, for what wore out to go.
        *(f"{table}.worn_out" for table in PERSONAL - {"factor", "operator", "recovery_code"}),
    }


def test_what_is_personal_is_seen_by_its_person_alone(superuser: sa.Connection) -> None:
    policies = superuser.execute(
        sa.text(
            "SELECT tablename, policyname, permissive, qual, with_check FROM pg_policies"
            " WHERE (tablename = ANY(:tables) AND policyname <> 'worn_out')"
            " OR policyname = 'own_rows'"
        ),
        {"tables": sorted(PERSONAL)},
    ).all()

    assert {(p.tablename, p.policyname) for p in policies} == {(t, "own_rows") for t in PERSONAL}
    for policy in policies:
        assert policy.qual == policy.with_check
        assert policy.qual.startswith("(user_id = ")
        assert "app.user_id" in policy.qual


@pytest.mark.parametrize("policy", ["dispatch", "counted", "worn_out"])
def test_what_looks_across_serves_the_owner_alone(superuser: sa.Connection, policy: str) -> None:
    roles = superuser.scalars(
        sa.text("SELECT roles::text FROM pg_policies WHERE policyname = :name"), {"name": policy}
    )

    assert set(roles) == {"{treize_owner}"}


@pytest.mark.parametrize("table", TENANT_TABLES)
def test_the_primary_key_starts_with_the_tenant(table: str) -> None:
    assert next(iter(TABLES[table].primary_key)).name == "tenant_id"


@pytest.mark.parametrize("table", TENANT_TABLES)
def test_every_unique_and_index_starts_with_the_tenant(
    superuser: sa.Connection, table: str
) -> None:
    """A unique value across tenants would tell one what another has."""
    found = superuser.execute(
        sa.text("""
            SELECT i.relname AS name, a.attname AS first
              FROM pg_index x
              JOIN pg_class i ON i.oid = x.indexrelid
              LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[0]
             WHERE x.indrelid = to_regclass(:table)
        """),
        {"table": table},
    ).all()

    assert found
    assert {row.name for row in found if row.first != "tenant_id"} <= FREE_INDEXES


@pytest.mark.parametrize("table", TENANT_TABLES)
def test_every_link_stays_inside_the_tenant(superuser: sa.Connection, table: str) -> None:
    """A foreign key checks beyond row-level security: only a composite one cannot leave."""
    links = superuser.execute(
        sa.text("""
            SELECT c.conname AS name, c.confrelid::regclass::text AS target,
                   (SELECT attname FROM pg_attribute
                     WHERE attrelid = c.conrelid AND attnum = c.conkey[1]) AS own,
                   (SELECT attname FROM pg_attribute
                     WHERE attrelid = c.confrelid AND attnum = c.confkey[1]) AS theirs
              FROM pg_constraint c
             WHERE c.conrelid = to_regclass(:table) AND c.contype = 'f'
        """),
        {"table": table},
    ).all()
    inside = [link for link in links if link.target not in GLOBAL]

    assert "tenant" in {link.target for link in links}
    assert [ln.name for ln in inside if (ln.own, ln.theirs) != ("tenant_id", "tenant_id")] == []


@pytest.mark.parametrize("table", TENANT_TABLES)
def test_a_column_that_names_a_record_is_a_foreign_key(table: str) -> None:
    """``x_id`` beside a table ``x`` of the same tenant must not point into the void."""
    tied = {column.name for key in TABLES[table].foreign_keys for column in [key.parent]}
    named = {
        column.name
        for column in TABLES[table].columns
        if column.name.removesuffix("_id") in set(TENANT_TABLES) and column.name.endswith("_id")
    }

    assert named - tied <= LOOSE.get(table, set())


#: The journal outlives what it tells of; a reminder outlives its mail.
LOOSE = {"audit_event": {"establishment_id"}, "reminder": {"mail_id"}}


def test_nothing_looks_over_the_locks(superuser: sa.Connection) -> None:
    """A view or a materialised view reads with its owner's eyes."""
    views = _names(
        superuser,
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
        "AND relkind IN ('v', 'm', 'f')",
    )

    assert views == set()


def test_the_app_s_role_owns_nothing_and_cannot_empty_a_table(superuser: sa.Connection) -> None:
    owned = _names(
        superuser,
        "SELECT relname FROM pg_class WHERE pg_get_userbyid(relowner) = 'treize_app'",
    )
    too_much = _names(
        superuser,
        "SELECT DISTINCT privilege_type FROM information_schema.role_table_grants "
        "WHERE grantee = 'treize_app' AND table_schema = 'public'",
    )

    assert owned == set()
    assert too_much == {"SELECT", "INSERT", "UPDATE", "DELETE"}


def test_nothing_is_granted_to_everybody(superuser: sa.Connection) -> None:
    public = _names(
        superuser,
        "SELECT table_name FROM information_schema.role_table_grants "
        "WHERE grantee = 'PUBLIC' AND table_schema = 'public'",
    )

    assert public == set()


def test_nothing_belongs_to_a_superuser(superuser: sa.Connection) -> None:
    owners = _names(
        superuser,
        "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class "
        "WHERE relnamespace = 'public'::regnamespace",
    )

    assert owners == {"treize_owner"}


def test_the_app_s_role_cannot_change_what_must_not_change(superuser: sa.Connection) -> None:
    granted = superuser.execute(
        sa.text(
            "SELECT table_name, privilege_type FROM information_schema.role_table_grants "
            "WHERE grantee = :app AND table_schema = 'public'"
        ),
        {"app": APP},
    ).all()
    rights: dict[str, set[str]] = {}
    for row in granted:
        rights.setdefault(row.table_name, set()).add(row.privilege_type)

    for table in ("edition", "question", "requirement"):
        assert rights[table] == {"SELECT"}
    assert rights["audit_event"] == {"SELECT", "INSERT"}
    assert rights["issued_document"] == {"SELECT", "INSERT"}
    assert "DELETE" not in rights["tenant"] | rights["user_account"]


def test_the_schema_keeps_the_rules_of_a_citus_distribution(superuser: sa.Connection) -> None:
    """Distributed by ``tenant_id``, with the global tables as reference tables, it would hold.

    Each unique constraint carries the distribution column, no distributed table has a trigger or
    a serial, no foreign key goes from a reference table to a distributed one.
    """
    without = _names(
        superuser,
        """
        SELECT x.indexrelid::regclass::text FROM pg_index x
          JOIN pg_class c ON c.oid = x.indrelid AND c.relnamespace = 'public'::regnamespace
         WHERE x.indisunique
           AND EXISTS (SELECT FROM pg_attribute a
                        WHERE a.attrelid = c.oid AND a.attname = 'tenant_id')
           AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid
                              AND a.attname = 'tenant_id' AND a.attnum = ANY (x.indkey))
        """,
    )
    triggers = _names(
        superuser,
        """
        SELECT t.tgname FROM pg_trigger t
         WHERE NOT t.tgisinternal
           AND EXISTS (SELECT FROM pg_attribute a
                        WHERE a.attrelid = t.tgrelid AND a.attname = 'tenant_id')
        """,
    )
    serials = _names(superuser, "SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'")
    backwards = {
        f"{table.name} -> {key.column.table.name}"
        for table in TABLES.values()
        if table.name in GLOBAL
        for key in table.foreign_keys
        if key.column.table.name not in GLOBAL
    }

    assert (without, triggers, serials, backwards) == (set(), set(), set(), set())

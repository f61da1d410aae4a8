"""Row-level security: the lock inside PostgreSQL.  Called by migrations.

The app connects as a role that owns no table and cannot bypass RLS; every policy is keyed on
settings that ``tenants.scoping`` sets at the start of each transaction.  ``current_setting``
yields '' (not NULL) once a SET LOCAL has expired, hence NULLIF.
"""

from collections.abc import Container

from alembic.operations import Operations

TENANT = "app.tenant_id"
REACH = "app.reach"
MEMBERSHIP = "app.membership_id"
USER = "app.user_id"
ENGAGEMENT = "app.engagement_id"


def _id(setting: str) -> str:
    return f"(SELECT NULLIF(current_setting('{setting}', true), '')::uuid)"


_SAME_TENANT = f"tenant_id = {_id(TENANT)}"
#: Written as a test for NULL because PostgreSQL believes that most rows pass one; it would
#: believe that one in two hundred passes ``=``, and plan every join for a handful of rows.
_WHOLE = f"(SELECT NULLIF(current_setting('{REACH}', true) = 'tenant', false)) IS NOT NULL"
_ONLY_LISTED = f"(SELECT current_setting('{REACH}', true) = 'listed')"
_OWN = f"user_id = {_id(USER)}"
_WRITES = ("INSERT", "UPDATE", "DELETE")

#: The establishments a listed membership reaches, while it is valid.
LISTED = "(SELECT listed_establishments())"
_LISTED_ESTABLISHMENTS = f"""
    SELECT reached.establishment_id
      FROM public.membership_establishment reached
      JOIN public.membership m ON m.tenant_id = reached.tenant_id AND m.id = reached.membership_id
     WHERE reached.tenant_id = {_id(TENANT)}
       AND reached.membership_id = {_id(MEMBERSHIP)}
       AND m.revoked_at IS NULL
       AND m.starts_at <= now() AND (m.ends_at IS NULL OR m.ends_at > now())
"""  # noqa: S608 - constants only, no value from outside


def name_ids(op: Operations, function: str, query: str) -> None:
    """Give a query of ids a name, for policies: ``id IN (SELECT function())``.

    It runs as whoever asks, within her own policies.  Were it written out in each policy, every
    statement on the table would be planned together with it, and with the policies it meets.
    """
    op.execute(
        f"CREATE FUNCTION {function}() RETURNS SETOF uuid LANGUAGE plpgsql STABLE PARALLEL SAFE"
        f" ROWS 100 AS $$ BEGIN RETURN QUERY {query}; END $$"
    )


def isolate(op: Operations, table: str) -> None:
    """Let each tenant see and write its own rows only, the table's owner included."""
    op.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
    op.execute(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')
    op.execute(
        f'CREATE POLICY tenant_isolation ON "{table}" '
        f"USING ({_SAME_TENANT}) WITH CHECK ({_SAME_TENANT})"
    )


def narrow(op: Operations, table: str, condition: str | None = None) -> None:
    """Restrict a listed membership to its establishments' rows; ``condition`` overrides how."""
    inside = condition or f"establishment_id IN {LISTED}"
    op.execute(
        f'CREATE POLICY establishment_scope ON "{table}" AS RESTRICTIVE '
        f"USING ({_WHOLE} OR ({_ONLY_LISTED} AND ({inside})))"
    )


def provider_only(op: Operations, table: str) -> None:
    """Show the table to whole-tenant memberships alone."""
    op.execute(f'CREATE POLICY provider_only ON "{table}" AS RESTRICTIVE USING ({_WHOLE})')


def provider_writes(op: Operations, table: str, only: Container[str] = _WRITES) -> None:
    """Let whole-tenant memberships alone write, or do ``only`` that; others at most read."""
    for command in (one for one in _WRITES if one in only):
        clause = "WITH CHECK" if command == "INSERT" else "USING"
        op.execute(
            f'CREATE POLICY provider_writes_{command.lower()} ON "{table}" AS RESTRICTIVE '
            f"FOR {command} {clause} ({_WHOLE})"
        )


def house_writes(op: Operations, table: str, command: str, condition: str) -> None:
    """Let a house write what ``condition`` tells besides its provider, and no auditor anything.

    In the place of ``provider_writes`` for that command.
    """
    clause = "WITH CHECK" if command == "INSERT" else "USING"
    hers = f"{_ONLY_LISTED} AND NOT (SELECT auditing()) AND ({condition})"
    op.execute(f'DROP POLICY IF EXISTS provider_writes_{command.lower()} ON "{table}"')
    op.execute(
        f'CREATE POLICY house_writes_{command.lower()} ON "{table}" AS RESTRICTIVE '
        f"FOR {command} {clause} ({_WHOLE} OR ({hers}))"
    )


def house_columns(
    op: Operations, table: str, condition: str, command: str = "UPDATE", name: str = "house_columns"
) -> None:
    """Hold what a listed membership writes of a row to ``condition``, told of the new row."""
    op.execute(
        f'CREATE POLICY {name} ON "{table}" AS RESTRICTIVE FOR {command} '
        f"WITH CHECK ({_WHOLE} OR ({_ONLY_LISTED} AND ({condition})))"
    )


def promised(op: Operations, table: str, app_role: str) -> None:
    """Let a listed membership add promises, and neither see nor change any.

    For the app's role alone: the dispatcher's function works as the owner, in no scope.
    """
    for command in ("SELECT", "UPDATE", "DELETE"):
        op.execute(
            f'CREATE POLICY provider_{command.lower()} ON "{table}" AS RESTRICTIVE '
            f'FOR {command} TO "{app_role}" USING ({_WHOLE})'
        )


def audited(op: Operations, table: str, condition: str) -> None:
    """Restrict an auditor to what ``condition`` tells, besides what any list sees."""
    op.execute(
        f'CREATE POLICY engagement_scope ON "{table}" AS RESTRICTIVE '
        f"USING ({_WHOLE} OR NOT (SELECT auditing()) OR ({condition}))"
    )


def addressed_to(op: Operations, table: str) -> None:
    """Restrict a listed membership to the rows that carry its own ``user_id``."""
    narrow(op, table, _OWN)


def own_rows(op: Operations, table: str) -> None:
    """Show a person the rows that carry her ``user_id``, and nobody else's, in any scope."""
    op.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
    op.execute(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')
    op.execute(f'CREATE POLICY own_rows ON "{table}" USING ({_OWN}) WITH CHECK ({_OWN})')


def guard_memberships(op: Operations) -> None:
    """Memberships are read to learn which tenant may be entered: a person sees her own."""
    name_ids(op, "listed_establishments", _LISTED_ESTABLISHMENTS)
    isolate(op, "membership")
    op.execute(f"CREATE POLICY own_memberships ON membership FOR SELECT USING ({_OWN})")
    op.execute(
        f"CREATE POLICY establishment_scope ON membership AS RESTRICTIVE USING ({_WHOLE} OR {_OWN})"
    )
    isolate(op, "membership_establishment")
    op.execute(
        "CREATE POLICY establishment_scope ON membership_establishment AS RESTRICTIVE "
        f"USING ({_WHOLE} OR membership_id = {_id(MEMBERSHIP)})"
    )
    for table in ("membership", "membership_establishment"):
        provider_writes(op, table)

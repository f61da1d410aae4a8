"""Functions that run with their owner's rights look across tenants: few, and they tell little."""

import pytest
import sqlalchemy as sa

from tests.house.test_tenancy import APP, _names

#: Functions that run with their owner's rights: the dispatcher's two tell no payload, the
#: operator's counts alone (``mail_unsure`` messages by tenant, ``mail_figures`` those of all, for
#: a monitor), ``forget_worn_out`` how much went of what may not be kept; ``grant_plan`` tells
#: nothing, and does what it does for an operator alone.
DEFINER_FUNCTIONS = {
    "outbox_hand", "outbox_recall", "outbox_figures", "outbox_backlog", "tenant_census",
    "grant_plan", "forget_worn_out", "mail_figures", "mail_unsure",
}  # fmt: skip


def test_a_function_with_its_owner_s_rights_is_on_the_short_list(superuser: sa.Connection) -> None:
    functions = _names(
        superuser,
        "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef",
    )

    assert functions == DEFINER_FUNCTIONS


def test_a_function_with_its_owner_s_rights_fixes_its_search_path(
    superuser: sa.Connection,
) -> None:
    loose = _names(
        superuser,
        "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef "
        "AND NOT EXISTS (SELECT FROM unnest(proconfig) c WHERE c LIKE 'search_path=%')",
    )

    assert loose == set()


@pytest.mark.parametrize("function", sorted(DEFINER_FUNCTIONS))
def test_only_the_app_may_call_what_looks_across_tenants(
    superuser: sa.Connection, function: str
) -> None:
    grantees = set(
        superuser.scalars(
            sa.text(
                "SELECT grantee FROM information_schema.routine_privileges "
                "WHERE routine_name = :function"
            ),
            {"function": function},
        )
    )

    assert grantees == {"treize_owner", APP}


def test_what_looks_across_tenants_tells_no_payload(superuser: sa.Connection) -> None:
    columns = superuser.scalar(
        sa.text("SELECT proargnames::text FROM pg_proc WHERE proname = 'outbox_hand'")
    )

    assert columns == "{room,per_tenant,bulk,at,until,tenant_id,id,kind,queue}"


def test_what_counts_tenants_tells_counts_alone(superuser: sa.Connection) -> None:
    result = superuser.scalar(
        sa.text("SELECT pg_get_function_result(oid) FROM pg_proc WHERE proname = 'tenant_census'")
    )

    assert result == "TABLE(tenant_id uuid, people bigint, establishments bigint)"


@pytest.mark.parametrize(
    ("function", "told"),
    [
        ("mail_unsure", "TABLE(tenant_id uuid, rows bigint, oldest timestamp with time zone)"),
        ("mail_figures", "TABLE(state text, rows bigint)"),
    ],
)
def test_what_counts_messages_tells_counts_alone(
    superuser: sa.Connection, function: str, told: str
) -> None:
    result = superuser.scalar(
        sa.text("SELECT pg_get_function_result(oid) FROM pg_proc WHERE proname = :function"),
        {"function": function},
    )

    assert result == told


def test_messages_are_open_to_the_owner_s_count_and_as_narrow_as_ever_to_the_app(
    superuser: sa.Connection,
) -> None:
    policies = superuser.execute(
        sa.text(
            "SELECT policyname, permissive, cmd, roles::text FROM pg_policies "
            "WHERE tablename = 'mail' ORDER BY policyname"
        )
    ).all()

    assert [tuple(policy) for policy in policies] == [
        ("counted", "PERMISSIVE", "SELECT", "{treize_owner}"),
        ("establishment_scope", "RESTRICTIVE", "ALL", f"{{{APP}}}"),
        ("tenant_isolation", "PERMISSIVE", "ALL", "{public}"),
    ]

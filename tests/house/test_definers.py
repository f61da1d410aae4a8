"""Functions that run with their owner's rights look across tenants: few, and they tell little."""

import pytest
import sqlalchemy as sa

from tests.house.test_tenancy import APP, DEFINER_FUNCTIONS, _names


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

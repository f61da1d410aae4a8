"""An auditor's scope in the house's world, and what may be missing of what lets her in."""

from types import MappingProxyType
from typing import Final

from tenants.context import Reach, Scope
from tests.house.locks import Deed, Outcome, World, attempt

#: What is changed before she comes: within her engagement, or beyond one of its bounds.
BOUNDS: Final = MappingProxyType(
    {
        "within": "",
        "another question": "UPDATE engagement SET questions = '{2}'",
        "an earlier day": "UPDATE engagement SET as_of = current_date - 2",
        "a day before it was unlinked": (
            "UPDATE engagement SET as_of = current_date - 2;"
            " UPDATE evidence_link_past SET linked_at = now() - interval '9 days'"
        ),
        "another question, a day before it was unlinked": (
            "UPDATE engagement SET as_of = current_date - 2, questions = '{2}';"
            " UPDATE evidence_link_past SET linked_at = now() - interval '9 days'"
        ),
        "taken back": "UPDATE engagement SET revoked_at = now()",
        "ended": (
            "UPDATE engagement SET starts_at = now() - interval '2 days',"
            " ends_at = now() - interval '1 day'"
        ),
        "not begun": "UPDATE engagement SET starts_at = now() + interval '1 day'",
        "somebody else's": "DELETE FROM engagement_auditor",
        "another place's": "DELETE FROM engagement_establishment",
        "an access taken back": "UPDATE membership SET revoked_at = now()",
        "an access ended": "UPDATE membership SET ends_at = now()",
        "an access not begun": "UPDATE membership SET starts_at = now() + interval '1 day'",
        # What hangs on one engagement of the tenant hangs on the other, and the other way round.
        "another room's": ";".join(
            f"UPDATE {table} SET engagement_id = e.id FROM engagement e"  # noqa: S608 - our own names
            f" WHERE e.tenant_id = {table}.tenant_id AND e.id <> {table}.engagement_id"
            for table in ("audit_finding", "audit_report", "audit_request")
        ),
        "another's deeds": "UPDATE audit_event SET actor_id = gen_random_uuid()",
    }
)
#: Without naming any engagement, as on every page but a room's.
OUTSIDE: Final = "no engagement"


def auditor(world: World, *, inside: bool = True) -> Scope:
    """Of the world's first establishment; ``inside`` her engagement or on another page."""
    lane = world.inside
    return Scope(
        lane.tenant_id,
        Reach.LISTED,
        lane.rows["membership"]["id"],
        lane.user_id,
        lane.rows["engagement"]["id"] if inside else None,
    )


def audits(
    world: World, table: str, deed: Deed, bound: str, *, lane: str = "inside", first: str = ""
) -> tuple[Outcome, bool]:
    """What comes of her deed on the lane's row, and whether the lane's tenant is as it was."""
    changes = (
        "UPDATE membership SET role = 'auditor'",
        f"UPDATE audit_event SET actor_id = '{world.inside.user_id}'",  # noqa: S608 - our own id
        BOUNDS.get(bound, ""),
        first,
    )
    told = "; ".join(change for change in changes if change)
    return attempt(
        world,
        auditor(world, inside=bound != OUTSIDE),
        getattr(world, lane),
        table,
        deed,
        first=f"DO $$ BEGIN {told}; END $$",
    )

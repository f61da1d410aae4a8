"""What PostgreSQL itself shows an auditor: table by table, whatever the portal asks."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.evidence import service
from portal.evidence.linking import Aim
from portal.kit import clock
from portal.tracking.models import Status
from tenants.db import Base, db
from tests.engagements.conftest import QUESTION, Room, as_auditor, engage
from tests.house import tree
from tests.house.test_tenancy import TENANT_TABLES
from tests.make import EDITION
from tests.tracking import scene
from tests.tracking.scene import CODE

tree.import_tables()
TABLES = {table.name: table for table in Base.metadata.sorted_tables}
#: What an auditor may see rows of; a new table shows her nothing until it is named in its
#: migration (``rls.audited``) and here.
SEEN = {
    "audit_event", "audit_finding", "audit_head", "audit_link", "audit_report", "audit_request",
    "calendar_feed", "contract", "contract_bearer", "engagement", "engagement_auditor",
    "engagement_draw", "engagement_establishment", "establishment", "evidence", "evidence_link",
    "evidence_link_past", "evidence_past", "mail", "managing_body", "membership",
    "membership_establishment",
    "offering", "offering_requirement", "outbox", "reminder", "reminder_choice", "statement_past",
    "tenant_key",
    "tracked_past",
}  # fmt: skip


def _seen() -> set[str]:
    counts = {
        name: db.session.scalar(sa.select(sa.func.count()).select_from(TABLES[name]))
        for name in TENANT_TABLES
    }
    return {name for name, count in counts.items() if count}


def _codes(table: str) -> set[str]:
    return set(db.session.scalars(sa.select(TABLES[table].c.requirement_code)))


def test_every_table_says_what_an_auditor_sees_of_it(superuser: sa.Connection) -> None:
    closed = set(
        superuser.scalars(
            sa.text(
                "SELECT tablename FROM pg_policies WHERE policyname = 'engagement_scope'"
                " AND qual LIKE '%false)'"
            )
        )
    )

    assert set(TENANT_TABLES) - SEEN == closed


def test_without_an_engagement_her_access_shows_nothing_of_the_fleet(room: Room) -> None:
    with as_auditor(room.auditor, None):
        seen = _seen()

    assert seen <= {
        "audit_event", "audit_link", "engagement", "engagement_auditor",
        "engagement_establishment", "membership", "membership_establishment",
    }  # fmt: skip


def test_in_one_she_sees_its_establishments_and_questions_alone(room: Room) -> None:
    with as_auditor(room.auditor, room.id):
        places = set(db.session.scalars(sa.select(TABLES["establishment"].c.id)))
        past = set(db.session.scalars(sa.select(TABLES["tracked_past"].c.establishment_id)))
        questions = set(db.session.scalars(sa.select(TABLES["tracked_past"].c.question)))
        codes = _codes("statement_past") | _codes("evidence_link") | _codes("offering_requirement")
        live = db.session.scalar(
            sa.select(sa.func.count()).select_from(TABLES["tracked_requirement"])
        )

    assert (places, past, questions) == ({room.place}, {room.place}, {QUESTION})
    assert codes == {CODE}
    assert live == 0


@pytest.mark.parametrize("how", ["revoked", "ended", "access"])
def test_ended_she_sees_nothing_at_once(room: Room, how: str) -> None:
    statement = {
        "revoked": "UPDATE engagement SET revoked_at = now()",
        "ended": "UPDATE engagement SET starts_at = now() - interval '9 days', ends_at = now()",
        "access": "UPDATE membership SET revoked_at = now() WHERE role = 'auditor'",
    }[how]
    db.session.execute(sa.text(statement))
    db.session.commit()

    with as_auditor(room.auditor, room.id):
        seen = {
            name: db.session.scalar(sa.select(sa.func.count()).select_from(TABLES[name]))
            for name in ("engagement", "establishment", "tracked_past", "evidence")
        }

    assert set(seen.values()) == {0}


def test_as_of_a_day_nothing_of_later_exists(room: Room) -> None:
    yesterday = clock.today() - timedelta(1)
    earlier = engage(room.owner, room.auditor, places=[room.place], as_of=yesterday)

    with as_auditor(room.auditor, earlier):
        seen = _seen()

    assert not seen & {"tracked_past", "statement_past", "evidence", "evidence_link"}


def test_another_engagement_of_hers_does_not_leak_into_this_one(room: Room) -> None:
    engage(room.owner, room.auditor, places=[room.other], questions=[1])

    with as_auditor(room.auditor, room.id):
        places = set(db.session.scalars(sa.select(TABLES["establishment"].c.id)))
        codes = _codes("tracked_past")

    assert places == {room.place}
    assert CODE in codes
    assert "PARC-01" not in codes


def test_what_was_unlinked_since_still_proved_on_the_day(room: Room) -> None:
    today = clock.today()
    db.session.execute(
        sa.text("UPDATE evidence_link SET created_at = created_at - interval '5 days'")
    )
    db.session.execute(sa.text("UPDATE evidence SET created_at = created_at - interval '5 days'"))
    db.session.commit()
    earlier = engage(room.owner, room.auditor, places=[room.place], as_of=today - timedelta(1))
    proof = db.session.scalars(sa.select(TABLES["evidence"].c.id)).one()
    service.unlink(room.owner, proof, Aim([CODE]), edition_id=EDITION, today=today)
    db.session.commit()

    with as_auditor(room.auditor, earlier):
        past = set(db.session.scalars(sa.select(TABLES["evidence_link_past"].c.requirement_code)))
        shown = db.session.scalar(sa.select(sa.func.count()).select_from(TABLES["evidence"]))
    with as_auditor(room.auditor, room.id):
        now = _codes("evidence_link_past")

    assert (past, shown, now) == ({CODE}, 1, set())


def test_words_changed_today_are_not_yesterday_s(room: Room) -> None:
    assert scene.spoken(room.offering) == 1
    scene.declare(room.owner, room.offering, Status.PARTIAL, text="Demain.", today=clock.today())

    with as_auditor(room.auditor, room.id):
        texts = set(db.session.scalars(sa.select(TABLES["statement_past"].c.text)))

    assert texts == {"Demain."}

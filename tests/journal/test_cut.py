"""A journal cut, rewritten or wiped by whoever owns the database, so that it is whole in itself."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.audit import service as audit
from portal.audit import verification
from portal.publiclog import service as publiclog
from tenants.context import tenant_scope
from tenants.db import db
from tests import make

NOTED, ENDS = 6, 10
_DIGEST = "(SELECT digest FROM audit_link WHERE position = :at)"
CUT = (
    "DELETE FROM audit_link WHERE position > :at",
    "DELETE FROM audit_event WHERE id NOT IN (SELECT event_id FROM audit_link)",
    f"UPDATE audit_head SET position = :at, digest = {_DIGEST}",  # noqa: S608 -- ours
)
FITTED = f"UPDATE log_head SET position = :at, digest = {_DIGEST}"  # noqa: S608 -- ours
WIPED = (
    "UPDATE audit_link SET actor_salt = NULL, details_salt = NULL",
    "UPDATE audit_event SET details = '{}', actor_name = '', actor_id = NULL",
)
Verify = Callable[..., tuple[int, str]]


@pytest.fixture
def verify(app: Flask, isolated: None, unlocked: None, superuser: sa.Connection) -> Verify:
    """Ten deeds, after six of which the log noted where they ended; what a terminal says of them.

    Before it is asked, these statements of the database's owner.
    """
    owner = make.tenant("acme")
    with tenant_scope(owner.tenant_id):
        for number in range(1, ENDS + 1):
            audit.record(
                owner, "tenant.edited", subject="tenant", subject_id=owner.tenant_id, number=number
            )
            db.session.commit()
            if number == NOTED:
                publiclog.note_head()
                db.session.commit()
    db.session.remove()

    def told(*statements: str, args: tuple[str, ...] = (), at: int = 0) -> tuple[int, str]:
        for one in statements:
            superuser.execute(sa.text(one), {"at": at} if ":at" in one else {})
        done = app.test_cli_runner().invoke(args=["audit", "verify", "acme", *args])
        return done.exit_code, done.output

    return told


def test_a_journal_as_it_was_written_holds_against_what_the_log_noted(verify: Verify) -> None:
    code, told = verify()

    assert code == 0, told
    assert f"acme: whole, {ENDS}:" in told
    assert "noted 1 times, 0 erased" in told


def test_one_cut_behind_what_the_log_noted_is_found_without_a_head_kept_by_hand(
    verify: Verify,
) -> None:
    assert verify(*CUT, at=4) == (1, "acme: truncated at 5\n")


def test_one_cut_after_it_is_found_by_a_head_kept_by_hand_alone(verify: Verify) -> None:
    """As the README says: what was never noted nobody can miss."""
    kept = verify()[1].split("whole, ")[1].split(",")[0]

    assert verify(*CUT, at=8)[0] == 0
    assert verify(args=("--against", kept)) == (1, "acme: truncated at 9\n")


def test_notes_changed_to_fit_are_not_those_of_the_log(verify: Verify) -> None:
    assert verify(*CUT, FITTED, at=4) == (1, "acme: rewritten at 4\n")


def test_names_and_details_wiped_are_no_erasure(verify: Verify) -> None:
    code, told = verify(*WIPED)

    assert code == 3
    assert f"acme: {2 * ENDS} erased without a deed that says so\n" in told


def test_an_erasure_has_a_deed_that_says_how_much_went(verify: Verify) -> None:
    owner = make.tenant("globex")
    db.session.remove()
    with tenant_scope(owner.tenant_id):
        for _ in range(3):
            audit.record(
                owner, "tenant.edited", subject="tenant", subject_id=owner.tenant_id, to="Ann"
            )
        db.session.commit()
        events = [deed.id for _, deed in verification.entries() if deed]
        audit.erase(owner.user_id, about=events[:2])
        audit.erase(owner.user_id, about=events[:2])
        db.session.commit()
        found = verification.verify()
        said = [deed for _, deed in verification.entries() if deed][-1]
        db.session.commit()

    assert (found.finding, found.erased, found.untold) == (None, 3, 0)
    assert (said.action, said.details) == ("member.forgotten", {"names": 3, "details": 2})
    assert found.head.position == len(events) + 1

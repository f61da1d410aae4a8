"""What of a closing could not be made is said where somebody can have it tried again."""

import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.engagements import closing, ending, issuing, queries, service
from portal.engagements.models import ReportState
from portal.kit import clock, outbox
from portal.kit.outbox import Outbox, OutboxState
from tenants.access import Actor
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.conftest import Visit
from tests.engagements import promised
from tests.engagements.conftest import Room
from tests.engagements.fleets import closed, fleet, states


def _broken(*_: object, **__: object) -> bytes:
    raise OSError("the token is away")


def _worn_out(*kinds: str) -> None:
    """Let these be on their last try."""
    db.session.execute(
        sa.update(Outbox)
        .where(Outbox.kind.in_(kinds), Outbox.state == OutboxState.READY)
        .values(attempts=outbox.MAX_ATTEMPTS - 1, failures=outbox.MAX_ATTEMPTS - 1)
    )
    db.session.commit()


def _closing_given_up(auditor: Actor, room_id: uuid.UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    """She asks to close it, and its last try fails."""
    closed(auditor, room_id)
    _worn_out(service.CLOSE)
    with monkeypatch.context() as patched:
        patched.setattr(closing, "_frozen", _broken)
        promised.waiting()


def test_a_report_given_up_is_said_where_somebody_can_have_it_made_again(
    owner: Actor, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    room_id, auditor, places = fleet(owner, 2)
    director = make.member(Role.DIRECTOR, establishments=places[:1])
    url = f"/acme/audits/{room_id}"
    closed(auditor, room_id)
    promised.waiting()
    _worn_out(service.ISSUE)
    with monkeypatch.context() as patched:
        patched.setattr(issuing, "_kept", _broken)
        promised.waiting()
    before = [one.snapshot_sha256 for one in queries.reports(room_id)]
    pages = {who: visit(actor).get(url).text for who, actor in
             (("owner", owner), ("auditor", auditor), ("director", director))}  # fmt: skip

    refused = [visit(it).post(f"{url}/rapports/relancer").status_code for it in (auditor, director)]
    answer = visit(owner).post(f"{url}/rapports/relancer")
    again = visit(owner).get(url).text
    promised.done()

    assert "2 rapports n’ont pas pu être faits" in pages["owner"]
    assert "rapports/relancer" in pages["owner"]
    assert "peut les relancer" in pages["auditor"]
    assert "rapports/relancer" not in pages["auditor"] + pages["director"]
    assert refused == [403, 403]
    assert answer.status_code == 303
    assert "n’ont pas pu" not in again
    assert "Rapports faits" in again
    assert states(room_id) == [ReportState.READY] * 2
    assert [one.snapshot_sha256 for one in queries.reports(room_id)] == before
    assert "n’ont pas pu" not in visit(owner).get(url).text


def test_who_asked_to_close_it_is_named_though_her_provider_had_it_tried_again(
    owner: Actor, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    room_id, auditor, _ = fleet(owner, 1)
    url = f"/acme/audits/{room_id}"
    _closing_given_up(auditor, room_id, monkeypatch)
    said = {who.role: visit(who).get(url).text for who in (owner, auditor)}
    answer = visit(owner).post(f"{url}/rapports/relancer")
    again = visit(owner).get(url).text
    promised.done()

    assert "n’a pas pu être clos" not in again
    assert "Clôture en cours" in again
    assert "n’a pas pu être clos" in said[Role.OWNER]
    assert "n’a pas pu être clos" in said[Role.AUDITOR]
    assert "Clore et émettre" in said[Role.AUDITOR]
    assert answer.status_code == 303
    (report,) = queries.reports(room_id)
    assert (report.state, report.closed_by_name) == (ReportState.READY, auditor.name)


def test_a_closing_given_up_is_tried_once_more_when_the_audit_has_ended(
    owner: Actor, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    room_id, auditor, _ = fleet(owner, 1)
    _closing_given_up(auditor, room_id, monkeypatch)
    for _ in range(2):
        ending.promise_reports(clock.now() + timedelta(40))
        db.session.commit()

    promised.done()

    (report,) = queries.reports(room_id)
    assert (report.state, report.closed_by_name) == (ReportState.READY, auditor.name)


def test_an_auditor_may_ask_again_herself(
    owner: Actor, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    room_id, auditor, _ = fleet(owner, 1)
    _closing_given_up(auditor, room_id, monkeypatch)

    assert visit(auditor).post(f"/acme/audits/{room_id}/clore").status_code == 303
    promised.done()

    assert states(room_id) == [ReportState.READY]


def test_an_audit_that_goes_on_is_not_closed_by_trying_again(room: Room, visit: Visit) -> None:
    assert visit(room.owner).post(f"{room.url}/rapports/relancer").status_code == 303
    promised.done()

    assert queries.engagement(room.id).closed_at is None

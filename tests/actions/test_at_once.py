"""Two who open, write and reopen actions at the same moment: neither fails, nothing is lost."""

import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from portal.actions import queries
from portal.actions.models import Action, Origin, State
from portal.audit.models import AuditEvent
from portal.contests.models import Side
from portal.kit import clock
from tenants.context import tenant_scope
from tenants.db import AnyRow, db
from tenants.roles import Role
from tests import make
from tests.at_once import browsers, lingers, portal, sent
from tests.tracking import scene
from tests.tracking.scene import CODE

__all__ = ["portal"]


class Two:
    """Two managers of one provider, and a client with a gap on :data:`CODE`."""

    def __init__(self, app: Flask, slug: str) -> None:
        self.app, self.slug = app, slug
        self.tenant_id = make.tenant(slug).tenant_id
        with tenant_scope(self.tenant_id):
            today = clock.today()
            self.place = scene.client(make.offering(carries=[CODE]), since=today, today=today)
            people = [make.member(Role.MANAGER) for _ in range(2)]
            self.theirs: list[FlaskClient] = browsers(app, people)

    def send(self, *told: tuple[str, dict[str, Any]]) -> list[Any]:
        """What both are answered, the lower status first."""
        answers = sent(
            self.app, self.theirs, [f"/{self.slug}{path}" for path, _ in told], [f for _, f in told]
        )
        return sorted(answers.values(), key=lambda answer: int(answer.status_code))

    def rows(self, query: sa.Select[*tuple[Any, ...]]) -> list[AnyRow]:
        with tenant_scope(self.tenant_id):
            found = db.session.execute(query).all()
            db.session.rollback()
            return list(found)

    def opened(self, **more: Any) -> uuid.UUID:
        with tenant_scope(self.tenant_id):
            made = Action(
                establishment_id=self.place, title="T", side=Side.PROVIDER, opened_by_name="A",
                **more,
            )  # fmt: skip
            db.session.add(made)
            db.session.flush()
            made_id: uuid.UUID = made.id
            db.session.commit()
            return made_id


def test_two_who_open_the_same_gap_at_once_open_it_once(
    portal: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    two = Two(portal, "gaps")
    lingers(monkeypatch, queries, "gaps")

    told = two.send(*[(f"/etablissements/{two.place}/plan/ecarts", {"codes": [CODE]})] * 2)

    assert [answer.status_code for answer in told] == [303, 303]
    assert two.rows(sa.select(Action.requirement_code, Action.state)) == [(CODE, State.TODO)]
    noted = sa.select(AuditEvent.requirement_code).where(AuditEvent.action == "action.opened")
    assert two.rows(noted) == [(CODE,)]


def test_of_two_who_write_over_the_same_reading_the_second_is_told_and_keeps_her_words(
    portal: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    two = Two(portal, "words")
    path = f"/actions/{two.opened()}"
    lingers(monkeypatch, queries, "action")

    kept, refused = two.send(
        *[(path, {"title": f"Titre {n}", "side": "provider", "version": "1"}) for n in (1, 2)]
    )

    assert (kept.status_code, refused.status_code) == (303, 409)
    ((title, version),) = two.rows(sa.select(Action.title, Action.version))
    other = "Titre 2" if title == "Titre 1" else "Titre 1"
    assert version == 2
    assert f'value="{other}"' in refused.text
    assert "Rien n’est perdu" in refused.text


def test_two_closed_actions_of_one_gap_reopened_at_once_are_not_both_open(
    portal: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    two = Two(portal, "twins")
    gap = {
        "requirement_code": CODE, "question": 2, "origin": Origin.GAP,
        "state": State.DONE, "closed_at": clock.now(),
    }  # fmt: skip
    paths = [f"/actions/{two.opened(**gap)}/etat/todo" for _ in range(2)]
    lingers(monkeypatch, queries, "action")

    told = two.send(*[(path, {}) for path in paths])

    assert [answer.status_code for answer in told] == [303, 422]
    assert "une autre action" in told[1].text.lower()
    states = two.rows(sa.select(Action.state))
    assert sorted(state for (state,) in states) == [State.DONE, State.TODO]

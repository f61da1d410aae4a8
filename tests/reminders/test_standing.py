"""What is done, cancelled, answered or moved is unread no more, without waiting for a planning."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from portal.actions.models import Action, State
from portal.collecting.models import (
    Collection,
    CollectionTurn,
    Collector,
    FileRequest,
    RequestState,
    TurnState,
)
from portal.contests.models import Contest, ContestMessage, Outcome, Side
from portal.evidence.models import Evidence
from portal.fleet.models import Establishment
from portal.kit import clock
from portal.reminders import centre, registry
from portal.reminders.items import Item, Name, Window
from portal.reminders.kinds import Subject
from portal.reminders.models import Notice
from portal.tracking import service as tracking
from portal.tracking.effective import Area
from portal.tracking.models import Status, TrackedRequirement
from tenants.access import Actor
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.conftest import sign_in
from tests.reminders import scene, shown

TODAY = clock.today()
SOON = TODAY + timedelta(days=7)
LATER = TODAY + timedelta(days=40)
LONG_AGO = TODAY - timedelta(days=40)
#: Something happens; what it leaves settled.
Deed = Callable[[Actor], None]


def _due() -> list[Item]:
    window = Window(make.EDITION, TODAY, TODAY - timedelta(days=60), TODAY + timedelta(days=1200))
    found = registry.items(window)
    db.session.rollback()
    return found


def _unread(actor: Actor) -> set[Name]:
    """What the page shows as unread; the frame's count says as many."""
    rows = centre.page(actor.user_id, centre.Choice(), TODAY, limit=50, offset=0)
    assert centre.unread(actor) == len(rows)
    return {(row.Notice.subject, row.Notice.subject_id, row.Notice.due_on) for row in rows}


@pytest.fixture
def everything(owner: Actor) -> Actor:
    """An owner who was told of one thing of each kind; of the reviews, one of each place."""
    offering = make.offering(carries=[scene.CODE])
    inherits = scene.client(offering, "EHPAD Ici", today=TODAY)
    excepted = scene.client(offering, "EHPAD Là", today=TODAY)
    scene.declare(owner, offering, reviewed_on=LONG_AGO)
    scene.except_(owner, excepted, reviewed_on=LONG_AGO)
    scene.prove(owner, until=SOON, offering_id=offering)
    scene.action(inherits, SOON)
    _add(
        Contest(
            establishment_id=inherits, edition_id=make.EDITION, question=2, codes=[scene.CODE],
            said={}, reason="Non.", opened_by_name="D", opened_at=clock.now(),
        ),
        FileRequest(
            title="Assurance", to_name="Assureur", to_email=None, due_on=SOON, codes=[],
            asked_by=owner.user_id, asked_by_name=owner.name,
        ),
        collection := Collection(
            title="Essai de restauration", edition_id=make.EDITION, requirement_code=scene.CODE,
            establishment_id=inherits, months=6, collector=Collector.COLLEAGUE, due_on=SOON,
            first_on=SOON, person_id=owner.user_id, person_name="Claire", set_by=owner.user_id,
            set_by_name=owner.name,
        ),
    )  # fmt: skip
    turn = CollectionTurn(
        collection_id=collection.id, establishment_id=inherits, due_on=SOON, opened_on=TODAY
    )
    _add(turn)
    centre.note(owner.user_id, _due(), TODAY)
    db.session.commit()
    return owner


def _add(*rows: object) -> None:
    db.session.add_all(rows)
    db.session.flush()
    db.session.commit()


def _write(model: type, **values: object) -> None:
    db.session.execute(db.update(model).values(**values))
    db.session.commit()


def _answered(_actor: Actor, *sides: Side) -> None:
    contest = db.session.scalars(db.select(Contest)).one()
    place, contest_id = contest.establishment_id, contest.id
    for later, side in enumerate(sides, start=1):
        _add(
            ContestMessage(
                establishment_id=place, contest_id=contest_id, side=side, author_name="X",
                body="Un mot.", written_at=clock.now() + timedelta(microseconds=later),
            )
        )  # fmt: skip


def _another_lasts_longer(actor: Actor) -> None:
    offering = db.session.scalars(
        db.select(TrackedRequirement.offering_id).where(TrackedRequirement.offering_id.is_not(None))
    ).first()
    scene.prove(actor, until=LATER, title="Autre", offering_id=offering)


def _withdrawn(_actor: Actor) -> None:
    _write(Evidence, withdrawn_at=clock.now())
    tracking.refresh(Area(make.EDITION), TODAY)
    db.session.commit()


def _reviewed(actor: Actor) -> None:
    offering = db.session.scalars(
        db.select(TrackedRequirement.offering_id).where(TrackedRequirement.offering_id.is_not(None))
    ).first()
    assert offering
    tracking.declare(
        actor, edition_id=make.EDITION, offering_id=offering, code=scene.CODE,
        status=Status.IMPLEMENTED, text="Revu.", reviewed_on=TODAY, version=1, today=TODAY,
    )  # fmt: skip
    db.session.commit()


NOW = clock.now()
ALL = frozenset(Subject)
DEEDS: dict[str, tuple[Deed, set[Subject]]] = {
    "nothing": (lambda _: None, set()),
    "action done": (lambda _: _write(Action, state=State.DONE, closed_at=NOW), {Subject.ACTION}),
    "action moved": (lambda _: _write(Action, due_on=LATER), {Subject.ACTION}),
    "contest closed": (
        lambda _: _write(Contest, closed_at=NOW, outcome=Outcome.WITHDRAWN),
        {Subject.CONTEST},
    ),
    "contest answered": (lambda a: _answered(a, Side.PROVIDER), {Subject.CONTEST}),
    "asked again": (lambda a: _answered(a, Side.PROVIDER, Side.ESTABLISHMENT), set()),
    "file revoked": (
        lambda _: _write(FileRequest, state=RequestState.REVOKED, digest=None),
        {Subject.FILE_REQUEST},
    ),
    "turn done": (
        lambda _: _write(CollectionTurn, state=TurnState.DROPPED, closed_on=TODAY),
        {Subject.COLLECTION_TURN},
    ),
    "proof withdrawn": (_withdrawn, {Subject.EVIDENCE}),
    "another proof": (_another_lasts_longer, {Subject.EVIDENCE}),
    # Said anew, nothing that was contested is said any more.
    "reviewed": (_reviewed, {Subject.STATEMENT_REVIEW, Subject.CONTEST}),
    "place archived": (
        lambda _: _write(Establishment, archived_at=NOW),
        set(ALL - {Subject.FILE_REQUEST, Subject.COLLECTION_TURN}),
    ),
}


@pytest.mark.parametrize("name", DEEDS)
def test_what_is_settled_is_unread_no_more(everything: Actor, name: str) -> None:
    deed, settled = DEEDS[name]
    before = _unread(everything)

    deed(everything)

    left = {item.name for item in _due()}
    assert {name[0] for name in before} == ALL
    assert {name[0] for name in before - _unread(everything)} == settled
    if name != "place archived":
        # By the reckoning of the next planning as well: it finds nothing more to settle.
        assert _unread(everything) == before & left


def test_the_page_says_that_it_is_settled(client: FlaskClient, told: Actor) -> None:
    sign_in(client, told)
    _write(Action, state=State.DONE, closed_at=NOW)

    unread, everything = shown.page(client), shown.page(client, f"{shown.CENTRE}?vue=all")

    assert shown.names(unread) == ["Rapport de sauvegarde"]
    assert shown.count(unread) == "1 à lire"
    rows = {row.select("button.name")[0].get_text(): row for row in everything.select("tbody tr")}
    assert "réglé" in rows["Changer les mots de passe"].get_text()
    assert "Plus tard" not in rows["Changer les mots de passe"].get_text()
    assert "réglé" not in rows["Rapport de sauvegarde"].get_text()


def test_undone_it_counts_again(told: Actor) -> None:
    _write(Action, state=State.DONE, closed_at=NOW)
    done = centre.unread(told)
    _write(Action, state=State.TODO, closed_at=None)

    assert (done, centre.unread(told)) == (1, 2)


def test_a_director_counts_in_her_own_scope(client: FlaskClient, owner: Actor) -> None:
    mine, theirs = make.establishment("EHPAD Ici"), make.establishment("EHPAD Là")
    director = make.member(Role.DIRECTOR, establishments=[mine])
    for place in (mine, theirs):
        scene.action(place, TODAY, side=Side.ESTABLISHMENT)
    centre.note(director.user_id, _due(), TODAY)
    db.session.commit()
    sign_in(client, director)

    counted = shown.count(shown.page(client))
    _write(Action, state=State.DONE, closed_at=NOW)

    assert db.session.scalar(db.select(db.func.count()).select_from(Notice)) == 2
    assert (counted, shown.count(shown.page(client))) == ("1 à lire", "")

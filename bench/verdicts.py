"""What houses recognise and contest by requests of their own, and what the pages take then.

The counts promised of the main path hold for a director's deeds as well, and for pages full of
verdicts; they are the same at a hundred clients as at a thousand.
"""

import itertools
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from flask import Flask
from sqlalchemy import select

from bench import scale
from bench.cluster import Servers
from bench.figure import Figure
from bench.measure import page_figure
from bench.stage import BIG, CODE, SMALL, Stage, answered, owner, read, updates, version
from bench.walker import Walker, counted
from portal.guide import loader
from tenants import service as tenants
from tenants.context import Scope, entered, tenant_scope
from tenants.db import db
from tenants.models import Tenant
from tenants.roles import Role

BOARD, PAGE, UPDATE = 12, 15, 15
#: Of so many clients one contests, the others recognise.
_CONTESTS = 3
_LAST = """
    SELECT id FROM judgement WHERE establishment_id = :place AND undone_at IS NULL
     ORDER BY at DESC LIMIT 1
"""
#: Where something is said of the requirement: there is nothing to judge elsewhere.
_SAID = """
    SELECT establishment_id FROM tracked_requirement
     WHERE requirement_code = :code AND applies AND status <> 'unknown' ORDER BY establishment_id
"""


@dataclass(frozen=True)
class Fleet:
    """A provider at work, the director of one of its clients, and somebody who directs them all."""

    app: Flask
    slug: str
    tenant_id: uuid.UUID
    places: Sequence[uuid.UUID]
    provider: Walker
    director: Walker
    group: Walker

    @property
    def place(self) -> uuid.UUID:
        """Where the director is, who contests."""
        return self.places[0]

    def at(self, place: uuid.UUID) -> str:
        return f"/{self.slug}/etablissements/{place}"

    def judge(self, who: Walker, place: uuid.UUID, verdict: str) -> float:
        """One requirement judged, as it was read."""
        seen = version(self.app, self.tenant_id, place)
        form = {"verdict": verdict, "reason": "Mesuré.", "version": seen}
        return answered(who.post(f"{self.at(place)}/exigences/{CODE}/avis", form))

    def judge_all(self) -> tuple[int, int]:
        """Each client recognises or contests; how many did either."""
        told = itertools.cycle(["contested"] + ["recognised"] * (_CONTESTS - 1))
        given = [
            (verdict, self.judge(self.group, place, verdict))
            for place, verdict in zip(self.places, told, strict=False)
        ]
        contested = sum(verdict == "contested" for verdict, _ in given)
        return len(given) - contested, contested


def figures(stage: Stage, _servers: Servers) -> Iterator[Figure]:
    counts = []
    for slug, clients in ((SMALL, scale.SMALL), (BIG, scale.BIG)):
        fleet = _opened(stage.app, slug)
        recognised, contested = fleet.judge_all()
        size = f"of {clients:,} clients"
        yield Figure(f"verdicts given, {size}", f"{recognised} recognised, {contested} contested")
        sends = dict(_sends(fleet))
        for name, (send, sql) in sends.items():
            yield page_figure(stage, f"{name}, {size}", send, sql=sql)
        counts.append({name: _count(stage, send) for name, (send, _) in sends.items()})
    small, big = counts
    yield Figure("SQL of each, at 100 and at 1,000 clients", f"{_told(small)} and {_told(big)}",
                 "the same", small == big)  # fmt: skip


def _sends(fleet: Fleet) -> Iterator[tuple[str, tuple[Callable[[], float], int]]]:
    """What is sent, by name, and how much SQL it may take."""
    theirs, verdicts = fleet.at(fleet.place), itertools.cycle(["recognised", "contested"])
    yield (
        "a director judges one requirement",
        (lambda: fleet.judge(fleet.director, fleet.place, next(verdicts)), UPDATE),
    )
    yield "a director recognises a question, or takes it back", (_questions(fleet), UPDATE)
    yield "her thirteen questions", (fleet.director.get(f"{theirs}/treize-questions"), PAGE)
    yield "her establishment", (fleet.director.get(theirs), PAGE)
    yield "the board, all judged", (fleet.provider.get(f"/{fleet.slug}/parc"), BOARD)
    contested = fleet.provider.get(f"/{fleet.slug}/parc?state=contested")
    yield "the board of what is contested", (contested, BOARD)
    yield "an establishment that contests", (fleet.provider.get(theirs), PAGE)
    recognising = fleet.at(fleet.places[1])
    yield "an establishment that recognised", (fleet.provider.get(recognising), PAGE)
    for word, place in (("contested", fleet.places[0]), ("recognised", fleet.places[1])):
        send = updates(fleet.provider, fleet.slug, fleet.tenant_id, place)
        yield f"a {word} requirement updated", (send, UPDATE)


def _questions(fleet: Fleet) -> Callable[[], float]:
    """A whole question recognised, and taken back where there is nothing left to recognise."""
    question = loader.current().requirement("MAJ-02").question
    here = fleet.at(fleet.place)

    def send() -> float:
        seen = _read(
            fleet,
            "SELECT requirement_code || ':' || version FROM tracked_requirement"
            " WHERE establishment_id = :place AND question = :question AND applies"
            " AND status <> 'unknown' AND verdict = 'none'",
            place=fleet.place,
            question=question,
        )
        if not seen:
            (act,) = _read(fleet, _LAST, place=fleet.place)
            return answered(fleet.director.post(f"{here}/avis/{act}/annuler", {}))
        form = {"verdict": "recognised", "read": seen}
        return answered(fleet.director.post(f"{here}/treize-questions/{question}/avis", form))

    return send


def _read(fleet: Fleet, statement: str, **told: object) -> list[object]:
    return read(fleet.app, fleet.tenant_id, statement, **told)


def _count(stage: Stage, send: Callable[[], float]) -> int:
    """The SQL of two in a row: some do one thing and undo it."""
    with counted(stage.app) as sent:
        send()
        send()
    return len(sent)


def _told(counts: dict[str, int]) -> str:
    return " ".join(str(count) for count in counts.values())


def _opened(app: Flask, slug: str) -> Fleet:
    with app.app_context():
        tenant_id = db.session.execute(select(Tenant.id).where(Tenant.slug == slug)).scalar_one()
        db.session.remove()
    places = read(app, tenant_id, _SAID, code=CODE)
    door = f"/{slug}/etablissements/{places[0]}"
    director, group = (
        Walker(app, str(_director(app, tenant_id, there)), door) for there in (places[:1], places)
    )
    return Fleet(app, slug, tenant_id, places, owner(app, slug), director, group)


def _director(app: Flask, tenant_id: uuid.UUID, places: Iterable[uuid.UUID]) -> uuid.UUID:
    """Somebody new, with the say at these places."""
    with app.app_context():
        with entered(Scope()):
            email = f"direction-{uuid.uuid4().hex[:12]}@essai.example"
            person = tenants.register_user(email=email, name="Direction", password_hash=None)
            user_id: uuid.UUID = person.id
            db.session.commit()
        with tenant_scope(tenant_id):
            tenants.admit(user_id, role=Role.DIRECTOR, establishments=places)
            db.session.commit()
        db.session.remove()
    return user_id

"""A provider with an establishment of which everything has been said, and another one beside."""

import hashlib
import io
import json
import uuid
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from portal.actions import service as actions
from portal.actions.models import Priority
from portal.assessments import service as assessments
from portal.assessments.models import Answer
from portal.contests.models import Side
from portal.engagements import queries as rooms
from portal.engagements import service as engagements
from portal.engagements.models import Conclusion
from portal.evidence import service as evidence
from portal.evidence.facts import Content, Deposit, Facts
from portal.evidence.linking import Aim
from portal.evidence.models import Evidence, Kind, State, Visibility
from portal.guide import loader
from portal.kit import clock
from portal.kit.outbox import Outbox, OutboxState
from portal.leaving import service
from portal.tracking.models import Verdict
from portal.vault import sealed
from tenants.access import Actor
from tenants.db import db
from tenants.roles import Role
from tests import live, make
from tests.engagements.conftest import as_auditor, engage
from tests.tracking import scene
from tests.tracking.scene import CODE

FINESS = "290000017"
OTHER_CODE = "SAUV-04"
PROOF = b"%PDF-1.7 le rapport de sauvegarde"


@dataclass(frozen=True)
class House:
    """``secret`` is a proof that the provider keeps to itself; ``beside`` is another client."""

    owner: Actor
    director: Actor
    place: uuid.UUID
    beside: uuid.UUID
    offering: uuid.UUID
    file: uuid.UUID
    secret: uuid.UUID
    elsewhere: uuid.UUID

    @property
    def url(self) -> str:
        return f"/acme/etablissements/{self.place}/emporter"


def built(owner: Actor) -> House:
    today = clock.today()
    offering = make.offering(carries=[CODE, OTHER_CODE])
    place, beside = (
        scene.client(offering, name=name, finess=finess, since=today - timedelta(40), today=today)
        for name, finess in (("EHPAD Les Ajoncs", FINESS), ("Foyer voisin", "290000025"))
    )
    director = make.member(Role.DIRECTOR, establishments=[place])
    for code in (CODE, OTHER_CODE):
        scene.declare(owner, offering, code=code, text=f"Chaque nuit, {code}.", today=today)
    found = House(
        owner,
        director,
        place,
        beside,
        offering,
        file=filed(owner, PROOF, "Rapport été.pdf", offering_id=offering),
        secret=scene.prove(
            owner, until=scene.later(90, today), today=today,
            title="Contrat de l’éditeur", visibility=Visibility.PROVIDER,
        ),
        elsewhere=scene.prove(
            owner, until=scene.later(90, today), today=today,
            title="Note du voisin", establishment_ids=[beside],
        ),
    )  # fmt: skip
    scene.judge(director, place, Verdict.RECOGNISED, today=today)
    scene.judge(director, place, Verdict.CONTESTED, code=OTHER_CODE, today=today)
    return found


def said(house: House) -> None:
    """What people say besides: a self-assessment, an action, an audit."""
    place, owner, edition, at = house.place, house.owner, loader.current(), clock.now()
    assessments.open_one(
        house.director, establishment_id=place, edition_id=edition.id, due_on=None,
        today=clock.today(),
    )  # fmt: skip
    for number in range(1, 14):
        assessments.answer(
            house.director, establishment_id=place, question=number, answer=Answer.LEVEL,
            level=number % 5, note="Vu ensemble.", version=0,
        )  # fmt: skip
    assessments.submit(house.director, establishment_id=place, at=at)
    todo = actions.Content(
        "Changer l’onduleur", "Celui du rez-de-chaussée.", Side.PROVIDER, None,
        scene.later(20, clock.today()), Priority.HIGH, None,
    )  # fmt: skip
    actions.open_one(owner, todo, establishment_id=place, code=CODE, edition=edition, at=at)
    db.session.commit()
    _audited(house)


def _audited(house: House) -> None:
    auditor = make.member(
        Role.AUDITOR, establishments=[house.place], ends_at=clock.now() + timedelta(60)
    )
    engagement_id = engage(house.owner, auditor, places=[house.place])
    with as_auditor(auditor, engagement_id):
        engagements.conclude(
            auditor, rooms.engagement(engagement_id), establishment_id=house.place, code=CODE,
            conclusion=Conclusion.MINOR, words="Un seul essai.", version=0,
        )  # fmt: skip
        db.session.commit()


def filed(owner: Actor, content: bytes, name: str, *, code: str = CODE, **aim: Any) -> uuid.UUID:
    """A file on the shelf, examined already."""
    stored = sealed.put(sealed.new_key(), content, limit=10_000_000)
    today = clock.today()
    found = evidence.add(
        owner,
        loader.current(),
        content=Content(
            Kind.FILE, Deposit(stored.key, name, stored.size, "application/pdf", stored.sha256)
        ),
        facts=Facts("Rapport de sauvegarde", Visibility.CLIENTS, today, today, None),
        aim=Aim((code,), aim.get("offering_id"), aim.get("establishment_ids", ())),
        today=today,
    )
    evidence_id: uuid.UUID = found.id
    db.session.execute(
        db.update(Evidence).where(Evidence.id == evidence_id).values(state=State.READY)
    )
    db.session.commit()
    return evidence_id


def worked(*kinds: str) -> None:
    """Let the worker do what is promised of these kinds, due or not, in the tenant's scope."""
    rows = db.session.execute(
        select(Outbox.id, Outbox.kind).where(
            Outbox.kind.in_(kinds), Outbox.state == OutboxState.READY
        )
    ).all()
    waiting = [(str(row.id), row.kind) for row in rows]
    db.session.rollback()
    for outbox_id, kind in waiting:
        live.performed(outbox_id, kind)


def taken(client: Any, url: str, *, slug: str = "acme") -> dict[str, bytes]:
    """Ask, let the worker pack, fetch: the entries of the archive."""
    asked = client.post(url)
    assert asked.status_code == 303, asked.text
    worked(service.PACK)
    answer = client.post(f"{asked.headers['Location']}.zip", follow_redirects=True)
    assert answer.status_code == 200
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    return opened(answer.data)


def opened(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as found:
        assert found.testzip() is None
        return {name: found.read(name) for name in found.namelist()}


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def told(entries: Mapping[str, bytes], name: str = "record.json") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(entries[name])
    return found

"""A small provider, two houses and an auditor, in a real PostgreSQL and through the real doors.

Days pass for the record as ``clock.today`` says; for accesses, whose hours PostgreSQL compares with
its own, they pass by bringing those hours nearer.
"""

import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from unittest import mock

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from portal.contracts.models import Bearer, OfferingRequirement
from portal.engagements import opening
from portal.engagements import service as engagements
from portal.engagements.terms import Terms
from portal.evidence import service as evidence
from portal.evidence.facts import Content, Facts
from portal.evidence.linking import Aim
from portal.evidence.models import Evidence, EvidenceLink, Kind, Visibility
from portal.guide import loader
from portal.kit import clock
from portal.kit.errors import DomainError
from portal.tracking import bulk
from portal.tracking.models import Status, Verdict
from tenants.access import Actor
from tenants.context import Reach, Scope, entered, tenant_scope
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.conftest import isolation, sign_in
from tests.engagements.conftest import membership_of
from tests.engagements.record_model import Asked, Audit, Proof, Record
from tests.tracking import scene

#: Of two questions, one reviewed each quarter and one each half-year.
CODES = ("SAUV-02", "MAJ-02")
EDITION = loader.current()
QUESTIONS = sorted({EDITION.requirement(code).question for code in CODES})
GUIDE = [
    Asked(
        one.code,
        one.question,
        one.weight,
        one.review_months,
        one.condition == "always" and one.tier == "baseline",
    )
    for one in EDITION.requirements
]
_instants = count(1)


class World:
    """What people do, done through the services; what the portal shows, read from its pages."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.stack = ExitStack()
        self.stack.enter_context(isolation(app))
        self.owner = make.tenant("acme")
        self.stack.enter_context(tenant_scope(self.owner.tenant_id))
        # From tomorrow on: what is noted by the real clock comes before any evening that is read.
        self.record = Record(GUIDE, 2, clock.today() + timedelta(1))
        # Accesses are counted from here, for in one transaction PostgreSQL's clock stands still.
        self.began: datetime = db.session.scalars(sa.select(sa.func.now())).one()
        db.session.rollback()
        self.stack.enter_context(mock.patch.object(clock, "today", self._today))
        today = self.record.today
        self.offering = make.offering("one", carries=CODES)
        # Houses may deposit proofs of their own.
        db.session.execute(sa.update(OfferingRequirement).values(bearer=Bearer.SHARED))
        db.session.commit()
        self.places = [
            scene.client(self.offering, name=f"Maison {n}", since=today, today=today) for n in "AB"
        ]
        self.directors = [
            make.member(Role.DIRECTOR, establishments=[place]) for place in self.places
        ]
        self.auditor = make.member(Role.AUDITOR, establishments=self.places)
        self.membership = membership_of(self.auditor)
        self.acts: list[uuid.UUID] = []
        self.proofs: list[uuid.UUID] = []
        self.audits: list[uuid.UUID] = []
        self.clients: dict[uuid.UUID, FlaskClient] = {}
        db.session.rollback()

    def _today(self) -> date:
        return self.record.today

    def end(self) -> None:
        db.session.remove()
        self.stack.close()

    def at(self) -> datetime:
        """An instant of the record's day, never twice the same."""
        return datetime.combine(self.record.today, time(9), UTC) + timedelta(
            microseconds=next(_instants)
        )

    def attempt(self, deed: Callable[[], object]) -> bool:
        """Kept whole, or refused and nothing happened."""
        try:
            deed()
            db.session.commit()
        except DomainError:
            return False
        finally:
            db.session.rollback()
        return True

    def declare(self, code: str, status: str, reviewed_on: date) -> None:
        self.acts.append(
            scene.declare(
                self.owner,
                self.offering,
                Status(status),
                code=code,
                reviewed_on=reviewed_on,
                today=self.record.today,
            )
        )

    def undo(self, number: int) -> bool:
        return self.attempt(
            lambda: bulk.undo(
                self.owner, act_id=self.acts[number], at=self.at(), today=self.record.today
            )
        )

    def judge(self, place: int, code: str, verdict: str) -> bool:
        """As the director of the place, in her own scope."""
        director, when = self.directors[place], self.at()
        with entered(scene.listed(director)):
            return self.attempt(
                lambda: scene.judge(
                    director,
                    self.places[place],
                    Verdict(verdict),
                    code=code,
                    when=when,
                    today=self.record.today,
                )
            )

    def prove(self, proof: Proof) -> None:
        named = [] if proof.place is None else [self.places[proof.place]]
        made = evidence.add(
            self.owner,
            EDITION,
            content=Content(Kind.NOTE, body="Vu."),
            facts=facts_of(proof),
            aim=Aim([proof.code], None, named),
            today=self.record.today,
        )
        self.given(made.id)

    def renew(self, number: int, proof: Proof) -> None:
        made = evidence.replace_with(
            self.owner,
            EDITION,
            self.proofs[number],
            content=Content(Kind.NOTE, body="Revu."),
            facts=facts_of(proof),
            today=self.record.today,
        )
        self.given(made.id)

    def given(self, evidence_id: uuid.UUID) -> None:
        """On the record's day, where PostgreSQL would write its own."""
        self.proofs.append(evidence_id)
        when = self.at()
        for model, column in ((Evidence, Evidence.id), (EvidenceLink, EvidenceLink.evidence_id)):
            db.session.execute(
                sa.update(model)
                .where(column == evidence_id)
                .values(created_at=when)
                .execution_options(synchronize_session=False)
            )
        db.session.commit()

    def withdraw(self, number: int) -> None:
        evidence.withdraw(self.owner, self.proofs[number], at=self.at(), today=self.record.today)
        db.session.commit()

    def restore(self, number: int) -> None:
        evidence.restore(self.owner, self.proofs[number], at=self.at(), today=self.record.today)
        db.session.commit()

    def open(self, audit: Audit) -> None:
        made = opening.open_(
            self.owner,
            Terms(
                title="Audit",
                purpose="",
                auditors=[self.membership],
                establishments=[self.places[place] for place in audit.places],
                questions=audit.questions,
                period=(self.record.today, self.record.today),
                as_of=audit.as_of,
                ends_at=self.began + (audit.ends - self.record.today),
                downloads=False,
                watermark=False,
            ),
            at=clock.now(),
            today=self.record.today,
        )
        self.audits.append(made.id)
        db.session.commit()

    def close(self, number: int) -> None:
        engagements.revoke(self.owner, self.audits[number], at=clock.now())
        db.session.commit()

    # What the portal shows

    def page(self, actor: Actor, path: str) -> str | None:
        """What somebody is shown, ``None`` for a page that is not there for her."""
        if actor.user_id not in self.clients:
            self.clients[actor.user_id] = self.app.test_client()
            sign_in(self.clients[actor.user_id], actor)
        answer = self.clients[actor.user_id].get(path)
        assert answer.status_code in {200, 404}, (path, answer.status_code)
        return answer.text if answer.status_code == 200 else None

    def board(self) -> dict[str, tuple[float, float, float]]:
        """The fleet as the provider takes it away: declared, proven, recognised, in per cent."""
        text = self.page(self.owner, "/acme/parc.csv") or ""
        lines = [line.split(";") for line in text.splitlines()[1:]]
        return {line[0]: tuple(float(v.replace(",", ".")) for v in line[5:8]) for line in lines}  # type: ignore[misc]

    def house(self, place: int) -> tuple[list[list[str]], list[str]]:
        """The table beside the ring, and the three figures, as a director reads them."""
        text = self.page(self.directors[place], f"/acme/etablissements/{self.places[place]}") or ""
        table = text.split('<details class="beside">')[1].split("</details>")[0]
        cells = re.findall(r'<td class="num">([^<]*)</td>', table)
        figures = text.split('<dl class="figures">')[1].split("</dl>")[0]
        return [cells[n : n + 3] for n in range(0, 39, 3)], re.findall(
            r"<dd>\s*([\d–]+[^<]*%)", figures
        )

    def neighbour(self, place: int) -> str | None:
        """What the other's director is shown of a place."""
        return self.page(self.directors[1 - place], f"/acme/etablissements/{self.places[place]}")

    def room(
        self, number: int, place: int, code: str
    ) -> tuple[str, bool, str, list[tuple[str, bool]]] | None:
        """Status, whether proven, verdict and proofs, as an auditor reads them; or nothing."""
        where = f"/acme/audits/{self.audits[number]}/{self.places[place]}/{code}"
        text = self.page(self.auditor, where)
        if text is None:
            return None
        facts = text.split('<dl class="facts">')[1].split("</dl>")[0]
        said = [" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in facts.split("<dt>")[1:]]
        proofs = text.split('id="proofs"')[1].split("</section>")[0]
        told = [
            (title.strip(), word == "valable")
            for title, word in re.findall(
                r"<div>\s*(P\d+)\s.*?class=\"chip[^>]*>([^<]+)<", proofs, re.DOTALL
            )
        ]
        return said[1], said[3].endswith("oui"), said[4], sorted(told)

    @contextmanager
    def auditing(self, number: int | None) -> Iterator[None]:
        """The scope of the auditor in a room, or in none."""
        room = None if number is None else self.audits[number]
        scope = Scope(
            self.auditor.tenant_id, Reach.LISTED, self.membership, self.auditor.user_id, room
        )
        db.session.rollback()
        with entered(scope):
            yield
            db.session.rollback()

    def titles(self, number: int | None) -> set[str]:
        """The proofs that PostgreSQL itself shows to the auditor."""
        with self.auditing(number):
            return set(db.session.scalars(sa.select(Evidence.title)))


def facts_of(proof: Proof) -> Facts:
    seen = Visibility.CLIENTS if proof.shared else Visibility.PROVIDER
    if proof.house:
        seen = Visibility.HOUSE
    return Facts(proof.title, seen, proof.begins, None, proof.until)

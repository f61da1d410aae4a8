"""Audits in the demo: a room under way, and last year's, closed with its reports."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from portal.engagements import opening, queries, service
from portal.engagements.models import Conclusion, Engagement
from portal.engagements.terms import Terms
from portal.guide.edition import Edition
from portal.kit import clock
from tenants import queries as tenancy
from tenants.access import Actor
from tenants.context import Reach, Scope, entered
from tenants.db import db
from tenants.models import Membership
from tenants.roles import Role

QUESTIONS = (2, 3, 5)
#: What the auditor finds at the first establishment, and where she finds it.
FOUND: Mapping[str, tuple[Conclusion, str]] = {
    "SAUV-02": (Conclusion.CONFORM, ""),
    "SAUV-03": (Conclusion.MINOR, "La pièce montrée couvre un site sur deux."),
    "MAJ-03": (
        Conclusion.MAJOR,
        "Deux bornes Wi-Fi ne reçoivent plus de correctifs depuis la fin de leur support.",
    ),
    "AUTH-04": (
        Conclusion.OBSERVATION,
        "La double vérification est en place ; la liste des exceptions gagnerait à être datée.",
    ),
}
ANSWER = "Leur remplacement est commandé ; d’ici là, elles sont isolées du reste du réseau."
LAST_YEAR: Mapping[str, tuple[Conclusion, str]] = {
    "SAUV-01": (Conclusion.CONFORM, ""),
    "SAUV-04": (Conclusion.MINOR, "La durée de la restauration n’a pas été relevée."),
}
LAST_ANSWER = "Elle l’est depuis ce printemps, à chaque essai."


@dataclass(frozen=True)
class _Auditor:
    """Who audits, and by which access."""

    actor: Actor
    member_id: uuid.UUID
    ends_at: datetime

    def scope(self, room_id: uuid.UUID) -> Scope:
        whose, person = self.actor.tenant_id, self.actor.user_id
        return Scope(whose, Reach.LISTED, self.member_id, person, room_id)


def open_rooms(
    provider: Actor, email: str, places: Sequence[uuid.UUID], edition: Edition, today: date
) -> None:
    """Open them as the provider, speak in them as the auditor.  Commits as it goes."""
    person = tenancy.user_by_email(email)
    if person is None:
        raise LookupError(email)
    actor = Actor(person.id, provider.tenant_id, Role.AUDITOR, person.name)
    membership = db.session.scalars(select(Membership).where(Membership.user_id == person.id)).one()
    member_id = membership.id
    auditor = _Auditor(actor, member_id, membership.ends_at or clock.now() + timedelta(days=30))
    _past(provider, auditor, places[:2], today)
    _present(provider, auditor, places, edition, today)


def _present(
    provider: Actor,
    auditor: _Auditor,
    places: Sequence[uuid.UUID],
    edition: Edition,
    today: date,
) -> None:
    """Under way: a draw, a request, four conclusions, and an answer to the gravest."""
    purpose = "Sauvegardes, accès et postes, avant le renouvellement de l’assurance."
    period = (date(today.year, 1, 1), today)
    room_id = _open(provider, auditor, "Évaluation externe", purpose, places, period, QUESTIONS)
    with entered(auditor.scope(room_id)):
        room = queries.engagement(room_id)
        service.draw(auditor.actor, room, size=2)
        service.ask(
            auditor.actor,
            room,
            establishment_id=places[0],
            code=edition.by_question[QUESTIONS[0]][0].code,
            words="Le compte rendu du dernier essai, avec la durée constatée.",
            due_on=today + timedelta(days=9),
            today=today,
        )
        _conclude(auditor.actor, room, places[0], FOUND)
        db.session.commit()
    _answer(provider, room_id, Conclusion.MAJOR, ANSWER)


def _past(provider: Actor, auditor: _Auditor, places: Sequence[uuid.UUID], today: date) -> None:
    """Closed: the worker makes its reports, as it does after a click."""
    period = (date(today.year - 1, 1, 1), date(today.year - 1, 12, 31))
    purpose = "Sauvegardes seulement, à la demande du conseil d’administration."
    room_id = _open(provider, auditor, "Évaluation de l’an dernier", purpose, places, period, (2,))
    with entered(auditor.scope(room_id)):
        room = queries.engagement(room_id)
        _conclude(auditor.actor, room, places[0], LAST_YEAR)
        db.session.commit()
    _answer(provider, room_id, Conclusion.MINOR, LAST_ANSWER)
    with entered(auditor.scope(room_id)):
        service.close(auditor.actor, queries.engagement(room_id))
        db.session.commit()


def _open(
    provider: Actor,
    auditor: _Auditor,
    title: str,
    purpose: str,
    places: Sequence[uuid.UUID],
    period: tuple[date, date],
    questions: Sequence[int],
) -> uuid.UUID:
    made = opening.open_(
        provider,
        Terms(
            title=title,
            purpose=purpose,
            auditors=[auditor.member_id],
            establishments=places,
            questions=questions,
            period=period,
            as_of=None,
            ends_at=auditor.ends_at,
            downloads=True,
            watermark=True,
        ),
        at=clock.now(),
        today=clock.today(),
    )
    room_id = made.id
    db.session.commit()
    return room_id


def _conclude(
    auditor: Actor,
    room: Engagement,
    place: uuid.UUID,
    found: Mapping[str, tuple[Conclusion, str]],
) -> None:
    for code, (conclusion, words) in found.items():
        service.conclude(
            auditor,
            room,
            establishment_id=place,
            code=code,
            conclusion=conclusion,
            words=words,
            version=0,
        )


def _answer(provider: Actor, room_id: uuid.UUID, to: Conclusion, words: str) -> None:
    """What the provider says to the findings of one kind."""
    room = queries.engagement(room_id)
    for one in queries.findings(room_id):
        if one.conclusion is to:
            service.reply(
                provider, room, one.id, words=words, version=one.version, since=None, at=clock.now()
            )
    db.session.commit()

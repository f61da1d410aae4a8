"""An audit under way in the demo: a room, a request, two conclusions and an answer."""

import uuid
from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import select

from portal.engagements import queries, service
from portal.engagements.models import Conclusion
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


def open_room(provider: Actor, email: str, places: Sequence[uuid.UUID], edition: Edition) -> None:
    """Open it as the provider, speak in it as the auditor.  Commits as it goes."""
    person = tenancy.user_by_email(email)
    if person is None:
        raise LookupError(email)
    auditor = Actor(person.id, provider.tenant_id, Role.AUDITOR, person.name)
    at, today = clock.now(), clock.today()
    membership = db.session.scalars(
        select(Membership).where(Membership.user_id == auditor.user_id)
    ).one()
    member_id, ends_at = membership.id, membership.ends_at or at + timedelta(days=30)
    made = service.open_(
        provider,
        Terms(
            title="Évaluation externe",
            purpose="Sauvegardes, accès et postes, avant le renouvellement de l’assurance.",
            auditors=[member_id],
            establishments=places,
            questions=QUESTIONS,
            period=(date(today.year, 1, 1), today),
            as_of=None,
            ends_at=ends_at,
            downloads=True,
            watermark=True,
        ),
        at=at,
        today=today,
    )
    room_id = made.id
    db.session.commit()
    scope = Scope(provider.tenant_id, Reach.LISTED, member_id, auditor.user_id, room_id)
    with entered(scope):
        _speak(auditor, room_id, places, edition, today)
        db.session.commit()


def _speak(
    auditor: Actor, room_id: uuid.UUID, places: Sequence[uuid.UUID], edition: Edition, today: date
) -> None:
    room = queries.engagement(room_id)
    first, second, third = (one.code for one in edition.by_question[QUESTIONS[0]][:3])
    service.draw(auditor, room, size=2)
    service.ask(
        auditor,
        room,
        establishment_id=places[0],
        code=first,
        words="Le compte rendu du dernier essai, avec la durée constatée.",
        due_on=today + timedelta(days=9),
        today=today,
    )
    for code, conclusion, words in (
        (second, Conclusion.CONFORM, ""),
        (third, Conclusion.MINOR, "La pièce montrée couvre un site sur deux."),
    ):
        service.conclude(
            auditor,
            room,
            establishment_id=places[0],
            code=code,
            conclusion=conclusion,
            words=words,
            version=0,
        )

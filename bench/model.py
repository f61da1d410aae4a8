"""The provider that every other one is a copy of, made through the portal's own services."""

import random
import uuid
from collections.abc import Sequence
from datetime import date, timedelta

from bench import scale
from portal.contracts import offerings, signing
from portal.contracts import queries as contracts
from portal.contracts.signals import contracts_changed
from portal.contracts.signing import Wanted
from portal.evidence import facts, linking
from portal.evidence.facts import Content, Facts
from portal.evidence.linking import Aim
from portal.evidence.models import Kind, Visibility
from portal.fleet.models import Establishment, ManagingBody, Tier
from portal.fleet.search import haystack
from portal.guide import loader
from portal.guide.edition import Edition, months_after
from portal.local.demo import names, verdicts, words
from portal.tracking import queries, service
from portal.tracking.models import Statement, Status
from tenants import service as tenants
from tenants.access import Actor
from tenants.context import Scope, entered, tenant_scope
from tenants.db import db
from tenants.roles import Role

SLUG = "prestataire-1"
CONDITIONS = ("online_services", "health_data", "remote_intervention", "mobile_devices")
_BODIES = 60
#: The share of the clients that have an offering.
_SHARES = {
    0.93: ("support", "sauvegarde", "detection", "messagerie"),
    0.6: ("poste", "reseau", "identites", "serveurs"),
    0.3: ("mobilite", "sensibilisation", "incident", "cloud", "conseil"),
}
#: One client in so many has a proof of its own, or an exception.
_EVERY = 25


def build(today: date) -> None:
    """A provider with ``scale.BIG`` clients, what it says of itself and what proves it."""
    edition, chance = loader.current(), names.rng()
    actor = _open(edition)
    with tenant_scope(actor.tenant_id):
        fleet = _fleet(chance)
        db.session.commit()
        offerings.adopt(actor, edition, codes=None, today=today)
        sold = {line.code: line.id for line in contracts.offerings(edition.id, today)}
        _sign(fleet, sold, chance, today)
        _declare(actor, edition, today)
        _prove(actor, edition, fleet, sold, today)
        contracts_changed.send(establishment_ids=None, today=today)
        _except(actor, edition, fleet, today)
        verdicts.give(edition.id, fleet, today)
        db.session.commit()
    db.session.remove()


def _open(edition: Edition) -> Actor:
    with entered(Scope()):
        tenant = tenants.open_tenant(
            slug=SLUG, name="Prestataire d’essai", siren=None, edition_id=edition.id
        )
        person = tenants.register_user(
            email=f"{SLUG}@essai.example", name="Camille Essai", password_hash=None
        )
        actor = Actor(person.id, tenant.id, Role.OWNER, person.name)
        db.session.commit()
    with tenant_scope(actor.tenant_id):
        tenants.admit(actor.user_id, role=Role.OWNER)
        db.session.commit()
    return actor


def _fleet(chance: random.Random) -> list[uuid.UUID]:
    bodies = [ManagingBody(name=f"Association d’essai {number}") for number in range(_BODIES)]
    db.session.add_all(bodies)
    db.session.flush()
    rows = [_establishment(chance, number, bodies) for number in range(scale.BIG)]
    db.session.add_all(rows)
    db.session.flush()
    return [row.id for row in rows]


def _establishment(
    chance: random.Random, number: int, bodies: Sequence[ManagingBody]
) -> Establishment:
    code, short, label, places = names.KINDS[number % len(names.KINDS)]
    place = names.PLACES[(number * 7) % len(names.PLACES)]
    body = bodies[chance.randrange(_BODIES)]
    name = f"{short} {names.NAMES[(number * 11) % len(names.NAMES)]} {number}"
    finess = names.finess(place.departement, number)
    return Establishment(
        managing_body_id=body.id,
        finess=finess,
        name=name,
        category_code=code,
        category_label=label,
        city=place.town,
        departement=place.departement,
        region=place.region,
        capacity=places,
        tier=Tier.REINFORCED if number % 9 == 0 else Tier.BASELINE,
        conditions=[condition for condition in CONDITIONS if chance.random() < 0.8],
        search=haystack(name, finess, place.town, body.name),
    )


def _sign(
    fleet: Sequence[uuid.UUID],
    sold: dict[str, uuid.UUID],
    chance: random.Random,
    today: date,
) -> None:
    for share, codes in _SHARES.items():
        for code in codes:
            # The first one has everything: whoever has no contract would be a prospect.
            chosen = [client for client in fleet if code == "support" or chance.random() < share]
            start = today - timedelta(days=200 + chance.randint(0, 900))
            signing.sign(Wanted(chosen, [sold[code]], start), note="")
    signing.refresh_stages(None, today)


def _declare(actor: Actor, edition: Edition, today: date) -> None:
    """Every offering speaks of what it carries; reviews are spread over the past year."""
    for number, row in enumerate(queries.statements(edition.id)):
        if row.part.value != "carries" or row.requirement_code in words.SILENT:
            continue
        requirement = edition.requirement(row.requirement_code)
        age = (number * 37) % (requirement.review_months * 29)
        db.session.add(
            Statement(
                edition_id=edition.id,
                offering_id=row.offering_id,
                requirement_code=requirement.code,
                status=words.STATES.get(requirement.code, Status.IMPLEMENTED),
                text=requirement.statement,
                reviewed_on=today - timedelta(days=age),
                changed_by_name=actor.name,
            )
        )
    db.session.flush()


def _prove(
    actor: Actor,
    edition: Edition,
    fleet: Sequence[uuid.UUID],
    sold: dict[str, uuid.UUID],
    today: date,
) -> None:
    for title, codes, offering, days, months in words.PROOFS:
        aim = Aim(codes, offering_id=sold[offering])
        _proof(actor, edition, title, aim, today, days=days, months=months)
    for number, client in enumerate(fleet[::_EVERY]):
        aim = Aim(("PARC-01", "SAUV-02"), establishment_ids=[client])
        title = f"Relevé sur place {number}"
        _proof(actor, edition, title, aim, today, days=number * 9, months=6)


def _proof(
    actor: Actor, edition: Edition, title: str, aim: Aim, today: date, *, days: int, months: int
) -> None:
    until = today + timedelta(days=days)
    proof = facts.new(
        actor,
        Content(Kind.NOTE, body=f"{title} : pièce d’essai, inventée."),
        Facts(
            title=title,
            visibility=Visibility.CLIENTS,
            covers_from=months_after(today, -months),
            covers_until=min(today, until),
            valid_until=until,
        ),
    )
    db.session.add(proof)
    db.session.flush()
    linking.insert(proof.id, edition.id, aim)


def _except(actor: Actor, edition: Edition, fleet: Sequence[uuid.UUID], today: date) -> None:
    for number, client in enumerate(fleet[3::_EVERY]):
        code, status, note = words.EXCEPTIONS[number % len(words.EXCEPTIONS)]
        service.except_(
            actor,
            establishment_id=client,
            edition_id=edition.id,
            code=code,
            status=status,
            note=note,
            reviewed_on=today - timedelta(days=40),
            version=queries.tracked(client, edition.id, code).version,
            today=today,
        )

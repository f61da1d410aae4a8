"""Build the demo through the portal's own services, as a provider would by hand."""

import random
import uuid
from collections.abc import Sequence
from datetime import date, timedelta

from portal.accounts import service as accounts
from portal.contracts import offerings, signing
from portal.contracts import queries as contracts_read
from portal.contracts import service as contracts
from portal.contracts.signals import contracts_changed
from portal.contracts.signing import Wanted
from portal.evidence import facts, linking
from portal.evidence.facts import Content, Facts
from portal.evidence.linking import Aim
from portal.evidence.models import Kind, Visibility
from portal.fleet import queries as fleet_queries
from portal.fleet.models import Establishment, ManagingBody, Tier
from portal.fleet.search import haystack
from portal.guide import loader
from portal.guide.edition import Edition, months_after
from portal.kit import clock
from portal.local import logins
from portal.local.demo import assessments, audit, names, shelf, verdicts, words
from portal.local.logins import Login
from portal.tracking import past, queries, service
from portal.tracking.models import Statement, Status
from tenants import queries as tenancy
from tenants import service as tenants
from tenants.access import Actor
from tenants.context import Scope, entered, tenant_scope
from tenants.db import db
from tenants.roles import Role, SecondFactor

SLUG = logins.DEMO
NEIGHBOUR = logins.DEMO_NEIGHBOUR
AUDIT_DAYS = timedelta(days=30)
SIZE = 120
MOSTLY = 0.8
#: The last ones have no contract yet.
PROSPECTS = 8
CONDITIONS = ("online_services", "health_data", "remote_intervention", "mobile_devices")
#: Offerings by how many of the clients have them.
USUAL = ("support", "sauvegarde", "detection", "messagerie")
OFTEN = ("poste", "reseau", "identites", "serveurs")
SOMETIMES = ("mobilite", "sensibilisation", "incident", "cloud", "conseil")


def build(today: date) -> None:
    """Make the demo tenant, its neighbour and their people.  Commits as it goes."""
    edition, chance = loader.current(), names.rng()
    hashed = accounts.hash_password(logins.PASSWORD)
    armor = _open(SLUG, "Armor Infogérance", edition.id, hashed, logins.PROVIDER)
    with tenant_scope(armor.tenant_id):
        fleet = _fleet(chance, SIZE)
        db.session.commit()
        _sell(armor, edition, fleet[:-PROSPECTS], chance, today)
        shelf.fill(armor, edition, today)
        _except(armor, edition, fleet, today)
        db.session.commit()
        _people(fleet, hashed)
        verdicts.give(edition.id, fleet[:-PROSPECTS], today)
        assessments.give(edition.id, fleet[:-PROSPECTS], today)
        db.session.commit()
        audit.open_rooms(armor, logins.AUDITOR.email, fleet[:5], edition, today)
        twin = fleet_queries.establishment(fleet[1])
        shared = (twin.name, twin.finess, twin.city, twin.region)
    db.session.remove()
    _neighbour(edition, shared, hashed, today)


def _open(slug: str, name: str, edition_id: str, hashed: str, login: Login) -> Actor:
    with entered(Scope()):
        tenant = tenants.open_tenant(
            slug=slug,
            name=name,
            siren=names.siren(len(slug)),
            edition_id=edition_id,
            second_factor=SecondFactor.NOBODY,
        )
        person = tenants.register_user(email=login.email, name=login.name, password_hash=hashed)
        actor = Actor(person.id, tenant.id, Role.OWNER, person.name)
        db.session.commit()
    with tenant_scope(actor.tenant_id):
        tenants.admit(actor.user_id, role=Role.OWNER, job_title=login.job)
        db.session.commit()
    return actor


def _fleet(chance: random.Random, size: int) -> list[uuid.UUID]:
    bodies = [
        ManagingBody(name=name, finess=names.finess("29", 9000 + i), siren=names.siren(100 + i))
        for i, name in enumerate(names.BODIES)
    ]
    db.session.add_all(bodies)
    db.session.flush()
    rows = [_establishment(chance, number, bodies) for number in range(size)]
    db.session.add_all(rows)
    db.session.flush()
    return [row.id for row in rows]


def _establishment(
    chance: random.Random, number: int, bodies: Sequence[ManagingBody]
) -> Establishment:
    code, short, label, places = names.KINDS[number % len(names.KINDS)]
    place = names.PLACES[(number * 7) % len(names.PLACES)]
    body = bodies[(number * number + number // 5) % len(bodies)]
    name = f"{short} {names.NAMES[(number * 11) % len(names.NAMES)]}"
    if number >= len(names.NAMES):
        name += f" {('Nord', 'Sud', 'Est')[number // len(names.NAMES) - 1]}"
    finess = names.finess(place.departement, number)
    held = [c for c in CONDITIONS if chance.random() < MOSTLY]
    return Establishment(
        managing_body_id=body.id,
        finess=finess,
        name=name,
        category_code=code,
        category_label=label,
        address=f"{chance.randint(1, 80)} rue de l’Exemple",
        postcode=place.postcode,
        city=place.town,
        departement=place.departement,
        region=place.region,
        capacity=places,
        tier=Tier.REINFORCED if number % 9 == 0 else Tier.BASELINE,
        conditions=held,
        search=haystack(name, finess, place.town, body.name),
    )


def _sell(
    actor: Actor,
    edition: Edition,
    clients: Sequence[uuid.UUID],
    chance: random.Random,
    today: date,
) -> None:
    """Sign everything, then let tracking look once: one by one it would look fourteen times."""
    offerings.adopt(actor, edition, codes=None, today=today)
    by_code = _offering_ids(edition, today)
    shares = ((USUAL, 0.93), (OFTEN, 0.6), (SOMETIMES, 0.3))
    for codes, share in shares:
        for code in codes:
            chosen = [client for client in clients if chance.random() < share]
            start = today - timedelta(days=200 + chance.randint(0, 900))
            signing.sign(Wanted(chosen, [by_code[code]], start), note="")
    signing.refresh_stages(None, today)
    _declare(actor, edition, today)
    _prove(actor, edition, today)
    contracts_changed.send(establishment_ids=None, today=today)


def _offering_ids(edition: Edition, today: date) -> dict[str, uuid.UUID]:
    return {line.code: line.id for line in contracts_read.offerings(edition.id, today)}


def _declare(actor: Actor, edition: Edition, today: date) -> None:
    """Every offering speaks of what it carries; reviews are spread over the past year."""
    for number, row in enumerate(queries.statements(edition.id)):
        if row.part.value != "carries" or row.requirement_code in words.SILENT:
            continue
        requirement = edition.requirement(row.requirement_code)
        age = (number * 37) % (requirement.review_months * 29)
        said = Statement(
            edition_id=edition.id,
            offering_id=row.offering_id,
            requirement_code=requirement.code,
            status=words.STATES.get(requirement.code, Status.IMPLEMENTED),
            text=requirement.statement,
            reviewed_on=today - timedelta(days=age),
            changed_by_name=actor.name,
        )
        db.session.add(said)
        past.keep_words(said, today)
    db.session.flush()


def _prove(actor: Actor, edition: Edition, today: date) -> None:
    by_code = _offering_ids(edition, today)
    for title, codes, offering, days, months in words.PROOFS:
        until = today + timedelta(days=days)
        content = Content(Kind.NOTE, body=f"{title} : pièce d’exemple, inventée.")
        proof = facts.new(
            actor,
            content,
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
        linking.insert(proof.id, edition.id, Aim(codes, offering_id=by_code[offering]))


def _except(actor: Actor, edition: Edition, fleet: Sequence[uuid.UUID], today: date) -> None:
    for number, (code, status, note) in enumerate(words.EXCEPTIONS):
        for client in (fleet[number * 5], fleet[number * 5 + 31]):
            row = queries.tracked(client, edition.id, code)
            service.except_(
                actor,
                establishment_id=client,
                edition_id=edition.id,
                code=code,
                status=status,
                note=note,
                reviewed_on=today - timedelta(days=40),
                version=row.version,
                today=today,
            )


def _people(fleet: Sequence[uuid.UUID], hashed: str) -> None:
    seats: Sequence[tuple[Login, Role, Sequence[uuid.UUID]]] = (
        (logins.TECHNICIAN, Role.TECHNICIAN, ()),
        (logins.DIRECTOR, Role.DIRECTOR, fleet[:1]),
        (logins.SHARED_DIRECTOR, Role.DIRECTOR, fleet[1:2]),
        (logins.AUDITOR, Role.AUDITOR, fleet[:5]),
    )
    for login, role, reached in seats:
        person = tenants.register_user(email=login.email, name=login.name, password_hash=hashed)
        ends = AUDIT_DAYS if role is Role.AUDITOR else None
        tenants.admit(
            person.id,
            role=role,
            job_title=login.job,
            establishments=reached,
            ends_at=clock.now() + ends if ends else None,
        )
    db.session.commit()


def _neighbour(
    edition: Edition,
    shared: tuple[str, str | None, str, str],
    hashed: str,
    today: date,
) -> None:
    """A second, smaller provider that looks after one establishment of the first as well."""
    actor = _open(NEIGHBOUR, "Litto Téléphonie", edition.id, hashed, logins.NEIGHBOUR)
    name, finess, city, region = shared
    with tenant_scope(actor.tenant_id):
        twin = Establishment(
            name=name,
            finess=finess,
            city=city,
            region=region,
            conditions=list(CONDITIONS),
            search=haystack(name, finess, city),
        )
        db.session.add(twin)
        db.session.flush()
        twin_id = twin.id
        offerings.adopt(actor, edition, codes={"engagements", "reseau"}, today=today)
        sold = [line.id for line in contracts_read.offerings(edition.id, today)]
        _declare(actor, edition, today)
        contracts.sign(actor, Wanted([twin_id], sold, today - timedelta(days=90)), today=today)
        director = tenancy.user_by_email(logins.SHARED_DIRECTOR.email)
        if director is not None:
            tenants.admit(
                director.id,
                role=Role.DIRECTOR,
                job_title=logins.SHARED_DIRECTOR.job,
                establishments=[twin_id],
            )
        db.session.commit()
    db.session.remove()

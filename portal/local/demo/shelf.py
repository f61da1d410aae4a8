"""What keeps the demo's shelf alive: certificates, a proof renewed, files asked and collected."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from portal.collecting import recurring
from portal.collecting import service as collecting
from portal.collecting.models import Collector
from portal.collecting.service import Asked
from portal.evidence import facts, linking, service
from portal.evidence.certificates import Certificate
from portal.evidence.facts import Content, Facts
from portal.evidence.linking import Aim
from portal.evidence.models import CertificateKind, Kind, Visibility
from portal.guide.edition import Edition, months_after
from portal.kit import clock
from tenants.access import Actor
from tenants.db import db


@dataclass(frozen=True)
class _Paper:
    """A certificate; ``months`` ago it was issued, and it runs for ``runs`` months."""

    title: str
    said: Certificate
    codes: Sequence[str]
    months: int
    runs: int


#: Issuers and numbers that nobody could take for real ones.
_PAPERS = (
    _Paper(
        "Système de management de la sécurité",
        Certificate(
            CertificateKind.ISO27001,
            "Certificateur Exemple",
            "EXEMPLE-27001-0013",
            "Infogérance, supervision et sauvegarde des systèmes de nos clients",
        ),
        ("EXT-01", "EXT-09"),
        months=22,
        runs=36,
    ),
    _Paper(
        "Hébergement de données de santé",
        Certificate(
            CertificateKind.HDS,
            "Certificateur Exemple",
            "EXEMPLE-HDS-0042",
            "Activités 5 et 6 : administration des systèmes et sauvegardes externes",
        ),
        ("EXT-05",),
        months=33,
        runs=36,
    ),
    _Paper(
        "Responsabilité professionnelle, dommages numériques compris",
        Certificate(
            CertificateKind.INSURANCE,
            "Mutuelle Exemple",
            "EXEMPLE-RC-2600",
            "Toutes nos prestations, partout en France",
        ),
        ("ASSU-03",),
        months=4,
        runs=12,
    ),
)
_OLD, _NEW = (
    "Compte rendu du test de réversibilité, un poste rendu en 6 heures.",
    "Compte rendu du test de réversibilité, un poste rendu en 3 heures.",
)


def fill(actor: Actor, edition: Edition, today: date) -> None:
    """Put them there, and ask for what is missing."""
    for paper in _PAPERS:
        _put(actor, edition, paper, today)
    _renew(actor, edition, today)
    _ask(actor, edition, today)
    _collect(actor, edition, today)


def _put(actor: Actor, edition: Edition, paper: _Paper, today: date) -> None:
    begun = months_after(today, -paper.months)
    body = f"{paper.title} : certificat d’exemple, inventé."
    proof = facts.new(
        actor,
        Content(Kind.NOTE, body=body),
        Facts(
            title=paper.title,
            visibility=Visibility.CLIENTS,
            covers_from=begun,
            valid_until=months_after(begun, paper.runs) - timedelta(days=1),
            certificate=paper.said,
        ),
    )
    db.session.add(proof)
    db.session.flush()
    linking.insert(proof.id, edition.id, Aim(paper.codes))


def _renew(actor: Actor, edition: Edition, today: date) -> None:
    """A yearly proof, and the one that took its place before it lapsed."""
    title = "Test de réversibilité"
    old = service.add(
        actor,
        edition,
        content=Content(Kind.NOTE, body=_OLD),
        facts=_year(title, months_after(today, -13)),
        aim=Aim(("EXT-08",)),
        today=today,
    )
    service.replace_with(
        actor,
        edition,
        old.id,
        content=Content(Kind.NOTE, body=_NEW),
        facts=_year(title, months_after(today, -2)),
        today=today,
    )


def _year(title: str, day: date) -> Facts:
    return Facts(
        title=title,
        visibility=Visibility.CLIENTS,
        covers_from=day,
        covers_until=day,
        valid_until=months_after(day, 12),
    )


def _ask(actor: Actor, edition: Edition, today: date) -> None:
    """Neither has an address: the demo writes to nobody."""
    for title, name, days, codes, message in (
        (
            "Journal des accès de télémaintenance",
            "Éditeur Exemple",
            9,
            ("NOM-06",),
            "Celui du trimestre : qui s’est connecté, quand, pour quoi.",
        ),
        (
            "Liste à jour des sous-traitants",
            "Hébergeur Exemple",
            24,
            ("EXT-04",),
            "",
        ),
    ):
        wanted = Asked(
            title=title,
            to_name=name,
            due_on=today + timedelta(days=days),
            message=message,
            codes=codes,
        )
        collecting.ask(actor, edition, wanted, at=clock.now(), today=today)


def _collect(actor: Actor, edition: Edition, today: date) -> None:
    """What comes back: from the team and from a supplier, one of them about to be due."""
    for title, code, months, days, supplier in (
        ("Essai de restauration du trimestre", "SAUV-04", 3, 60, ""),
        ("Contrôle du coffre de mots de passe", "AUTH-05", 6, 12, ""),
        ("Attestation d’assurance de l’année", "ASSU-03", 12, 25, "Assureur Exemple"),
    ):
        terms = recurring.Terms(
            title=title,
            collector=Collector.SUPPLIER if supplier else Collector.COLLEAGUE,
            months=months,
            first_on=today + timedelta(days=days),
            supplier=supplier,
        )
        recurring.set_up(actor, edition, recurring.Aim(code), terms, at=clock.now(), today=today)

"""Snapshots of invented establishments, for the tests of the document."""

import hashlib
from datetime import UTC, date, datetime

from portal.attestations import freeze
from portal.attestations.snapshot import (
    Establishment,
    ManagingBody,
    Period,
    Proof,
    Provider,
    Requirement,
    Snapshot,
    Status,
    Verdict,
)

SHORT = (
    "Parc et actifs",
    "Sauvegardes",
    "Mises à jour",
    "Antivirus",
    "Mots de passe",
    "Pare-feu et réseau",
    "Messagerie",
    "Séparation des usages",
    "Mobilité et accès distants",
    "Veille et sensibilisation",
    "Assurance",
    "Réaction et crise",
    "Externalisation et cloud",
)
ASKED = (7, 8, 6, 5, 8, 7, 5, 6, 6, 5, 3, 6, 7)
STATUSES: tuple[Status, ...] = (
    "implemented",
    "implemented",
    "partial",
    "implemented",
    "alternative",
    "implemented",
    "planned",
    "not_applicable",
    "implemented",
    "unknown",
)
WORDS = (
    "Une copie quotidienne part chaque nuit chez un second hébergeur, où elle reste trente jours "
    "sans pouvoir être effacée ; un essai de restauration est fait chaque semestre."
)


def proof(code: str, *, title: str = "Rapport de sauvegarde, troisième trimestre") -> Proof:
    return Proof(
        id="0198f000-0000-7000-8000-000000000001",
        title=title,
        kind="file",
        covers_from=date(2026, 7, 1),
        covers_until=date(2026, 9, 30),
        valid_until=date(2027, 3, 12),
        sha256=hashlib.sha256(code.encode()).hexdigest(),
    )


def requirement(question: int, rank: int, **changes: object) -> Requirement:
    status = STATUSES[(question * 3 + rank) % len(STATUSES)]
    code = f"Q{question:02}-{rank:02}"
    told = status in {"implemented", "alternative", "partial"}
    proven = told and (question + rank) % 4 != 0
    recognised = proven and (question * rank) % 3 != 0
    values: dict[str, object] = {
        "code": code,
        "title": f"{SHORT[question - 1]}, point {rank}",
        "question": question,
        "bearer": ("provider", "shared", "establishment")[(question + rank) % 3],
        "tier": "baseline" if rank < 6 else "reinforced",
        "weight": 1 + rank % 3,
        "applies": True,
        "status": status,
        "origin": "statement" if told else "none",
        "offering": "Sauvegarde managée" if told else None,
        "text": WORDS if told else None,
        "review_due": date(2027, 5, 2) if told else None,
        "proven": proven,
        "verdict": Verdict(word="recognised", by="A. Riou", on=date(2026, 9, 3))
        if recognised
        else Verdict(),
        "proofs": (proof(code),) if proven else (),
    }
    return Requirement(**{**values, **changes})  # type: ignore[arg-type]  # by name


def unanswered() -> list[Requirement]:
    """Every requirement of an establishment that nobody ever looked at."""
    nothing: dict[str, object] = {
        "status": "unknown",
        "origin": "none",
        "offering": None,
        "text": None,
        "review_due": None,
        "proven": False,
        "verdict": Verdict(),
        "proofs": (),
    }
    return [requirement(number, 1, **nothing) for number in range(1, 14)]


def share(requirements: list[Requirement], *, only: str) -> int:
    """As the scores count: weight × value, in per mille; -1 when nothing applies."""
    value = {"implemented": 2, "alternative": 2, "partial": 1}
    counting = [item for item in requirements if item.counts]
    passes = {"declared": 0, "proven": 1, "recognised": 2}[only]

    def reached(item: Requirement) -> int:
        return item.proven + (item.proven and item.verdict.word == "recognised")

    whole = 2 * sum(item.weight for item in counting)
    got = sum(
        item.weight * value.get(item.status, 0) for item in counting if reached(item) >= passes
    )
    return 1000 * got // whole if whole else -1


def snapshot(
    requirements: list[Requirement] | None = None,
    *,
    name: str = "EHPAD Les Ajoncs",
    provider: str = "Armor Infogérance",
    body: str | None = "Association Ker Avel",
    offerings: tuple[str, ...] = ("Sauvegarde managée", "Poste de travail", "Pare-feu"),
) -> Snapshot:
    if requirements is None:
        requirements = [
            requirement(question, rank)
            for question, count in enumerate(ASKED, start=1)
            for rank in range(1, count + 1)
        ]
    lines = []
    for number, short in enumerate(SHORT, start=1):
        asked = [item for item in requirements if item.question == number]
        lines.append(
            freeze.Line(
                number=number,
                title=f"Que faites-vous pour ceci : {short.lower()} ?",
                short=short,
                title_confirmed=number <= 5,
                declared=share(asked, only="declared"),
                proven=share(asked, only="proven"),
                recognised=share(asked, only="recognised"),
            )
        )
    return freeze.build(
        number="ATT-2026-0187",
        issued_at=datetime(2026, 11, 23, 13, 2, 7, 123456, tzinfo=UTC),
        as_of=date(2026, 11, 23),
        period=Period(since=date(2026, 1, 1), until=date(2026, 10, 31)),
        provider=Provider(name=provider, siren="999111220", slug="armor"),
        establishment=Establishment(
            name=name,
            finess="290999128",
            category="EHPAD",
            address="12 rue des Embruns",
            city="29000 Quimper",
            managing_body=ManagingBody(name=body, finess="290001112") if body else None,
        ),
        offerings=offerings,
        edition="2022.1",
        tier="reinforced",
        totals=(
            share(requirements, only="declared"),
            share(requirements, only="proven"),
            share(requirements, only="recognised"),
        ),
        lines=lines,
        requirements=requirements,
    )

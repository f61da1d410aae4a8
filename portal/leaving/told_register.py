"""The register of a provider, as it is told when all of it leaves."""

import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date

from portal.contracts import queries as contracts
from portal.contracts.queries import OfferingLine
from portal.evidence import queries as evidence
from portal.evidence import shown
from portal.evidence.models import Visibility
from portal.kit import clock
from portal.leaving import told_papers
from portal.leaving.register import Carried, Followed, Offering, Served, Shelved, Statement, Word
from portal.tracking import models, spoken
from tenants.db import AnyRow


def offerings(edition_id: str, today: date) -> Iterator[Offering]:
    """With what each carries, and what is and was said of it."""
    said: dict[uuid.UUID, list[models.Statement]] = {}
    for one in spoken.now(edition_id):
        said.setdefault(one.offering_id, []).append(one)
    past = spoken.past(edition_id)
    for line in contracts.offerings(edition_id, today):
        words = tuple(_statement(one, past) for one in said.get(line.id, ()))
        yield _offering(line, edition_id, words)


def _offering(line: OfferingLine, edition_id: str, words: tuple[Statement, ...]) -> Offering:
    return Offering(
        code=line.code,
        name=line.name,
        description=line.description,
        included=line.included,
        archived_on=clock.day_of(line.archived_at) if line.archived_at else None,
        requirements=tuple(
            Carried(
                code=it.requirement_code,
                part=it.part.value,
                bearer=it.bearer.value if it.bearer else None,
                remains=it.remains,
            )
            for it in contracts.served(line.id, edition_id)
        ),
        statements=words,
    )


def _statement(one: models.Statement, past: Mapping[spoken.Where, Sequence[AnyRow]]) -> Statement:
    return Statement(
        code=one.requirement_code,
        status=one.status.value,
        text=one.text,
        reviewed_on=one.reviewed_on,
        by=one.changed_by_name,
        history=tuple(
            Word(since=row.since, status=row.status.value, text=row.text)
            for row in past.get((one.offering_id, one.requirement_code), ())
        ),
    )


def shelf(there: Collection[str]) -> Iterator[Shelved]:
    """Every proof that was examined, whoever may see it, with what it serves."""
    for proof in shown.whole_shelf():
        yield Shelved(
            proof=told_papers.proofs(proof, there, for_house=False),
            visibility="clients" if proof.visibility is Visibility.CLIENTS else "provider",
            serves=tuple(
                Served(
                    offering=it.name if it.level == "offering" else None,
                    establishment=it.name if it.level == "establishment" else None,
                    codes=tuple(it.codes),
                )
                for it in evidence.targets(proof.id)
            ),
        )


def followed(row: AnyRow, record: str) -> Followed:
    return Followed(
        name=row.name,
        finess=row.finess,
        city=row.city,
        stage=row.stage.value,
        archived_on=clock.day_of(row.archived_at) if row.archived_at else None,
        record=record,
    )

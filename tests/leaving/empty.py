"""A record that tells of nothing but whose it is."""

from portal.kit import clock
from portal.leaving import record as records
from portal.leaving.record import Chapter, Establishment, Provider, Record


def record() -> str:
    return Record(
        format=records.FORMAT,
        made_at=clock.now().replace(microsecond=0),
        establishment=Establishment(
            name="EHPAD d’ailleurs", long_name="", finess="290000017", siret=None, category="",
            address="", postcode="", city="", capacity=None, tier="baseline", conditions=(),
            managing_body=None,
        ),
        chapters=(
            Chapter(
                provider=Provider(name="Ailleurs", siren=None), as_of=clock.today(),
                edition="2026.1", contracts=(), totals=None, questions=(), requirements=(),
                evidence=(), contests=(), assessments=(), actions=(), attestations=(), audits=(),
                briefs=(), journal=None,
            ),
        ),
    ).to_json().decode()  # fmt: skip

"""Requirements as files: CSV for a spreadsheet, JSON for a program."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from portal.guide.edition import Edition, Requirement
from portal.kit.i18n import gettext

#: So that a French spreadsheet opens the file in columns, accents included.
_BOM, _SEPARATOR = "\ufeff", ";"


def as_csv(edition: Edition, requirements: Sequence[Requirement]) -> str:
    """One line each, headings in the reader's language, the content in the edition's."""
    out = io.StringIO()
    out.write(_BOM)
    writer = csv.writer(out, delimiter=_SEPARATOR, lineterminator="\r\n")
    writer.writerow(_headings())
    writer.writerows(_cells(edition, requirement) for requirement in requirements)
    return out.getvalue()


def as_json(edition: Edition, requirements: Sequence[Requirement]) -> dict[str, Any]:
    """Every field as the edition has it, identifiers untranslated."""
    return {
        "edition": edition.id,
        "digest": edition.digest,
        "count": len(requirements),
        "requirements": [asdict(requirement) for requirement in requirements],
    }


def _headings() -> list[str]:
    return [
        gettext("Code"),
        gettext("Question"),
        gettext("Question in short"),
        gettext("Requirement"),
        gettext("Statement"),
        gettext("Borne by"),
        gettext("Tier"),
        gettext("Weight"),
        gettext("Months between reviews"),
        gettext("Condition"),
        gettext("Usual proofs"),
        gettext("Months a proof is valid"),
        gettext("Left to the establishment"),
        gettext("References"),
    ]


def _cells(edition: Edition, requirement: Requirement) -> list[str | int]:
    references = (
        f"{source} {' '.join(numbers)}" if source != "other" else ", ".join(numbers)
        for source, numbers in requirement.references.items()
    )
    return [
        requirement.code,
        requirement.question,
        edition.question(requirement.question).short,
        requirement.title,
        requirement.statement,
        edition.bearers[requirement.bearer],
        edition.tiers[requirement.tier],
        requirement.weight,
        requirement.review_months,
        edition.conditions[requirement.condition],
        ", ".join(requirement.proof.kinds),
        requirement.proof.valid_months,
        requirement.remains,
        " | ".join(references),
    ]

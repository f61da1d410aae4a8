"""What is said of each requirement of an establishment, written here and not in a template.

A page holds all seventy-nine: in a template they cost five times as much.  Their words come from
the template.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from markupsafe import Markup

from portal.evidence.queries import ProofRow
from portal.guide.edition import Requirement
from portal.kit.rendering import written
from portal.kit.screens import in_french, say_day
from portal.tracking.models import Origin, Status, Verdict
from tenants.db import AnyRow

SOON_DAYS = 30
_LOOK = {
    Status.UNKNOWN: "none",
    Status.PLANNED: "",
    Status.PARTIAL: "word",
    Status.IMPLEMENTED: "word",
    Status.ALTERNATIVE: "word",
    Status.NOT_APPLICABLE: "quiet",
}
_WITH_VALUE = frozenset({Status.IMPLEMENTED, Status.ALTERNATIVE, Status.PARTIAL})


@dataclass(frozen=True)
class Answers:
    """All that the rows of one establishment have in common.

    ``base`` is the establishment's address, ``proof_base`` the one that a proof's id completes.
    """

    by_code: Mapping[str, Requirement]
    proofs: Mapping[str, Sequence[ProofRow]]
    base: str
    proof_base: str
    today: date

    def write(self, rows: Iterable[AnyRow], words: Mapping[str, Any]) -> Markup:
        """A ``li`` for each row of ``sheet.rows``."""
        return Markup("".join(self._row(row, words) for row in rows))  # noqa: S704 -- all escaped

    def _row(self, row: AnyRow, words: Mapping[str, Any]) -> str:
        code, known = row.requirement_code, self.by_code[row.requirement_code]
        title, address = written(in_french(known.title)), f"{self.base}/exigences/{code}"
        return (
            f'<li class="req{"" if row.applies else " off"}" id="{code}"><h3>{title} '
            f"<small>{code} · {_about(row, known, words)}</small></h3>"
            f'<p class="says">{_says(row, known, words)}</p>'
            f'<div class="does">{self._chips(row, words)}'
            f'<a href="{address}" hx-get="{address}" hx-target="#edit-{code}" hx-swap="innerHTML">'
            f'{words["edit"]}<span class="aside"> {title}</span></a></div>'
            f'<div class="edit-here" id="edit-{code}"></div></li>\n'
        )

    def _chips(self, row: AnyRow, words: Mapping[str, Any]) -> str:
        chips = [_chip(_LOOK[row.status], words["states"][row.status])]
        if row.verdict is Verdict.RECOGNISED:
            chips.append(_chip("kept", words["recognised"]))
        elif row.verdict is Verdict.CONTESTED:
            chips.append(_chip("late", words["contested"]))
        proofs = self.proofs.get(row.requirement_code, ())
        chips += [self._proof(proof, words) for proof in proofs]
        if all(proof.coming for proof in proofs) and row.status in _WITH_VALUE:
            chips.append(_chip("none", words["no_proof"]))
        if row.review_due and row.review_due < self.today and row.applies:
            chips.append(_chip("late", words["review"]))
        return " ".join(chips) + " "

    def _proof(self, proof: ProofRow, words: Mapping[str, Any]) -> str:
        days = (proof.valid_until - self.today).days
        if proof.coming:
            look, until = "quiet", words["coming"]
        elif days < 0:
            look, until = "late", words["lapsed"]
        elif days <= SOON_DAYS:
            look, until = "due", words["soon"].replace("#", str(days))
        else:
            look, until = "proof", say_day(proof.valid_until, "MMM y")
        address = f"{self.proof_base}{proof.evidence_id}"
        return f'<a class="chip {look}" href="{address}">{written(proof.title)} · {until}</a>'


def _chip(look: str, word: str) -> str:
    return f'<span class="chip {look}">{word}</span>'


def _about(row: AnyRow, known: Requirement, words: Mapping[str, Any]) -> str:
    parts = [words["bearers"][row.bearer]]
    if known.tier == "reinforced":
        parts.append(words["reinforced"])
    if not row.applies:
        parts.append(words["elsewhere"])
    return " · ".join(parts)


def _says(row: AnyRow, known: Requirement, words: Mapping[str, Any]) -> str:
    if row.origin is Origin.OWN:
        whose = words["house"] if row.house_by_name else words["own"]
        return f"{whose} {written(row.note) or words['states'][row.status]}"
    if row.origin is Origin.STATEMENT:
        name = written(row.offering_name)
        if not row.statement_text:
            return str(words["inherited"]).format(name)
        return str(words["inherited_text"]).format(name, written(row.statement_text))
    return written(in_french(known.statement))


#: Completed by what follows it: addresses are made once for a page, not once a proof.
ANY = uuid.UUID(int=0)

"""Scorecards, recomputed in the transaction that moved what they count.

For one question at one establishment, over the requirements that apply, not applicable ones left
out, by weight: declared = Σ weight·value / Σ weight; proven counts the proven ones only;
recognised the recognised ones only.  Value: implemented and alternative 1, partial ½, else 0.
Points are doubled to stay whole; every score is floored per mille of the same sum, so that
recognised ≤ proven ≤ declared holds exactly.  Contests count even on what is said not to apply:
saying so must not hide them.
"""

from datetime import date

from portal.guide import loader
from portal.kit import arrays
from portal.tracking import scores_sql as sql
from portal.tracking.effective import Area, run


def count(area: Area, today: date) -> None:
    """Recompute the scores that the area's rows count in, and keep what they have become.

    Where they all belong to one question, that question alone is counted again, on the cards that
    are there; otherwise whole cards are.
    """
    edition = loader.current()
    questions = {edition.requirement(code).question for code in area.codes or ()}
    if len(questions) == 1:
        codes = [one.code for one in edition.by_question[questions.pop()]]
        run(sql.COUNT_ONE, area, today, counted=arrays.literal(codes))
    else:
        run(sql.COUNT, area, today)

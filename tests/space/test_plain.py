"""What a point comes to in plain words: six answers told apart, and no answer never a zero."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from portal.contracts.models import Bearer
from portal.guide import loader
from portal.space import plain
from portal.space.plain import Lack, Standing
from portal.tracking.models import Status, Verdict

TODAY = date(2026, 6, 15)
#: Left to the provider by the guide, in question 2.
CODE = "SAUV-02"
#: Left to the establishment by the guide.
HOUSE = next(r.code for r in loader.current().requirements if r.bearer == "establishment")


def row(status: Status, code: str = CODE, **known: Any) -> Any:
    usual = {
        "requirement_code": code,
        "question": loader.current().requirement(code).question,
        "applies": True,
        "status": status,
        "bearer": Bearer.PROVIDER,
        "proven": False,
        "proof_until": None,
        "review_due": TODAY + timedelta(100),
        "verdict": Verdict.NONE,
    }
    return SimpleNamespace(**{**usual, **known})


def only(told: Sequence[plain.Told]) -> plain.Point:
    (point,) = [point for question in told for point in question.points]
    return point


def point(status: Status, **known: Any) -> plain.Point:
    return only(plain.told(loader.current(), [row(status, **known)], TODAY))


@pytest.mark.parametrize(
    ("status", "known", "standing", "words"),
    [
        (Status.IMPLEMENTED, {"proven": True}, Standing.PROVEN, "done"),
        (Status.ALTERNATIVE, {"proven": True}, Standing.PROVEN, "done"),
        (Status.IMPLEMENTED, {}, Standing.DECLARED, "declared"),
        (Status.ALTERNATIVE, {}, Standing.DECLARED, "declared"),
        (Status.PARTIAL, {"proven": True}, Standing.PARTIAL, "partial"),
        (Status.PARTIAL, {}, Standing.PARTIAL, "partial"),
        (Status.PLANNED, {}, Standing.PLANNED, "missing"),
        (Status.UNKNOWN, {"bearer": Bearer.ESTABLISHMENT}, Standing.MISSING, "missing"),
        (Status.UNKNOWN, {}, Standing.UNKNOWN, None),
        (Status.UNKNOWN, {"bearer": Bearer.SHARED}, Standing.UNKNOWN, None),
        (Status.NOT_APPLICABLE, {}, Standing.NOT_APPLICABLE, None),
    ],
)
def test_each_state_has_its_own_words(
    status: Status, known: dict[str, Any], standing: Standing, words: str | None
) -> None:
    found = point(status, **known)

    assert found.standing is standing
    said = getattr(found.requirement.words, words) if words else None
    assert found.sentence == said


def test_what_the_guide_leaves_to_the_house_is_unknown_and_not_missing() -> None:
    found = point(Status.UNKNOWN, code=HOUSE, bearer=Bearer.ESTABLISHMENT)

    assert found.standing is Standing.UNKNOWN
    assert found.ours


@pytest.mark.parametrize(
    ("known", "lack"),
    [
        ({}, Lack.PROOF),
        ({"proof_until": TODAY - timedelta(1)}, Lack.LAPSED),
        (
            {"proof_until": TODAY, "review_due": TODAY - timedelta(1)},
            Lack.REVIEW,
        ),
        ({"proof_until": TODAY, "proven": True}, None),
    ],
)
def test_what_is_declared_says_why_it_is_not_proven(
    known: dict[str, Any], lack: Lack | None
) -> None:
    assert point(Status.IMPLEMENTED, **known).lack is lack


def test_a_question_speaks_of_its_gravest_then_heaviest_point() -> None:
    codes = [r.code for r in loader.current().by_question[2]]
    rows = [row(Status.IMPLEMENTED, code, proven=True) for code in codes[2:]]
    rows += [row(Status.PLANNED, codes[0]), row(Status.UNKNOWN, codes[1])]

    told = plain.told(loader.current(), rows, TODAY)[1]

    assert told.key is not None
    assert told.key.requirement.code == codes[1]
    assert told.counts == Counter(
        {Standing.PROVEN: len(codes) - 2, Standing.PLANNED: 1, Standing.UNKNOWN: 1}
    )


def test_what_does_not_apply_is_not_told() -> None:
    told = plain.told(loader.current(), [row(Status.UNKNOWN, applies=False)], TODAY)

    assert len(told) == 13
    assert told[1].key is None


def test_only_what_is_said_awaits_a_view() -> None:
    assert point(Status.PLANNED).awaits
    assert not point(Status.UNKNOWN).awaits
    assert not point(Status.PLANNED, verdict=Verdict.CONTESTED).awaits

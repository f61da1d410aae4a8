import json
from dataclasses import replace
from typing import Any

import pytest

from portal.attestations.snapshot import BadSnapshot, Snapshot, Totals
from portal.kit.canonical import canonical_json, sha256_hex
from tests.attestations import samples


def changed(**changes: Any) -> bytes:
    return canonical_json({**json.loads(samples.snapshot().to_json()), **changes})


def test_a_snapshot_is_read_back_as_it_was_written() -> None:
    snapshot = samples.snapshot()

    assert Snapshot.from_json(snapshot.to_json()) == snapshot


def test_the_bytes_of_schema_1_never_change() -> None:
    # If this fails, stored attestations no longer read back: keep schema 1 and add a schema 2.
    row = samples.requirement(2, 3)

    assert sha256_hex(samples.snapshot([row]).to_json()) == (
        "847ff9a561d4d1c362d3c4cf71eadacd3aab95763404f96f2e457f6111b8f66a"
    )


def test_the_order_of_keys_is_canonical() -> None:
    text = samples.snapshot([]).to_json().decode()

    assert text.startswith('{"as_of":"2026-11-23","establishment":{"address":')
    assert '"issued_at":"2026-11-23T13:02:07Z"' in text


def test_the_bytes_are_those_of_the_general_encoder_whatever_the_text() -> None:
    strange = '\x00\x08\t\n\x0b\x1f\x7f"\\/é€\u2028\ud7ff\ue000😀'
    data = samples.snapshot(name=strange).to_json()

    assert data == canonical_json(json.loads(data))


def test_counts_come_from_the_requirements() -> None:
    rows = [samples.requirement(2, rank) for rank in range(1, 9)]

    snapshot = samples.snapshot(rows)

    counting = [row for row in rows if row.status != "not_applicable"]
    assert snapshot.totals.applicable == snapshot.questions[1].applicable == len(counting)
    assert snapshot.questions[0].applicable == 0
    assert snapshot.questions[0].declared is None


@pytest.mark.parametrize(
    "shares",
    [(500, 600, 100), (500, 400, 450), (1001, 0, 0), (500, None, 0)],
)
def test_shares_that_overclaim_are_refused(shares: tuple[int, int | None, int]) -> None:
    declared, proven, recognised = shares
    totals = Totals(
        declared=declared,
        proven=proven,
        recognised=recognised,
        applicable=1,
        unanswered=0,
        contested=0,
    )

    with pytest.raises(BadSnapshot):
        replace(samples.snapshot(), totals=totals)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[1]",
        b"null",
        b"\xff\xfe",
        changed(extra=1),
        changed(schema=2),
        changed(questions=[]),
        changed(as_of="23/11/2026"),
        changed(number=12),
        samples.snapshot().to_json() + b"\n",
        samples.snapshot().to_json().replace(b'"applies":true', b'"applies":1'),
        json.dumps(json.loads(samples.snapshot().to_json())).encode(),
    ],
    ids=range(13),
)
def test_bytes_that_no_snapshot_wrote_are_refused(data: bytes) -> None:
    with pytest.raises(BadSnapshot):
        Snapshot.from_json(data)

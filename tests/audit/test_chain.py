"""Whatever is changed in a chain is found: by the checker alone, ten thousand times."""

import json
import random
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from portal.audit import chain
from portal.audit.chain import GENESIS, Deed, Entry, Finding, Head, Kind
from portal.kit.canonical import canonical_json

TENANT = uuid.UUID(int=7)
BEGAN = datetime(2026, 1, 5, 8, tzinfo=UTC)
LENGTH = 200


def _deed(number: int) -> Deed:
    return Deed(
        tenant_id=TENANT,
        id=uuid.UUID(int=1000 + number),
        at=BEGAN + timedelta(minutes=number),
        action=("statement.declared", "evidence.added", "contract.signed")[number % 3],
        subject_type="establishment",
        subject_id=uuid.UUID(int=number % 17),
        establishment_id=uuid.UUID(int=number % 5) if number % 4 else None,
        requirement_code=f"PARC-{number % 9:02}" if number % 2 else None,
        actor_id=uuid.UUID(int=number % 6) if number % 11 else None,
        actor_name=f"Élodie {number % 6}",
        details={"status": "implemented", "count": number} if number % 3 else {},
    )


def _chained(count: int) -> list[Entry]:
    deeds = [_deed(number) for number in range(count)]
    return list(zip(chain.append(deeds, to=GENESIS), deeds, strict=True))


WHOLE = _chained(LENGTH)
HEAD = Head(LENGTH, WHOLE[-1][0].digest)

Tamper = Callable[[random.Random, list[Entry]], set[Kind]]


def _edit_deed(dice: random.Random, entries: list[Entry]) -> set[Kind]:
    at = dice.randrange(LENGTH)
    link, deed = entries[at]
    assert deed is not None
    changes: dict[str, Any] = {
        "at": deed.at + timedelta(microseconds=dice.choice([-1, 1])),
        "action": deed.action + "x",
        "subject_type": "evidence",
        "subject_id": uuid.UUID(int=dice.getrandbits(128)),
        "establishment_id": uuid.UUID(int=dice.getrandbits(128)),
        "requirement_code": f"X{dice.random()}",
        "actor_id": uuid.UUID(int=dice.getrandbits(128)),
        "actor_name": deed.actor_name + " ",
        "details": {**deed.details, "more": dice.random()},
        "tenant_id": uuid.UUID(int=dice.getrandbits(128)),
    }
    field = dice.choice(sorted(changes))
    entries[at] = link, deed._replace(**{field: changes[field]})
    return {Kind.EDITED}


def _flip(dice: random.Random, data: bytes) -> bytes:
    at, bit = dice.randrange(len(data)), 1 << dice.randrange(8)
    return data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :]


def _edit_link(dice: random.Random, entries: list[Entry]) -> set[Kind]:
    at = dice.randrange(LENGTH)
    link, deed = entries[at]
    field = dice.choice(["actor_salt", "actor_digest", "details_salt", "details_digest", "digest"])
    changed: dict[str, Any] = {field: _flip(dice, getattr(link, field))}
    entries[at] = link._replace(**changed), deed
    return {Kind.EDITED}


def _edit_and_hash_again(dice: random.Random, entries: list[Entry]) -> set[Kind]:
    """By somebody who knows the rules, and mends this link but not those after it."""
    at = dice.randrange(LENGTH - 1)
    before = Head(at, entries[at - 1][0].digest) if at else GENESIS
    forged = _deed(at)._replace(action="forged.deed")
    entries[at] = chain.append([forged], to=before)[0], forged
    return {Kind.EDITED}


def _delete(dice: random.Random, entries: list[Entry]) -> set[Kind]:
    del entries[dice.randrange(LENGTH - 1)]
    return {Kind.MISSING}


def _delete_event(dice: random.Random, entries: list[Entry]) -> set[Kind]:
    at = dice.randrange(LENGTH)
    entries[at] = entries[at][0], None
    return {Kind.MISSING}


def _delete_and_renumber(dice: random.Random, entries: list[Entry]) -> set[Kind]:
    del entries[dice.randrange(LENGTH - 1)]
    _renumber(entries)
    return {Kind.MISSING}


def _renumber(entries: list[Entry]) -> None:
    entries[:] = [
        (link._replace(position=number), deed) for number, (link, deed) in enumerate(entries, 1)
    ]


def _insert_and_renumber(dice: random.Random, entries: list[Entry]) -> set[Kind]:
    at = dice.randrange(LENGTH)
    forged = _deed(at)._replace(id=uuid.UUID(int=dice.getrandbits(128)))
    entries.insert(at, (chain.append([forged], to=GENESIS)[0], forged))
    _renumber(entries)
    return {Kind.INSERTED}


def _insert_well_made(dice: random.Random, entries: list[Entry]) -> set[Kind]:
    at = dice.randrange(LENGTH + 1)
    before = Head(at, entries[at - 1][0].digest) if at else GENESIS
    forged = _deed(at)._replace(id=uuid.UUID(int=dice.getrandbits(128)))
    entries.insert(at, (chain.append([forged], to=before)[0], forged))
    _renumber(entries)
    return {Kind.INSERTED}


def _two(dice: random.Random) -> tuple[int, int]:
    one, other = sorted(dice.sample(range(LENGTH), 2))
    return one, other


def _swap_places(dice: random.Random, entries: list[Entry]) -> set[Kind]:
    one, other = _two(dice)
    entries[one], entries[other] = entries[other], entries[one]
    _renumber(entries)
    return {Kind.REORDERED}


def _swap_events(dice: random.Random, entries: list[Entry]) -> set[Kind]:
    """Each link keeps its digest and is given the other's event."""
    one, other = _two(dice)
    (a, first), (b, second) = entries[one], entries[other]
    kept = ("position", "digest")
    entries[one] = b._replace(**{name: getattr(a, name) for name in kept}), second
    entries[other] = a._replace(**{name: getattr(b, name) for name in kept}), first
    return {Kind.REORDERED}


def _truncate(dice: random.Random, entries: list[Entry]) -> set[Kind]:
    del entries[dice.randrange(LENGTH) :]
    return {Kind.TRUNCATED}


def _pretend_erased(dice: random.Random, entries: list[Entry]) -> set[Kind]:
    """Another name is put in, and the salt that would tell is taken away."""
    at = dice.randrange(LENGTH)
    link, deed = entries[at]
    assert deed is not None
    entries[at] = link._replace(actor_salt=None), deed._replace(actor_name="Somebody else")
    return {Kind.EDITED}


TAMPERS: list[Tamper] = [
    _edit_deed, _edit_link, _edit_and_hash_again, _delete, _delete_event, _delete_and_renumber,
    _insert_and_renumber, _insert_well_made, _swap_places, _swap_events, _truncate,
    _pretend_erased,
]  # fmt: skip
TRIES = 10_000


def test_a_chain_that_nobody_touched_holds() -> None:
    assert chain.check(WHOLE, head=HEAD, noted=[HEAD]) is None
    assert chain.check([], head=GENESIS) is None


@pytest.mark.parametrize("tamper", TAMPERS)
def test_ten_thousand_tamperings_in_all_are_found_and_named(tamper: Tamper) -> None:
    dice = random.Random(tamper.__name__)  # noqa: S311 - the same tries each time
    unseen, misnamed = [], []
    for number in range(TRIES // len(TAMPERS) + 1):
        entries = list(WHOLE)
        kinds = tamper(dice, entries)
        finding = chain.check(entries, head=HEAD)
        if finding is None:
            unseen.append(number)
        elif finding.kind not in kinds:
            misnamed.append((number, finding))

    assert unseen == []
    assert misnamed == []


def test_what_is_erased_leaves_the_chain_whole() -> None:
    entries = list(WHOLE)
    for at in (3, 40, LENGTH - 1):
        link, deed = entries[at]
        assert deed is not None
        entries[at] = (
            link._replace(actor_salt=None, details_salt=None),
            deed._replace(actor_id=None, actor_name="", details={}),
        )

    assert chain.check(entries, head=HEAD, noted=[HEAD]) is None


def test_what_is_erased_cannot_be_guessed_from_what_is_left() -> None:
    """The same name twice commits to two digests: without the salt, no list of names helps."""
    twice = chain.append([_deed(1), _deed(1)], to=GENESIS)

    assert twice[0].actor_digest != twice[1].actor_digest


def test_a_chain_written_anew_is_found_against_a_head_kept_elsewhere() -> None:
    anew = _chained(LENGTH + 5)
    head = Head(LENGTH + 5, anew[-1][0].digest)

    assert chain.check(anew, head=head) is None
    assert chain.check(anew, head=head, noted=[HEAD]) == Finding(LENGTH, Kind.REWRITTEN)


def test_a_chain_cut_with_its_head_is_found_against_a_head_kept_elsewhere() -> None:
    cut = WHOLE[:150]
    head = Head(150, cut[-1][0].digest)

    assert chain.check(cut, head=head) is None
    assert chain.check(cut, head=head, noted=[HEAD]) == Finding(151, Kind.TRUNCATED)


def test_a_chain_that_has_grown_since_still_holds_against_an_older_head() -> None:
    older = Head(100, WHOLE[99][0].digest)

    assert chain.check(WHOLE, head=HEAD, noted=[older]) is None


def test_a_part_is_checked_from_a_place_that_is_believed() -> None:
    start = Head(100, WHOLE[99][0].digest)

    assert chain.check(WHOLE[100:], head=HEAD, start=start) is None
    assert chain.check(WHOLE[101:], head=HEAD, start=start) == Finding(101, Kind.MISSING)


@pytest.mark.parametrize("text", ["plain", "l’été\u202f!", 'a"b\\c', "\x00\x1f\n\t", "😀\ufb33"])
def test_a_header_is_canonical_json(text: str) -> None:
    deed = _deed(3)._replace(action=text)
    written = chain.header(4, deed, (b"a" * 32, b"b" * 32))

    assert written == canonical_json(json.loads(written))

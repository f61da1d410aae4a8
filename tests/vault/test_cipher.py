"""The sealed form: what comes out is what went in, whole and in its place, or nothing."""

import os
import uuid
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.vault import cipher
from portal.vault.cipher import CHUNK, HEADER, Header, Tampered, seal, sealed_size, unseal

KEY, KEY_ID, PLACE = b"k" * 32, uuid.UUID(int=5), "tenant|file"
STEP = CHUNK + 16


def sealed(plain: bytes, place: str = PLACE) -> bytes:
    return b"".join(seal(KEY, KEY_ID, place, [plain]))


def plain(stored: bytes, key: bytes = KEY, place: str = PLACE) -> bytes:
    header = Header.from_bytes(stored[:HEADER])
    return b"".join(unseal(key, header, place, [stored[HEADER:]]))


def in_pieces(content: bytes, size: int) -> Iterator[bytes]:
    return (content[start : start + size] for start in range(0, len(content), size))


@given(
    length=st.sampled_from([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 7]),
    written=st.integers(1, 3 * CHUNK),
    read=st.integers(1000, 3 * CHUNK),
)
def test_what_goes_in_comes_out_however_it_is_cut(length: int, written: int, read: int) -> None:
    content = os.urandom(length)
    stored = b"".join(seal(KEY, KEY_ID, PLACE, in_pieces(content, written)))
    header = Header.from_bytes(stored[:HEADER])

    assert b"".join(unseal(KEY, header, PLACE, in_pieces(stored[HEADER:], read))) == content
    assert (header.key_id, len(stored)) == (KEY_ID, sealed_size(length))


def test_the_same_content_is_never_sealed_the_same() -> None:
    assert sealed(b"a" * 100)[HEADER:] != sealed(b"a" * 100)[HEADER:]


THREE = sealed(b"a" * CHUNK + b"b" * CHUNK + b"c" * 10)
FIRST, SECOND, LAST = (
    THREE[HEADER:][:STEP],
    THREE[HEADER:][STEP : 2 * STEP],
    THREE[HEADER + 2 * STEP :],
)


@pytest.mark.parametrize(
    ("harm", "stored"),
    [
        ("a bit", THREE[:-1] + bytes([THREE[-1] ^ 1])),
        ("a bit of the salt", THREE[:30] + bytes([THREE[30] ^ 1]) + THREE[31:]),
        ("a bit of the key's id", THREE[:8] + bytes([THREE[8] ^ 1]) + THREE[9:]),
        ("cut between chunks", THREE[:HEADER] + FIRST + SECOND),
        ("cut within a chunk", THREE[:-3]),
        ("cut after the header", THREE[:HEADER]),
        ("chunks in another order", THREE[:HEADER] + SECOND + FIRST + LAST),
        ("a chunk left out", THREE[:HEADER] + FIRST + LAST),
        ("a chunk twice", THREE[:HEADER] + FIRST + FIRST + SECOND + LAST),
        ("something behind", THREE + b"d"),
        ("a chunk of another file", THREE[:HEADER] + sealed(b"a" * CHUNK + b"b")[HEADER:]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_was_harmed_does_not_open(harm: str, stored: bytes) -> None:
    with pytest.raises(Tampered):
        plain(stored)


def test_another_key_and_another_place_do_not_open() -> None:
    with pytest.raises(Tampered):
        plain(THREE, key=b"l" * 32)
    with pytest.raises(Tampered):
        plain(THREE, place="tenant|other")


@pytest.mark.parametrize(
    "head",
    [b"", b"%PDF-1.7", THREE[: HEADER - 1], b"X" * HEADER],
    ids=["nothing", "a document", "too short", "another mark"],
)
def test_what_was_not_sealed_is_told_apart(head: bytes) -> None:
    with pytest.raises(Tampered):
        Header.from_bytes(head)


def test_only_a_chunk_is_held_at_a_time() -> None:
    taken = 0

    def source() -> Iterator[bytes]:
        nonlocal taken
        for _ in range(100):
            taken += 1
            yield b"a" * CHUNK

    made = cipher.seal(KEY, KEY_ID, PLACE, source())
    for _ in range(3):
        next(made)

    assert taken <= 4

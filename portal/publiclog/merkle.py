"""The Merkle tree of RFC 6962, section 2: roots and proofs.  Pure.

A tree is read by what stands at the corners of its tiles (C2SP tlog-tiles): the node of level
``256 ** level``, by number.  Whoever reads them from PostgreSQL, files or the network is not known.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

#: Levels of the tree in one tile, and hashes along its bottom.
HEIGHT: Final = 8
WIDTH: Final = 1 << HEIGHT

#: The hashes of a tile: its level, its number, and how many of them are wanted.
Reader = Callable[[int, int, int], Sequence[bytes]]


class BadProof(ValueError):
    """The proof proves nothing: it is of another tree, another leaf, or made up."""


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def folded(hashes: Sequence[bytes]) -> bytes:
    """The root over these hashes, a power of two of them."""
    row = list(hashes)
    while len(row) > 1:
        row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
    return row[0]


def root_of(entries: Iterable[bytes]) -> tuple[int, bytes]:
    """Size and root of the tree over all entries, read once: memory does not grow with them."""
    peaks: list[bytes] = []
    size = 0
    for size, entry in enumerate(entries, 1):
        made, left = leaf_hash(entry), size
        while not left & 1:
            made = node_hash(peaks.pop(), made)
            left >>= 1
        peaks.append(made)
    if not peaks:
        return 0, hashlib.sha256(b"").digest()
    whole = peaks.pop()
    while peaks:
        whole = node_hash(peaks.pop(), whole)
    return size, whole


def root(read: Reader, size: int) -> bytes:
    """MTH(D[size]) of section 2.1."""
    return _subtree(read, 0, size) if size else hashlib.sha256(b"").digest()


def inclusion(read: Reader, index: int, size: int) -> list[bytes]:
    """PATH(index, D[size]) of section 2.1.1: what turns a leaf's hash into the root."""
    if not 0 <= index < size:
        raise ValueError("no such leaf")
    path: list[bytes] = []
    start, stop = 0, size
    while stop - start > 1:
        middle = start + _split(stop - start)
        if index < middle:
            path.append(_subtree(read, middle, stop))
            stop = middle
        else:
            path.append(_subtree(read, start, middle))
            start = middle
    return path[::-1]


def consistency(read: Reader, older: int, newer: int) -> list[bytes]:
    """PROOF(older, D[newer]) of section 2.1.2: that nothing was changed before ``older``."""
    if not 0 < older <= newer:
        raise ValueError("no such trees")
    path: list[bytes] = []
    start, stop, whole = 0, newer, True
    while older != stop:
        middle = start + _split(stop - start)
        if older <= middle:
            path.append(_subtree(read, middle, stop))
            stop = middle
        else:
            path.append(_subtree(read, start, middle))
            start, whole = middle, False
    if not whole:
        path.append(_subtree(read, start, stop))
    return path[::-1]


def check_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], top: bytes) -> None:
    """Raises :class:`BadProof` unless ``path`` leads from the leaf's hash to the root ``top``."""
    if not 0 <= index < size:
        raise BadProof("no such leaf")
    made, at, last, steps = leaf, index, size - 1, iter(path)
    while last:
        if at & 1 or at < last:
            beside = next(steps, b"")
            made = node_hash(beside, made) if at & 1 else node_hash(made, beside)
        at, last = at >> 1, last >> 1
    if next(steps, None) is not None or made != top:
        raise BadProof("the leaf is not in this tree")


def check_consistency(
    older: int, newer: int, path: Sequence[bytes], before: bytes, after: bytes
) -> None:
    """Raises :class:`BadProof` unless the tree ``after`` begins with the tree ``before``."""
    if older == newer and not path and before == after:
        return
    if not 0 < older < newer:
        raise BadProof("no such trees")
    at, last = older - 1, newer - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    steps = iter(path)
    low = high = next(steps, b"") if at else before
    while last:
        if at & 1:
            beside = next(steps, b"")
            low, high = node_hash(beside, low), node_hash(beside, high)
        elif at < last:
            high = node_hash(high, next(steps, b""))
        at, last = at >> 1, last >> 1
    if next(steps, None) is not None or (low, high) != (before, after):
        raise BadProof("the newer tree does not begin with the older one")


def corners(first: int, hashes: Sequence[bytes], read: Reader) -> Iterator[tuple[int, int, bytes]]:
    """What is added to a tree of ``first`` leaves by more of them: level, number and hash.

    ``read`` tells the tiles as they were before.
    """
    level, begin, added = 0, first, list(hashes)
    while added:
        yield from ((level, begin + at, each) for at, each in enumerate(added))
        whole = begin - begin % WIDTH
        known = list(read(level, whole // WIDTH, begin - whole)) if begin > whole else []
        row = known + added
        full = len(row) // WIDTH
        added = [folded(row[at * WIDTH : (at + 1) * WIDTH]) for at in range(full)]
        level, begin = level + 1, whole // WIDTH


def _split(count: int) -> int:
    """The largest power of two below ``count``."""
    return 1 << ((count - 1).bit_length() - 1)


def _subtree(read: Reader, start: int, stop: int) -> bytes:
    count = stop - start
    if count & (count - 1) == 0 and start % count == 0:
        return _whole(read, count.bit_length() - 1, start // count)
    middle = start + _split(count)
    return node_hash(_subtree(read, start, middle), _subtree(read, middle, stop))


def _whole(read: Reader, height: int, number: int) -> bytes:
    """The node over ``2 ** height`` leaves, from the tile that holds what is below it."""
    level, above = divmod(height, HEIGHT)
    first, many = number << above, 1 << above
    tile, offset = divmod(first, WIDTH)
    return folded(read(level, tile, offset + many)[offset : offset + many])

"""The tree of RFC 6962: known answers, and every proof of every small tree."""

import hashlib
import random

import pytest

from portal.publiclog import merkle
from portal.publiclog.merkle import BadProof

#: The inputs that implementations of RFC 6962 are tried on, and their roots, by size.
INPUTS = [
    bytes.fromhex(each)
    for each in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
CHANCE = random.Random(6962)  # noqa: S311 - the same trees at each run
ENTRIES = [CHANCE.randbytes(CHANCE.randrange(40)) for _ in range(600)]


def plain(entries: list[bytes]) -> bytes:
    """MTH as section 2.1 writes it."""
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    half = 1
    while half * 2 < len(entries):
        half *= 2
    return hashlib.sha256(b"\x01" + plain(entries[:half]) + plain(entries[half:])).digest()


class Corners:
    """A tree as tiles hold it, grown in steps."""

    def __init__(self) -> None:
        self.nodes: dict[tuple[int, int], bytes] = {}
        self.size = 0

    def grow(self, entries: list[bytes]) -> None:
        leaves = [merkle.leaf_hash(each) for each in entries]
        for level, number, made in list(merkle.corners(self.size, leaves, self.read)):
            assert (level, number) not in self.nodes
            self.nodes[level, number] = made
        self.size += len(entries)

    def read(self, level: int, number: int, width: int) -> list[bytes]:
        return [self.nodes[level, number * 256 + at] for at in range(width)]


def grown(entries: list[bytes], step: int) -> Corners:
    tree = Corners()
    for at in range(0, len(entries), step):
        tree.grow(entries[at : at + step])
    return tree


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_everybody_finds(size: int) -> None:
    tree = grown(INPUTS[:size], 1)

    assert merkle.root(tree.read, size).hex() == ROOTS[size]
    assert merkle.root_of(INPUTS[:size]) == (size, bytes.fromhex(ROOTS[size]))


def test_paths_are_those_everybody_finds() -> None:
    """Of the tree of eight: the sixth leaf, and that of six within it."""
    tree = grown(INPUTS, 8)

    path = [each.hex() for each in merkle.inclusion(tree.read, 5, 8)]
    grew = [each.hex() for each in merkle.consistency(tree.read, 6, 8)]

    assert path == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
    assert grew == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


@pytest.mark.parametrize("step", [1, 7, 255, 256, 257, 600])
def test_however_it_grows_the_tree_is_the_same(step: int) -> None:
    tree = grown(ENTRIES, step)

    for size in (1, 2, 255, 256, 257, 511, 512, 513, 600):
        assert merkle.root(tree.read, size) == plain(ENTRIES[:size])
        assert merkle.root_of(ENTRIES[:size])[1] == plain(ENTRIES[:size])


def test_every_leaf_of_every_small_tree_is_proved_and_nothing_else_is() -> None:
    tree = grown(ENTRIES, 600)
    for size in [*range(1, 34), 256, 300, 513]:
        top = merkle.root(tree.read, size)
        for index in range(0, size, 1 if size < 34 else 37):
            leaf = merkle.leaf_hash(ENTRIES[index])
            path = merkle.inclusion(tree.read, index, size)
            merkle.check_inclusion(leaf, index, size, path, top)
            other = merkle.leaf_hash(ENTRIES[(index + 1) % 600])
            for wrong in (
                (other, index, size, path, top),
                (leaf, index, size, [*path, leaf], top),
                (leaf, index, size, path, leaf[::-1]),
                (leaf, size, size, path, top),
                (leaf, -1, size, path, top),
            ):
                with pytest.raises(BadProof):
                    merkle.check_inclusion(*wrong)
            if path:
                with pytest.raises(BadProof):
                    merkle.check_inclusion(leaf, index, size, path[:-1], top)
                with pytest.raises(BadProof):
                    merkle.check_inclusion(leaf, index ^ 1, size, path, top)


def test_every_small_tree_begins_as_it_was_and_a_changed_one_does_not() -> None:
    tree = grown(ENTRIES, 600)
    for newer in [*range(1, 34), 300, 513]:
        after = merkle.root(tree.read, newer)
        for older in range(1, newer + 1, 1 if newer < 34 else 29):
            before = merkle.root(tree.read, older)
            path = merkle.consistency(tree.read, older, newer)
            merkle.check_consistency(older, newer, path, before, after)
            for wrong in (
                (older, newer, path, before[::-1], after),
                (older, newer, path, before, after[::-1]),
                (older, newer, [*path, before], before, after),
                (older + 1, newer, path, before, after),
            ):
                with pytest.raises(BadProof):
                    merkle.check_consistency(*wrong)


def test_what_is_not_there_has_no_proof() -> None:
    tree = grown(INPUTS, 8)

    with pytest.raises(ValueError, match="no such leaf"):
        merkle.inclusion(tree.read, 8, 8)
    with pytest.raises(ValueError, match="no such trees"):
        merkle.consistency(tree.read, 9, 8)

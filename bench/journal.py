"""The public log at a million entries: found again by whoever has it, proved to whoever has one."""

import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from importlib import util
from pathlib import Path
from typing import Any, Final

from bench.figure import Figure
from portal.publiclog import merkle
from portal.publiclog.notes import Checkpoint, Signer
from portal.publiclog.queries import Proof

ENTRIES: Final = 1_000_000
_VERIFIER: Final = Path(__file__).parents[1] / "verifier/treize_verifier.py"


def figures() -> Iterator[Figure]:
    entries = [hashlib.sha256(number.to_bytes(4, "big")).digest() for number in range(ENTRIES)]
    seconds, root = _found_again(b"".join(entries))
    yield Figure(
        f"root over {ENTRIES:,} entries, by the verifier that needs no server",
        f"{seconds:.1f} s",
        "5 s",
        seconds <= 5,
    )
    proof = _proof(entries, ENTRIES * 2 // 3, root)
    written = proof.to_json()
    whole = len(json.dumps(written))
    del written["checkpoint"]  # one for all proofs under it
    told = len(json.dumps(written))
    yield Figure(
        "the proof that one of them is in it, as documents carry it",
        f"{len(proof.path)} hashes, {told} bytes; {whole} with the checkpoint",
        "1 KB",
        told <= 1024,
    )


def _found_again(leaves: bytes) -> tuple[float, bytes]:
    spec = util.spec_from_file_location("offline", _VERIFIER)
    assert spec is not None
    assert spec.loader is not None
    verifier: Any = util.module_from_spec(spec)
    spec.loader.exec_module(verifier)
    began = time.perf_counter()
    root = verifier.roots(leaves, {ENTRIES})[ENTRIES]
    return time.perf_counter() - began, root


def _proof(entries: Sequence[bytes], index: int, root: bytes) -> Proof:
    """Made from tiles as the log keeps them, and checked."""
    levels = [[merkle.leaf_hash(each) for each in entries]]
    while len(levels[-1]) >= merkle.WIDTH:
        below = levels[-1]
        full = len(below) // merkle.WIDTH
        tiles = (below[at * merkle.WIDTH : (at + 1) * merkle.WIDTH] for at in range(full))
        levels.append([merkle.folded(tile) for tile in tiles])

    def read(level: int, number: int, width: int) -> Sequence[bytes]:
        first = number * merkle.WIDTH
        return levels[level][first : first + width]

    path = merkle.inclusion(read, index, len(entries))
    merkle.check_inclusion(levels[0][index], index, len(entries), path, root)
    signer = Signer("portail.prestataire.example/journal", bytes(32))
    note = signer.signed(str(Checkpoint(signer.name, len(entries), root)))
    return Proof(index, len(entries), tuple(path), note)

"""What the public log holds of an attestation, and what its document carries to show it.

The document cannot be in a tree whose proof it carries: its content is, by the digest of what was
frozen.  So the log comes first, then the document with the proof inside, then the seal over both.
A document that is never made leaves an entry that tells nobody anything.
"""

from collections.abc import Iterable
from typing import Any

from portal.kit.canonical import canonical_json
from portal.publiclog.queries import Proof
from portal.publiclog.service import sealed_entry

SCHEMA = 1
ISSUED, SUPERSEDED, REVOKED, APPROVED = "issued", "superseded", "revoked", "approved"


def entry(kind: str, salt: bytes, sha256: str) -> bytes:
    """Of an attestation by the digest of its data; its bearer can make every kind herself."""
    return sealed_entry(salt, {"kind": kind, "sha256": sha256})


def carried(*, code: str, salt: bytes, sha256: str, proof: Proof, anchors: Iterable[str]) -> bytes:
    """The second file in the document, for verifiers without a network."""
    told: dict[str, Any] = {
        "schema": SCHEMA,
        "code": code,
        "sha256": sha256,
        "salt": salt.hex(),
        "kind": ISSUED,
        "log": proof.to_json(),
        "keys": list(anchors),
    }
    return canonical_json(told)

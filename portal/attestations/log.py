"""What the public log holds of an attestation, and what its document carries to show it.

The document cannot be in a tree whose proof it carries: its content is, by the digest of what was
frozen.  So the log comes first, then the document with the proof inside, then the seal over both.
A document that is never made leaves an entry that tells nobody anything.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from portal.kit.canonical import canonical_json
from portal.publiclog.queries import Proof
from portal.publiclog.service import sealed_entry

#: 2: the certificates of the seal stand in the log too.  3: nothing follows the seal but, where it
#: lasts, a time over the whole, in the field kept for it (``portal.kit.pades``).
SCHEMA = 3
ISSUED, SUPERSEDED, REVOKED, APPROVED = "issued", "superseded", "revoked", "approved"
#: The file itself, by its digest: logged once it is made.
DOCUMENT = "document"


def entry(kind: str, salt: bytes, sha256: str) -> bytes:
    """Of an attestation by the digest of its data; its bearer can make every kind herself."""
    return sealed_entry(salt, {"kind": kind, "sha256": sha256})


def fingerprints(chain: Sequence[bytes]) -> list[str]:
    """Of certificates in DER, in an order that does not depend on theirs."""
    return sorted(hashlib.sha256(each).hexdigest() for each in chain)


def seal_entry(chain: Sequence[bytes]) -> bytes:
    """That this log's documents are sealed by these certificates; nobody's secret, so no salt.

    With it, who believes the log's key needs to believe nothing else.
    """
    return sealed_entry(b"", {"kind": "seal", "certificates": fingerprints(chain)})


def carried(
    *,
    code: str,
    salt: bytes,
    sha256: str,
    proof: Proof,
    seal: tuple[Sequence[bytes], Proof],
    anchors: Iterable[str],
) -> bytes:
    """The second file in the document, for verifiers without a network.

    ``seal``: the chain of certificates, and the proof that it stands in the same log.
    """
    chain, vouched = seal
    told: dict[str, Any] = {
        "schema": SCHEMA,
        "code": code,
        "sha256": sha256,
        "salt": salt.hex(),
        "kind": ISSUED,
        "log": proof.to_json(),
        "seal": {
            "certificates": fingerprints(chain),
            "index": vouched.index,
            "path": vouched.to_json()["path"],
        },
        "keys": list(anchors),
    }
    return canonical_json(told)

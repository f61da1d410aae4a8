"""Canonical JSON (RFC 8785) and its SHA-256: one value, one sequence of bytes, one hash."""

import hashlib
from typing import Any

import rfc8785


def canonical_json(value: Any) -> bytes:
    """UTF-8 bytes that any reader of RFC 8785 would write for the same value.

    Raises ``ValueError`` for what JSON cannot tell exactly: NaN, integers beyond 2⁵³, other types.
    """
    return rfc8785.dumps(value)


def sha256_hex(data: bytes) -> str:
    """64 hexadecimal figures, as printed on documents and kept in the registers."""
    return hashlib.sha256(data).hexdigest()

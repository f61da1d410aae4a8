"""What a mail service posts when a message comes back, in JSON.

A list of ``{"fault": "hard" | "soft" | "complaint", "message_id", "address", "detail"}``: a few
lines in front of any service make it of what that one says.
"""

import json

from portal.kit.returned import Fault, Returned, detailed


def read(raw: bytes) -> list[Returned] | None:
    """``None`` when it is not what it should be."""
    try:
        told = json.loads(raw)
        return [_one(entry) for entry in told] if isinstance(told, list) else None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _one(entry: dict[str, str]) -> Returned:
    return Returned(
        Fault(entry["fault"]),
        _word(entry["message_id"]),
        _word(entry["address"]).lower(),
        detailed(str(entry.get("detail", ""))),
    )


def _word(said: str) -> str:
    """As it is; :class:`ValueError` when no text can have it: JSON writes halves of a sign."""
    said.encode()
    return said.strip()

"""Our name under each message (DKIM, RFC 6376): whoever receives it can tell that it is ours."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import dkim

#: What a reader sees or acts upon; named twice where adding one must break the signature.
_SIGNED: Final = (
    b"from", b"from", b"to", b"subject", b"date", b"message-id", b"mime-version", b"content-type",
    b"auto-submitted", b"list-unsubscribe", b"list-unsubscribe-post",
)  # fmt: skip


@dataclass(frozen=True)
class Signer:
    """``selector`` and ``domain`` say where the public half stands in the DNS."""

    selector: str
    domain: str
    key: bytes

    @classmethod
    def read(cls, path: Path, *, selector: str, domain: str) -> "Signer":
        """From a file in PEM (RSA).  Signs once, so that a bad key stops the start, not a mail.

        Raises ``OSError`` and :class:`ValueError`.
        """
        signer = cls(selector, domain, path.read_bytes())
        try:
            signer.sign(b"From: a@b.example\r\n\r\n")
        except dkim.DKIMException as error:
            raise ValueError(f"DKIM_KEY_FILE: {error}") from error
        return signer

    def sign(self, message: bytes) -> bytes:
        """The message with its signature before it."""
        header: bytes = dkim.sign(
            message,
            self.selector.encode(),
            self.domain.encode(),
            self.key,
            canonicalize=(b"relaxed", b"relaxed"),
            include_headers=list(_SIGNED),
        )
        return header + message

"""Keys for one purpose each, derived from the portal's secret; what is kept in cipher.

Losing the secret makes what was enciphered unreadable: ``FORMER_SECRET_KEYS`` names those that
were replaced, for as long as something enciphered by them is left.
"""

import base64
import hmac
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app

from portal.config import Settings

_BYTES = 32


def digest(purpose: str, *parts: str) -> str:
    """What tells these words apart from any others, and tells nothing to who lacks the secret."""
    known = b"\0".join(part.encode() for part in parts)
    return hmac.new(_derived(_settings().secret_key, purpose), known, sha256).hexdigest()


def digests(purpose: str, *parts: str) -> list[str]:
    """The same under each secret known, the present one first: to find what is kept for long."""
    known = b"\0".join(part.encode() for part in parts)
    return [hmac.new(_derived(one, purpose), known, sha256).hexdigest() for one in secrets()]


def encipher(purpose: str, text: str) -> str:
    return _cipher(purpose).encrypt(text.encode()).decode()


def decipher(purpose: str, text: str) -> str | None:
    """The text again, or ``None`` when no key that is known made it."""
    try:
        return _cipher(purpose).decrypt(text.encode()).decode()
    except InvalidToken:
        return None


def _cipher(purpose: str) -> MultiFernet:
    return MultiFernet(
        [Fernet(base64.urlsafe_b64encode(_derived(secret, purpose))) for secret in secrets()]
    )


def secrets() -> tuple[str, ...]:
    """The portal's secrets, the present one first."""
    settings = _settings()
    return (settings.secret_key, *settings.former_secret_keys)


def for_signing() -> list[str]:
    """The same as itsdangerous takes them: the last one signs, all of them are believed."""
    return list(reversed(secrets()))


def _derived(secret: str, purpose: str) -> bytes:
    made = HKDF(algorithm=SHA256(), length=_BYTES, salt=None, info=f"treize {purpose}".encode())
    return made.derive(secret.encode())


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings

"""The master key, kept outside the database: it wraps each tenant's key, and nothing else.

``MASTER_KEY`` is the present one; ``FORMER_MASTER_KEYS`` still open what they wrapped, until
``flask vault rewrap`` has been run.  Losing them all loses every file.
"""

import base64
import binascii
import hashlib
import os
import uuid
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import Flask, current_app

from portal.config import MissingSettingError, Settings
from portal.vault.cipher import KEY_BYTES, Tampered

_NONCE: Final = 12


class UnknownMasterError(LookupError):
    """A key was wrapped by a master key that this installation does not have."""


@dataclass(frozen=True)
class Master:
    """One master key.  ``name`` tells it from others and tells nothing of it."""

    key: bytes = field(repr=False)

    @property
    def name(self) -> str:
        return hashlib.sha256(b"treize master key" + self.key).hexdigest()[:16]

    def wrap(self, data_key: bytes, tenant_id: uuid.UUID, key_id: uuid.UUID) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + AESGCM(self.key).encrypt(nonce, data_key, _known(tenant_id, key_id))

    def unwrap(self, wrapped: bytes, tenant_id: uuid.UUID, key_id: uuid.UUID) -> bytes:
        known = _known(tenant_id, key_id)
        try:
            return AESGCM(self.key).decrypt(wrapped[:_NONCE], wrapped[_NONCE:], known)
        except InvalidTag as error:
            raise Tampered("a wrapped key") from error


@dataclass(frozen=True)
class Masters:
    """The present master key and those it replaced."""

    present: Master
    former: tuple[Master, ...] = ()

    def named(self, name: str) -> Master:
        for master in (self.present, *self.former):
            if master.name == name:
                return master
        raise UnknownMasterError(name)


def init_app(app: Flask) -> None:
    settings: Settings = app.config["SETTINGS"]
    present, *former = (_parsed(one) for one in (settings.master_key, *settings.former_master_keys))
    app.extensions["masters"] = Masters(present, tuple(former))


def current() -> Masters:
    """The running portal's master keys."""
    found: Masters = current_app.extensions["masters"]
    return found


def _parsed(written: str) -> Master:
    try:
        key = base64.b64decode(written + "=" * (-len(written) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise MissingSettingError(f"MASTER_KEY: {KEY_BYTES} bytes in base64 (flask vault new-key)")
    return Master(key)


def _known(tenant_id: uuid.UUID, key_id: uuid.UUID) -> bytes:
    return f"{tenant_id}|{key_id}".encode()

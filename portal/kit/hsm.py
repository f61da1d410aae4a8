"""A seal whose key never leaves its device (PKCS#11): an HSM, a smart card, a token on a stick.

Loaded by workers alone, and only where a device is configured (``portal.kit.sealing``).  A device
may be gone for a while: :class:`DeviceAway` tells that, and work waits for it.  Whatever it refuses
is told as :class:`NotSealed`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pkcs11
from asn1crypto import x509
from cryptography import x509 as cx509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from pkcs11 import Attribute, PKCS11Error
from pyhanko.sign.pkcs11 import PKCS11Signer

from portal.kit import keyfiles
from portal.kit.sealing import DeviceAway, HeldKey, NotSealed

_REFUSED: Final = (
    "the PIN in {pin} was refused by the token « {token} »: write the right one there."
    " Until that file changes it is not tried again, for tokens lock themselves"
)
_LOCKED: Final = "the token « {token} » is locked: unlock it with its security officer's PIN"
_ABSENT: Final = "the token « {token} » is not in its reader, or not known to {module}"
_SILENT: Final = "the token « {token} » does not answer ({error})"
_NO_KEY: Final = "the token « {token} » has no private key named « {label} », or several"
_LOOSE: Final = "the key « {label} » can be taken out of its token: it is not used"
_STRANGE: Final = "the key « {label} » is not that of the first certificate in SEAL_CERTIFICATES"
#: What a token says of a PIN that it will never take.
_BAD_PIN: Final = (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange)
_GONE: Final = (pkcs11.NoSuchToken, pkcs11.TokenNotPresent, pkcs11.TokenNotRecognised)
#: And of one that went while it was spoken to, or that no network leads to.  All else, as of a
#: mechanism that it does not know or a library that is none, is an answer.
_UNREACHED: Final = (
    *_GONE,
    pkcs11.DeviceError,
    pkcs11.DeviceRemoved,
    pkcs11.FunctionFailed,
    pkcs11.GeneralError,
    pkcs11.SessionClosed,
    pkcs11.SessionHandleInvalid,
    pkcs11.SlotIDInvalid,
)


class _Signer(PKCS11Signer):
    """Compares what the device made with the certificate, before anybody is told that it holds."""

    async def async_sign_raw(
        self,
        data: bytes,
        digest_algorithm: str,
        dry_run: bool = False,  # noqa: FBT001, FBT002 - theirs
    ) -> bytes:
        made = await super().async_sign_raw(data, digest_algorithm, dry_run)
        if not dry_run and not _made_by(self.signing_cert.dump(), made, data):
            raise NotSealed(_STRANGE.format(label=self.key_label))
        return made


@contextmanager
def signer(held: HeldKey, certificate: x509.Certificate) -> Iterator[PKCS11Signer]:
    """Whoever signs with this key, while the block runs.

    Raises :class:`DeviceAway` while the token is gone, :class:`NotSealed`: its PIN is refused, the
    key is not there or can be taken out.  Each document asks anew, so that a token put back is
    found.
    """
    try:
        with _opened(held) as session:
            _check(session, held)
            yield _Signer(
                session,
                signing_cert=certificate,
                key_label=held.label,
                # Hashed here: few devices know ECDSA together with its digest.
                use_raw_mechanism=certificate.public_key.algorithm == "ec",
            )
    except PKCS11Error as error:
        _forget(held)
        kind = DeviceAway if isinstance(error, _UNREACHED) else NotSealed
        raise kind(_said(_SILENT, held, error=type(error).__name__)) from error


def _opened(held: HeldKey) -> pkcs11.Session:
    pin, mark = keyfiles.read(held.pin_file).strip().decode(), _mark(held)
    if held.refused.exists() and held.refused.read_bytes() == mark:
        raise NotSealed(_said(_REFUSED, held))
    try:
        token = pkcs11.lib(str(held.module)).get_token(token_label=held.token)
        return token.open(user_pin=pin)
    except _BAD_PIN as error:
        held.refused.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        keyfiles.replace(held.refused, mark)
        raise NotSealed(_said(_REFUSED, held)) from error
    except pkcs11.PinLocked as error:
        raise NotSealed(_said(_LOCKED, held)) from error
    except _GONE as error:
        _forget(held)
        raise DeviceAway(_said(_ABSENT, held)) from error


def _check(session: pkcs11.Session, held: HeldKey) -> None:
    wanted = {Attribute.CLASS: pkcs11.ObjectClass.PRIVATE_KEY, Attribute.LABEL: held.label}
    found = list(session.get_objects(wanted))
    if len(found) != 1:
        raise NotSealed(_said(_NO_KEY, held))
    if found[0][Attribute.EXTRACTABLE] or not found[0][Attribute.SENSITIVE]:
        raise NotSealed(_said(_LOOSE, held))


def _forget(held: HeldKey) -> None:
    """Have the library look for its tokens again: some never see one that comes back."""
    if (library := pkcs11._loaded.get(str(held.module))) is not None:  # noqa: SLF001 - no other way in
        library.finalize()


def _mark(held: HeldKey) -> bytes:
    """Of the file as it is now; nothing of the PIN in it."""
    now = held.pin_file.stat()
    return f"{now.st_ino} {now.st_mtime_ns}".encode()


def _said(message: str, held: HeldKey, **more: str) -> str:
    return message.format(
        pin=held.pin_file, token=held.token, module=held.module, label=held.label, **more
    )


def _made_by(certificate: bytes, signature: bytes, data: bytes) -> bool:
    key = cx509.load_der_x509_certificate(certificate).public_key()
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, data, padding.PKCS1v15(), SHA256())
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, data, ec.ECDSA(SHA256()))
        else:
            return False
    except InvalidSignature:
        return False
    return True

"""A real token on disk (SoftHSM), a key made inside it, a certificate over its public half."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pkcs11
import pytest
from asn1crypto.keys import PublicKeyInfo, RSAPublicKey
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_der_public_key
from pkcs11 import Attribute, KeyType
from pkcs11.util.ec import encode_ec_public_key, encode_named_curve_parameters
from pkcs11.util.rsa import encode_rsa_public_key

from portal.config import Settings
from portal.kit import authority, clock, keyfiles

LABEL: Final = "Cachet d’essai"
KEY: Final = "cachet"
PIN, OTHER_PIN = "135791", "246802"
_PLACES: Final = ("/usr/lib/softhsm", "/usr/lib/x86_64-linux-gnu/softhsm", "/usr/lib64/softhsm")


def library() -> Path:
    known = [Path(place) / "libsofthsm2.so" for place in _PLACES]
    return next(path for path in known if path.exists())


@dataclass(frozen=True)
class Token:
    """``folder`` is all there is of it: taken away, the token is out of its reader."""

    folder: Path
    pin_file: Path
    certificates: Path

    def settings(self, base: Settings) -> Settings:
        return replace(
            base,
            environment="production",
            seal_pkcs11_module=library(),
            seal_pkcs11_token=LABEL,
            seal_pkcs11_key=KEY,
            seal_pkcs11_pin_file=self.pin_file,
            seal_certificates=self.certificates,
        )

    def write_pin(self, pin: str) -> None:
        keyfiles.replace(self.pin_file, f"{pin}\n".encode())

    def change_pin(self, pin: str, new: str) -> None:
        with _session(pin) as session:
            session.set_pin(pin, new)

    @contextmanager
    def away(self) -> Iterator[None]:
        elsewhere = self.folder.with_name("elsewhere")
        self.folder.rename(elsewhere)
        try:
            yield
        finally:
            elsewhere.rename(self.folder)

    def certify(self, kind: str = "rsa", *, extractable: bool = False) -> None:
        """Make the key anew, inside the token, and have an authority of its own certify it."""
        with _session(PIN) as session:
            for old in list(session.get_objects({Attribute.LABEL: KEY})):
                old.destroy()
            public = _made(session, kind, extractable=extractable)
        self.certificates.write_bytes(certified(public))


def _session(pin: str) -> Any:
    found = pkcs11.lib(str(library()))
    return found.get_token(token_label=LABEL).open(user_pin=pin, rw=True)


def _made(session: Any, kind: str, *, extractable: bool) -> bytes:
    """The public half, in DER."""
    private = {Attribute.EXTRACTABLE: extractable, Attribute.SENSITIVE: not extractable}
    named: dict[str, Any] = {"store": True, "label": KEY, "private_template": private}
    if kind == "rsa":
        made: bytes = encode_rsa_public_key(session.generate_keypair(KeyType.RSA, 2048, **named)[0])
        return bytes(PublicKeyInfo.wrap(RSAPublicKey.load(made), "rsa").dump())
    curve = {Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}
    domain = session.create_domain_parameters(KeyType.EC, curve, local=True)
    return bytes(encode_ec_public_key(domain.generate_keypair(**named)[0]))


def certified(public: bytes) -> bytes:
    """A certificate over this key and its root's, in PEM."""
    now, root_key = clock.now(), ec.generate_private_key(ec.SECP256R1())
    name, mine = (authority._name(each) for each in ("Autorité d’essai", "Cachet d’essai"))
    root_id = x509.SubjectKeyIdentifier.from_public_key(root_key.public_key())
    root = (
        authority._begun(name, name, root_key, now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(authority._usage(certificates=True), critical=True)
        .add_extension(root_id, critical=False)
        .sign(root_key, SHA256())
    )
    seal = (
        x509.CertificateBuilder()
        .subject_name(mine)
        .issuer_name(name)
        .public_key(load_der_public_key(public))  # type: ignore[arg-type]  # RSA or EC, both do
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365))
        .add_extension(authority._usage(certificates=False), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(root_id), critical=False
        )
        .sign(root_key, SHA256())
    )
    return b"".join(each.public_bytes(Encoding.PEM) for each in (seal, root))


@contextmanager
def inserted(place: Path) -> Iterator[Token]:
    """A token of one's own below ``place``, in its reader while the block runs."""
    folder, conf = place / "tokens", place / "softhsm2.conf"
    folder.mkdir(parents=True)
    conf.write_text(f"directories.tokendir = {folder}\nobjectstore.backend = file\n")
    tool = shutil.which("softhsm2-util")
    assert tool, "softhsm2 is missing"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(conf))
        subprocess.run(
            [
                tool,
                "--init-token",
                "--free",
                "--label",
                LABEL,
                "--pin",
                PIN,
                "--so-pin",
                "11223344",
            ],
            check=True,
            capture_output=True,
        )
        token = Token(folder, place / "pin", place / "certificates.pem")
        token.write_pin(PIN)
        try:
            _finalised()
            yield token
        finally:
            _finalised()


def _finalised() -> None:
    """Have the library read its settings and its tokens again, the next time it is wanted."""
    pkcs11.unload(str(library()))

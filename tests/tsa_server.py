"""A time-stamping authority on loopback that speaks RFC 3161 over HTTP, as slow as one asks."""

import hashlib
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from asn1crypto import keys, tsp, x509
from cryptography import x509 as cx509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps import DummyTimeStamper

from portal.kit import authority, clock


class Tsa:
    """``root`` is what its tokens are trusted by, in DER (``pem``: in PEM); ``asked`` counts."""

    def __init__(self) -> None:
        key, issuer = (rsa.generate_private_key(65537, 2048) for _ in range(2))
        name = cx509.Name(
            [cx509.NameAttribute(NameOID.COMMON_NAME, "Autorité d’horodatage d’essai")]
        )
        root = self._certificate(name, name, issuer, issuer, cx509.BasicConstraints(True, 0))
        stamping = cx509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        clock_name = cx509.Name([cx509.NameAttribute(NameOID.COMMON_NAME, "Horloge d’essai")])
        certificate = self._certificate(clock_name, name, key, issuer, stamping)
        private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        self.root = root.public_bytes(Encoding.DER)
        self.pem = root.public_bytes(Encoding.PEM).decode()
        self._stamper = DummyTimeStamper(
            x509.Certificate.load(certificate.public_bytes(Encoding.DER)),
            keys.PrivateKeyInfo.load(private),
        )
        self.asked = 0
        #: A gateway before it says that nobody answers; or that it does not want us.
        self.refuses = self.declines = False
        #: Told over this instead of what was asked, or sent instead of an answer.
        self.over: bytes | None = None
        self.nonsense: bytes | None = None
        self.url = ""

    @staticmethod
    def _certificate(
        subject: cx509.Name,
        issuer: cx509.Name,
        key: rsa.RSAPrivateKey,
        by: rsa.RSAPrivateKey,
        extension: cx509.ExtensionType,
    ) -> cx509.Certificate:
        return (
            cx509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(cx509.random_serial_number())
            .not_valid_before(clock.now() - authority.LASTS)
            .not_valid_after(clock.now() + authority.LASTS)
            .add_extension(extension, critical=True)
            .sign(by, SHA256())
        )

    def answer(self, request: bytes) -> bytes:
        self.asked += 1
        wanted = tsp.TimeStampReq.load(request)
        if self.over is not None:
            wanted["message_imprint"]["hashed_message"] = hashlib.sha256(self.over).digest()
        found: tsp.TimeStampResp = self._stamper.request_tsa_response(wanted)
        return bytes(found.dump()) if self.nonsense is None else self.nonsense


@contextmanager
def running() -> Iterator[Tsa]:
    tsa = Tsa()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if tsa.refuses or tsa.declines:
                self.send_error(503 if tsa.refuses else 403)
                return
            answer = tsa.answer(body)
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        tsa.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield tsa
        finally:
            server.shutdown()
            thread.join()

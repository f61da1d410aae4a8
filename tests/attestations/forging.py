"""Documents as a forger, or an earlier edition of the portal, would make them."""

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pikepdf
from asn1crypto import keys as asn1_keys
from asn1crypto import x509
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificates
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, PdfTimeStamper, SimpleSigner
from pyhanko.sign.signers.pdf_signer import DSSContentSettings, TimestampDSSContentSettings
from pyhanko.sign.timestamps import HTTPTimeStamper
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from portal.attestations import log, report
from portal.attestations.codes import verify_url
from portal.attestations.snapshot import Snapshot
from portal.kit import authority, sealing
from portal.kit.canonical import canonical_json, sha256_hex
from portal.kit.sealing import Means
from portal.publiclog import jobs, queries
from tests.attestations.offline import Case

Change = Callable[[dict[str, Any]], None]


def others(key: PrivateKeyTypes | None = None) -> Means:
    """The seal of somebody else, named as ours is."""
    pem = authority.made()
    chain = tuple(sealing._der(each) for each in load_pem_x509_certificates(pem))
    given = key or load_pem_private_key(pem, None)
    return Means(sealing._private(given), chain, sealing.Level.BASIC, None, True, False)


def proof(case: Case, means: Means, **more: Any) -> dict[str, Any]:
    """The proof that a document of this data carries, under this seal, in this very log."""
    given, data = case.verifier.carried(case.pdf)
    salt, digest = bytes.fromhex(given["salt"]), sha256_hex(data)
    issued, vouched = jobs.proofs_of(
        log.entry(log.ISSUED, salt, digest), log.seal_entry(means.chain)
    )
    written = log.carried(
        code=given["code"], salt=salt, sha256=digest, proof=issued,
        seal=(means.chain, vouched), anchors=queries.anchors("log"),
    )  # fmt: skip
    return {**json.loads(written), **more}


def printed(case: Case, means: Means, told: Mapping[str, Any], **changed: Any) -> bytes:
    """The document of these data, not sealed yet; ``changed``: other data than those proved."""
    snapshot = Snapshot.from_json(case.verifier.carried(case.pdf)[1])
    return report.render(
        replace(snapshot, **changed),
        verify_url=verify_url(told["code"]),
        seal=means,
        carried=canonical_json(dict(told)),
    )


def stamped(pdf: bytes, url: str) -> bytes:
    """With whatever was changed before, and anybody's time over the whole of it."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    made: io.BytesIO = PdfTimeStamper(HTTPTimeStamper(url), field_name="Autre").timestamp_pdf(
        writer, "sha256"
    )
    return made.getvalue()


def retold(pdf: bytes) -> bytes:
    """An update that shows another first page, and changes no byte of before."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    page = writer.root["/Pages"]["/Kids"][0].get_object()
    page["/MediaBox"][3] = page["/MediaBox"][2]
    writer.update_container(page)
    return _written(writer)


class _Heedless(PdfSigner):
    """Signs what its author forbade to change, as a forger's program does."""

    def _enforce_certification_constraints(self, reader: PdfFileReader) -> None:  # noqa: ARG002
        return


def sealed_twice(pdf: bytes, means: Means) -> bytes:
    """A second signature, by somebody else, over all of it."""
    signing = _Heedless(
        PdfSignatureMetadata(field_name="Autre", subfilter=SigSeedSubFilter.PADES),
        signer=_signer(means),
    )
    made: io.BytesIO = signing.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)))
    return made.getvalue()


def sealed_as_before(document: bytes, means: Means) -> bytes:
    """For long, as editions before the third did: what keeps the seal comes after it."""
    roots = [x509.Certificate.load(each) for each in (means.chain[-1], *means.tsa_roots)]
    signing = PdfSigner(
        PdfSignatureMetadata(
            field_name="Cachet",
            subfilter=SigSeedSubFilter.PADES,
            md_algorithm="sha256",
            embed_validation_info=True,
            use_pades_lta=True,
            dss_settings=DSSContentSettings(
                include_vri=False,
                next_ts_settings=TimestampDSSContentSettings(
                    include_vri=False, update_before_ts=True
                ),
            ),
            validation_context=ValidationContext(trust_roots=roots, allow_fetching=True),
        ),
        signer=_signer(means),
        timestamper=HTTPTimeStamper(means.tsa_url or ""),
    )
    made: io.BytesIO = signing.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(document)))
    return made.getvalue()


def saved_again(pdf: bytes) -> bytes:
    """By another program, which packs everything into streams."""
    made = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        document.save(made, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return made.getvalue()


def attached_otherwise(pdf: bytes, content: bytes) -> bytes:
    """With other data attached, in an update."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    names = writer.root["/Names"]["/EmbeddedFiles"]["/Names"]
    stream = names[1]["/EF"]["/F"]
    stream._data = stream._encoded_data = content
    writer.update_container(stream)
    return _written(writer)


def _written(writer: IncrementalPdfFileWriter) -> bytes:
    made = io.BytesIO()
    writer.write(made)  # type: ignore[no-untyped-call]  # untyped there
    return made.getvalue()


def _signer(means: Means) -> SimpleSigner:
    assert isinstance(means.key, bytes)
    first, *above = [x509.Certificate.load(each) for each in means.chain]
    registry = SimpleCertificateStore()  # type: ignore[no-untyped-call]  # untyped there
    registry.register_multiple(above)
    return SimpleSigner(
        signing_cert=first,
        signing_key=asn1_keys.PrivateKeyInfo.load(means.key),
        cert_registry=registry,
    )

"""PAdES by pyHanko: one invisible seal over the whole document, which allows no change after it.

Loaded by workers alone (``portal.kit.sealing``).
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from typing import Any

from asn1crypto import keys, x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields as pdf_fields
from pyhanko.sign.signers import (
    PdfSignatureMetadata,
    PdfSigner,
    PdfTimeStamper,
    Signer,
    SimpleSigner,
)
from pyhanko.sign.signers.pdf_signer import DSSContentSettings, SigDSSPlacementPreference
from pyhanko.sign.timestamps import HTTPTimeStamper, TimeStamper, TimestampRequestError
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from portal.kit import rfc3161
from portal.kit.sealing import HeldKey, Level, Means

#: The names of the fields of the seal and of the time over it, and how they are read aloud.
FIELD, TIME_FIELD = "Cachet", "Heure"
READ_ALOUD, TIME_READ_ALOUD = "Cachet électronique du document", "Heure dite par un tiers"
#: What a seal needs to be judged by later is under the seal too: only a time comes after it.
_KEPT = DSSContentSettings(
    include_vri=False, placement=SigDSSPlacementPreference.TOGETHER_WITH_SIGNATURE
)
#: A seal's certificate may say that it signs, or that it commits: issuers differ.
USAGE = {"digital_signature", "non_repudiation"}


class _Writer(IncrementalPdfFileWriter):
    """Adds what it is given and nothing of its own.

    The document goes on saying the date, the maker and the version that PDF/A holds it to.  What
    comes after a seal is little enough to be rebuilt by verifiers, and compared.
    """

    def _update_meta(self) -> None:
        return

    def ensure_output_version(self, version: tuple[int, int]) -> None:  # noqa: ARG002 - theirs
        return


def seal(document: bytes, means: Means) -> bytes:
    """The document and, after its last byte, the seal over every byte before and around it.

    A seal that lasts is followed by a time over all of that, in a field kept for it under the seal.

    Raises ``stamping.NoTime`` when the time cannot be had, ``NotSealed`` when the device with the
    key does not sign: a document is never issued with less than what is configured.
    """
    certificates = [x509.Certificate.load(each) for each in means.chain]
    clock = HTTPTimeStamper(means.tsa_url) if means.tsa_url else None
    lasting = means.level is Level.LASTING
    with _signer(means, certificates) as signer:
        signing = PdfSigner(
            _metadata(means, certificates),
            signer=signer,
            timestamper=clock,
        )
        written = _Writer(io.BytesIO(document))
        pdf_fields.append_signature_field(written, _field(FIELD, READ_ALOUD))
        if lasting:
            pdf_fields.append_signature_field(written, _field(TIME_FIELD, TIME_READ_ALOUD))
        try:
            sealed: io.BytesIO = signing.sign_pdf(written)
            return _timed(sealed, clock) if lasting and clock else sealed.getvalue()
        except TimestampRequestError as error:
            raise rfc3161.told(error) from error


def _timed(sealed: io.BytesIO, clock: TimeStamper) -> bytes:
    """With a third party's time over the whole of it, so that the seal outlives certificates."""
    stamping = PdfTimeStamper(clock, field_name=TIME_FIELD)
    made: io.BytesIO = stamping.timestamp_pdf(_Writer(sealed), "sha256")
    return made.getvalue()


@contextmanager
def _signer(means: Means, certificates: list[x509.Certificate]) -> Iterator[Signer]:
    if isinstance(means.key, HeldKey):
        with _hsm().signer(means.key, certificates[0]) as signer:
            signer.cert_registry.register_multiple(certificates[1:])
            yield signer
    else:
        yield SimpleSigner(
            signing_cert=certificates[0],
            signing_key=keys.PrivateKeyInfo.load(means.key),
            cert_registry=_registry(certificates[1:]),
        )


@cache
def _hsm() -> Any:
    """``portal.kit.hsm``, with the library that speaks to devices: where there is one alone."""
    return import_module("portal.kit.hsm")


def _registry(certificates: list[x509.Certificate]) -> SimpleCertificateStore:
    registry = SimpleCertificateStore()  # type: ignore[no-untyped-call]  # untyped there
    registry.register_multiple(certificates)
    return registry


def _metadata(means: Means, certificates: list[x509.Certificate]) -> PdfSignatureMetadata:
    lasting = means.level is Level.LASTING
    context = None
    if lasting:
        context = ValidationContext(
            trust_roots=[
                *certificates[-1:],
                *(x509.Certificate.load(each) for each in means.tsa_roots),
            ],
            other_certs=certificates[1:],
            allow_fetching=True,
            revocation_mode="soft-fail",
        )
    return PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        name=means.subject,
        subfilter=pdf_fields.SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=pdf_fields.MDPPerm.NO_CHANGES,
        embed_validation_info=lasting,
        dss_settings=_KEPT,
        validation_context=context,
        signer_key_usage=USAGE & _usage(certificates[0]),
    )


def _usage(certificate: x509.Certificate) -> set[str]:
    stated = certificate.key_usage_value
    return set(stated.native) if stated is not None else set()


def _field(name: str, read_aloud: str) -> pdf_fields.SigFieldSpec:
    """Off the page: nothing is drawn, and PDF/UA asks no tag of what cannot be seen."""
    return pdf_fields.SigFieldSpec(
        name,
        readable_field_name=read_aloud,
        invis_sig_settings=pdf_fields.InvisSigSettings(
            set_print_flag=True, set_hidden_flag=False, box_out_of_bounds=True
        ),
    )

"""Time stamps by pyHanko.  Loaded by workers alone (``portal.kit.stamping``)."""

import asyncio
import hashlib
from collections.abc import Sequence
from typing import Any

from asn1crypto import cms, x509
from pyhanko.sign.timestamps import HTTPTimeStamper
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko.sign.validation.status import TimestampSignatureStatus
from pyhanko_certvalidator import ValidationContext

from portal.kit.stamping import BadStamp, Stamp


def ask(message: bytes, *, url: str, roots: Sequence[bytes]) -> Stamp:
    """Ask, then judge (``portal.kit.stamping.stamp``)."""
    digest = hashlib.sha256(message).digest()
    made = asyncio.run(_answer(HTTPTimeStamper(url), digest))
    return judged(made.dump(), message, roots=roots)


async def _answer(authority: HTTPTimeStamper, digest: bytes) -> cms.ContentInfo:
    try:
        return await authority.async_timestamp(digest, "sha256")
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadStamp(f"no answer of a time-stamping authority ({error!r})") from error


def judged(token: bytes, message: bytes, *, roots: Sequence[bytes]) -> Stamp:
    """The stamp, if it holds: over these bytes, signed by whom it says, and by one believed in."""
    try:
        status = asyncio.run(_status(token, message, roots))
    except Exception as error:
        raise BadStamp(f"no time stamp ({error!r})") from error
    if not status.intact or not status.valid:
        raise BadStamp("a time stamp over something else, or signed by nobody")
    if roots and not status.trusted:
        raise BadStamp("a time stamp of an authority that TSA_ROOTS does not lead to")
    return Stamp(token, status.timestamp)


async def _status(token: bytes, message: bytes, roots: Sequence[bytes]) -> TimestampSignatureStatus:
    signed = cms.ContentInfo.load(token, strict=True)["content"]
    believed = [x509.Certificate.load(each) for each in roots]
    context = ValidationContext(trust_roots=believed, allow_fetching=False)
    found: dict[str, Any] = await validate_tst_signed_data(
        signed, context, lambda algorithm: hashlib.new(algorithm, message).digest()
    )
    return TimestampSignatureStatus(**found)

"""Time stamps by pyHanko.  Loaded by workers alone (``portal.kit.stamping``)."""

import asyncio
import hashlib
import ssl
from collections.abc import Sequence
from typing import Any, Final

import aiohttp
from asn1crypto import cms, x509
from pyhanko.sign.timestamps import HTTPTimeStamper, TimestampRequestError
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko.sign.validation.status import TimestampSignatureStatus
from pyhanko_certvalidator import ValidationContext

from portal.kit.stamping import AuthorityAway, BadStamp, NoTime, Stamp

#: What a gateway says of a server behind it (RFC 9110, 15.6): nobody there answered.
_NOBODY_BEHIND: Final = frozenset({502, 503, 504})


def ask(message: bytes, *, url: str, roots: Sequence[bytes]) -> Stamp:
    """Ask, then judge (``portal.kit.stamping.stamp``)."""
    digest = hashlib.sha256(message).digest()
    made = asyncio.run(_answer(HTTPTimeStamper(url), digest))
    return judged(made.dump(), message, roots=roots)


async def _answer(authority: HTTPTimeStamper, digest: bytes) -> cms.ContentInfo:
    try:
        return await authority.async_timestamp(digest, "sha256")
    except TimestampRequestError as error:
        raise told(error) from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadStamp(f"no answer of a time-stamping authority ({error!r})") from error


def told(error: TimestampRequestError) -> NoTime:
    """What kept the authority from telling its time; an answer, or a certificate, is no absence."""
    said = f"{error} ({error.__cause__!r})" if error.__cause__ else str(error)
    return (AuthorityAway if _unreached(error.__cause__) else NoTime)(said)


def _unreached(cause: BaseException | None) -> bool:
    if isinstance(cause, ssl.SSLError | aiohttp.ClientSSLError):
        return False
    if isinstance(cause, aiohttp.ClientResponseError):
        return cause.status in _NOBODY_BEHIND
    return isinstance(cause, aiohttp.ClientConnectionError | OSError)


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

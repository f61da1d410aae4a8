"""The code that a document shows, and the page that checks it by that code."""

import base64
import secrets
from typing import Final
from urllib.parse import parse_qs, urlsplit

import segno
from flask import current_app

from portal.config import Settings

CODE_BYTES: Final = 10


def new_code() -> str:
    """Sixteen base-32 characters (RFC 4648), 80 bits: nobody comes upon one by trying."""
    return base64.b32encode(secrets.token_bytes(CODE_BYTES)).decode()


def verify_url(code: str) -> str:
    """The page that checks a document, as printed on it (``attestations.verify``)."""
    settings: Settings = current_app.config["SETTINGS"]
    return f"{settings.public_url}/verifier?code={code}"


def printed(verify_url: str) -> dict[str, str]:
    """The address as printed, and the code to type there when the camera is no help."""
    parts = urlsplit(verify_url)
    code = parse_qs(parts.query).get("code", [""])[0]
    return {"url": verify_url, "page": f"{parts.netloc}{parts.path}", "code": code}


def qr(content: str) -> str:
    """As SVG in the ink of documents."""
    drawn: str = segno.make(content, error="m", micro=False).svg_inline(border=0, dark="#1c2430")
    return drawn

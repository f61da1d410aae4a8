"""What can honestly be told of a document, or of a code, that somebody brings."""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Final

from portal.attestations import queries
from portal.attestations.models import IssuedDocument

_SHA256 = re.compile(r"[0-9a-f]{64}")
_CODE = re.compile(r"[A-Z2-7]{16}")
#: Figures that the codes do not have, and the letters they are misread for.
_MISREAD = str.maketrans("018", "OIB", " -\u2010\u2011\u2013\u00a0\u202f")
_LONGEST = 200
#: The address of the page that checks a document, as documents show it.
_SHOWN: Final = re.compile(rb"/verifier\?code=([A-Z2-7]{16})")
_STREAM: Final = re.compile(rb"(?<!end)stream\r?\n")
_MOST_STREAMS: Final = 1_000
_MOST_UNPACKED: Final = 64 * 1024


class Answer(StrEnum):
    """``UNKNOWN`` is the same for a stranger's document, a digest alone and a code never given.

    ``ALTERED`` is said of a file that carries the code of a document of ours and is not that file.
    """

    OURS = "ours"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"
    OURS_OTHER_CODE = "ours_other_code"
    OTHER_FILE = "other_file"
    ALTERED = "altered"
    CODE_ALONE = "code_alone"
    UNKNOWN = "unknown"
    NO_CODE = "no_code"
    NO_HASH = "no_hash"


@dataclass(frozen=True)
class Verification:
    """``document`` is what the register holds, where there is something to tell."""

    answer: Answer
    document: IssuedDocument | None = None


def of(sha256: str, code: str, carried: str = "") -> Verification | None:
    """The answer for a file's digest, a code, or both; ``None`` when nothing was brought.

    ``carried`` is the code that the file itself shows, if it shows one: whoever brings the file
    has it.
    """
    sha256, code = sha256.strip()[:_LONGEST].lower(), tidy(code)
    if not sha256 and not code:
        return None
    if code and not _CODE.fullmatch(code):
        return Verification(Answer.NO_CODE)
    if sha256 and not _SHA256.fullmatch(sha256):
        return Verification(Answer.NO_HASH)
    named = queries.issued_under(code) if code else None
    if not sha256:
        return _standing(named, Answer.CODE_ALONE) if named else Verification(Answer.UNKNOWN)
    return _of_file(sha256, code, named, tidy(carried))


def _of_file(sha256: str, code: str, named: IssuedDocument | None, carried: str) -> Verification:
    if (found := queries.issued_as(sha256)) is not None:
        same = not code or found.code == code
        return _standing(found, Answer.OURS if same else Answer.OURS_OTHER_CODE)
    if named:
        return Verification(Answer.OTHER_FILE, named)
    shown = queries.issued_under(carried) if _CODE.fullmatch(carried) else None
    return Verification(Answer.ALTERED, shown) if shown else Verification(Answer.UNKNOWN)


def _standing(document: IssuedDocument, otherwise: Answer) -> Verification:
    """Revoked before all, then superseded: whatever else is true, that is what to know first."""
    if document.revoked_at is not None:
        return Verification(Answer.REVOKED, document)
    if document.superseded_at is not None and otherwise is not Answer.OURS_OTHER_CODE:
        return Verification(Answer.SUPERSEDED, document)
    return Verification(otherwise, document)


def carried_by(content: bytes) -> str:
    """The code in the address that a document of ours shows; empty where none can be read.

    Programs that save a PDF again may pack it into streams: those are opened too, within bounds.
    """
    for piece in (content, *_unpacked(content)):
        if found := _SHOWN.search(piece):
            return found[1].decode()
    return ""


def _unpacked(content: bytes) -> Iterator[bytes]:
    seen = memoryview(content)
    for start in islice(_STREAM.finditer(content), _MOST_STREAMS):
        try:
            yield zlib.decompressobj().decompress(seen[start.end() :], _MOST_UNPACKED)
        except zlib.error:
            continue


def tidy(code: str) -> str:
    """The code without the spaces and dashes of its printing, in capitals, misreadings mended."""
    return code.strip()[:_LONGEST].upper().translate(_MISREAD)

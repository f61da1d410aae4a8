"""PDF: whole, open to read, nothing in it acts by itself; what is attached is handed over."""

import io
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pikepdf

from portal.vault.checks.links import lead_astray
from portal.vault.checks.verdict import Failed, Reason

MAX_PAGES: Final = 2_000
MAX_ATTACHED: Final = 20
#: Keys and kinds of action that no proof needs.
_KEYS: Final[Mapping[str, Reason]] = {
    "/JS": Reason.PDF_SCRIPT,
    "/JavaScript": Reason.PDF_SCRIPT,
    "/XFA": Reason.PDF_FORM,
    "/RichMediaContent": Reason.PDF_MEDIA,
    "/RichMediaSettings": Reason.PDF_MEDIA,
    # What is done when a page is turned to, a field left, the file printed.
    "/AA": Reason.PDF_OPENING,
}
#: What a stream says where its content is in another file.
_OUTSIDE: Final = ("/F", "/Ref", "/OPI")
_ACTIONS: Final[Mapping[str, Reason]] = {
    "/JavaScript": Reason.PDF_SCRIPT,
    "/Launch": Reason.PDF_LAUNCH,
    "/GoToE": Reason.PDF_LAUNCH,
    "/GoToR": Reason.PDF_LAUNCH,
    "/Thread": Reason.PDF_LAUNCH,
    "/SubmitForm": Reason.PDF_FORM,
    "/ImportData": Reason.PDF_FORM,
    "/Rendition": Reason.PDF_MEDIA,
    "/Movie": Reason.PDF_MEDIA,
    "/Sound": Reason.PDF_MEDIA,
    "/RichMediaExecute": Reason.PDF_MEDIA,
}
_MARKS: Final[Mapping[str, Reason]] = {
    "/RichMedia": Reason.PDF_MEDIA,
    "/Movie": Reason.PDF_MEDIA,
    "/Sound": Reason.PDF_MEDIA,
    "/Screen": Reason.PDF_MEDIA,
    "/3D": Reason.PDF_MEDIA,
}
#: Where a link leads, and what the document says that its links begin with.
_LINKS: Final = ("/URI", "/Base")
MAX_NAME: Final = 150
#: Where a document says something that is not written on its pages.
_SAYING: Final = ("/V", "/DV", "/Contents", "/RC", "/Title", "/Subject", "/Keywords")


@dataclass(frozen=True)
class Carried:
    """What a document holds besides its pages: files, by name, and words.

    ``words`` are what fields were filled with, notes say and its title tells.
    """

    attached: Mapping[str, bytes]
    words: str


def check(content: bytes) -> Carried:
    """What it carries, for whoever checks that in turn.  Raises ``Failed``.

    Links that a person clicks are no danger: they stay.
    """
    check_end(content)
    attached, words = _Attached(), list[str]()
    try:
        with pikepdf.open(io.BytesIO(content), attempt_recovery=False) as pdf:
            if pdf.is_encrypted:
                raise Failed(Reason.PDF_LOCKED)
            if not 1 <= len(pdf.pages) <= MAX_PAGES:
                raise Failed(Reason.PDF_BROKEN)
            check_opening(pdf)
            for found in _dictionaries(pdf):
                check_dictionary(found)
                attached.note(found)
                words += _said(found)
            return Carried(attached.files(), "\n".join(words))
    except pikepdf.PasswordError as error:
        raise Failed(Reason.PDF_LOCKED) from error
    except (pikepdf.PdfError, RuntimeError, ValueError, TypeError, RecursionError) as error:
        raise Failed(Reason.PDF_BROKEN) from error


def check_end(content: bytes) -> None:
    """Nothing follows the last line: no second file is hung behind the first."""
    end = content.rfind(b"%%EOF")
    if end < 0 or content[end + 5 :].strip(b"\r\n\t\f \0"):
        raise Failed(Reason.PDF_BROKEN)


def check_opening(pdf: pikepdf.Pdf) -> None:
    """On opening, a document shows one of its pages and does nothing else."""
    root = pdf.Root
    opening = root.get("/OpenAction")
    if opening is not None and not _goes_to_a_page(opening):
        raise Failed(Reason.PDF_OPENING)
    if any("/AA" in found for found in (root, *(page.obj for page in pdf.pages))):
        raise Failed(Reason.PDF_OPENING)


def check_dictionary(found: Any) -> None:
    """One dictionary of the document, wherever it stands."""
    for key in found.keys():  # noqa: SIM118 -- no mapping: iterating it would not give its keys
        if key in _KEYS:
            raise Failed(_KEYS[key])
    if isinstance(found, pikepdf.Stream) and any(key in found for key in _OUTSIDE):
        raise Failed(Reason.PDF_LAUNCH)
    if any(lead_astray(str(found.get(key, ""))) for key in _LINKS):
        raise Failed(Reason.PDF_LAUNCH)
    for key, known in (("/S", _ACTIONS), ("/Subtype", _MARKS)):
        value = found.get(key)
        if isinstance(value, pikepdf.Name) and str(value) in known:
            raise Failed(known[str(value)])


class _Attached:
    """What the document carries besides its pages, wherever it is named."""

    def __init__(self) -> None:
        self._named: dict[tuple[int, int], tuple[str, Any]] = {}
        self._streams: set[tuple[int, int]] = set()

    def note(self, found: Any) -> None:
        if found.get("/Type") == pikepdf.Name.EmbeddedFile:
            self._streams.add(found.objgen)
        named = found.get("/EF")
        titled = isinstance(found.get("/UF"), pikepdf.String)
        called = titled or found.get("/Type") == pikepdf.Name.Filespec
        if (called and named is None) or not all(map(_holds, _files_of(found))):
            raise Failed(Reason.PDF_ATTACHED)  # it is elsewhere, and would be fetched
        if isinstance(named, pikepdf.Dictionary):
            name = str(found.get("/UF") or found.get("/F") or "")
            streams = [named.get(key) for key in named.keys()]  # noqa: SIM118 -- as above
            for stream in streams:
                if not isinstance(stream, pikepdf.Stream):
                    raise Failed(Reason.PDF_ATTACHED)
                self._named[stream.objgen] = (name, stream)

    def files(self) -> dict[str, bytes]:
        """Raises ``Failed`` for one that has no name, or that of another, and for too many."""
        names = [name for name, _ in self._named.values()]
        nameless = self._streams - self._named.keys() or not all(map(_is_plain, names))
        if nameless or len(set(names)) < len(names) or len(names) > MAX_ATTACHED:
            raise Failed(Reason.PDF_ATTACHED)
        return {name: stream.read_bytes() for name, stream in self._named.values()}


def _files_of(found: Any) -> list[Any]:
    """What a mark on a page pins there, and what goes with a part of the document."""
    pinned = found.get("/Subtype") == pikepdf.Name.FileAttachment
    along = found.get("/AF")
    return [*([found.get("/FS")] if pinned else []), *(along or [])]


def _holds(file: Any) -> bool:
    """Whether a file is in the document, wherever its name says that it came from."""
    return isinstance(file, pikepdf.Dictionary) and "/EF" in file


def _said(found: Any) -> list[str]:
    values = (found.get(key) for key in _SAYING)
    return [str(value) for value in values if isinstance(value, pikepdf.String)]


def _is_plain(name: str) -> bool:
    """Shown as it is: no sign that turns the writing round or hides, and no longer than a line."""
    return len(name) <= MAX_NAME and not any(unicodedata.category(it)[0] == "C" for it in name)


def _goes_to_a_page(opening: Any) -> bool:
    if isinstance(opening, pikepdf.Array):
        return True
    plain = isinstance(opening, pikepdf.Dictionary) and opening.get("/S") == pikepdf.Name.GoTo
    return plain and "/Next" not in opening


def _dictionaries(pdf: pikepdf.Pdf) -> Iterator[Any]:
    """Every dictionary, those inside others too; each numbered object is entered once."""
    waiting: list[Any] = [pdf.trailer, *pdf.objects]
    while waiting:
        found = waiting.pop()
        if isinstance(found, pikepdf.Dictionary | pikepdf.Stream):
            yield found
            inside = [found.get(key) for key in found.keys()]  # noqa: SIM118 -- as above
        elif isinstance(found, pikepdf.Array):
            inside = list(found)
        else:
            continue
        waiting += [
            it
            for it in inside
            if isinstance(it, pikepdf.Dictionary | pikepdf.Array) and not it.is_indirect
        ]

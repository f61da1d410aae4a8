"""All checks of one file, in order: the cheapest and the surest first."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from pypdfium2 import PdfiumError

from portal.vault.checks import images, kinds, office, pdfs, personal, texts, wording
from portal.vault.checks.verdict import Failed, Reason

#: What programs read in what a person reads: invoices (Factur-X), attestations.  Text, no more.
_DATA: Final = frozenset({"json", "xml"})
_IMAGES: Final = frozenset({"png", "jpg", "jpeg"})


@dataclass(frozen=True)
class Examined:
    """A file that may be kept: as it is (``rewritten`` is ``None``), or as it was written anew.

    ``attached``: the names of files inside it, which have passed the checks as well.
    """

    rewritten: bytes | None
    hints: list[str]
    attached: list[str] = field(default_factory=list)


def examine(extension: str, content: bytes) -> Examined:
    """Raises ``Failed`` on the first check that the file does not pass."""
    if len(content) > kinds.LIMIT:
        raise Failed(Reason.TOO_LARGE)
    extension = kinds.check(f".{extension}", "", content[: kinds.HEAD])
    if extension in _IMAGES:
        # Where an image holds words, only a person can read them.
        return Examined(_small(images.rewritten(extension, content)), [])
    if extension != "pdf":
        return Examined(None, personal.hints(_text(extension, content)))
    carried = pdfs.check(content)
    words = [_of_pdf(content, Reason.PDF_BROKEN), [carried.words, "\n"]]
    words += _words_of(carried.attached)
    return Examined(None, personal.hints(chain.from_iterable(words)), sorted(carried.attached))


def _small(content: bytes) -> bytes:
    if len(content) > kinds.LIMIT:
        raise Failed(Reason.TOO_LARGE)
    return content


def _of_pdf(content: bytes, unreadable: Reason) -> Iterator[str]:
    try:
        yield from wording.of_pdf(content)
    except PdfiumError as error:
        raise Failed(unreadable) from error


def _words_of(attached: Mapping[str, bytes]) -> list[Iterable[str]]:
    """What is attached passes the same checks, or the whole is not kept.  Raises ``Failed``."""
    if sum(map(len, attached.values())) > kinds.LIMIT:
        raise Failed(Reason.PDF_ATTACHED)
    try:
        return [_inside(kinds.extension_of(name), content) for name, content in attached.items()]
    except Failed as failure:
        raise Failed(Reason.PDF_ATTACHED) from failure


def _inside(extension: str, content: bytes) -> Iterable[str]:
    """Checked at once; its words, for whoever reads them later, end with a line."""
    if extension in _DATA:
        return _data(extension, content), "\n"
    kinds.check(f".{extension}", "", content[: kinds.HEAD])
    if extension in _IMAGES:
        images.rewritten(extension, content)
        return ()
    if extension != "pdf":
        return chain(_text(extension, content), "\n")
    carried = pdfs.check(content)
    if carried.attached:
        raise Failed(Reason.PDF_ATTACHED)
    return chain(_of_pdf(content, Reason.PDF_ATTACHED), [carried.words, "\n"])


def _data(extension: str, content: bytes) -> str:
    """Data that no program shows as a page: XML without a DTD, a drawing or a style sheet."""
    text = texts.decoded(content)
    if extension == "xml":
        texts.check_plain_xml(text)
    return text


def _text(extension: str, content: bytes) -> Iterable[str]:
    if extension in {"txt", "csv"}:
        text = texts.decoded(content)
        # What its first signs are is known once it is decoded, from whatever alphabet.
        kinds.check(f".{extension}", "", text[: kinds.HEAD].encode() or content)
        texts.check_cells(text)
        return (text,)
    return wording.of_office(office.check(extension, content))

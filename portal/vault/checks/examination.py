"""All checks of one file, in order: the cheapest and the surest first."""

from dataclasses import dataclass

from pypdfium2 import PdfiumError

from portal.vault.checks import images, kinds, office, pdfs, personal, texts, wording
from portal.vault.checks.verdict import Failed, Reason


@dataclass(frozen=True)
class Examined:
    """A file that may be kept: as it is (``rewritten`` is ``None``), or as it was written anew."""

    rewritten: bytes | None
    hints: list[str]


def examine(extension: str, content: bytes) -> Examined:
    """Raises ``Failed`` on the first check that the file does not pass."""
    if len(content) > kinds.LIMIT:
        raise Failed(Reason.TOO_LARGE)
    extension = kinds.check(f".{extension}", "", content[: kinds.HEAD])
    if extension in {"png", "jpg", "jpeg"}:
        # Where an image holds words, only a person can read them.
        return Examined(_small(images.rewritten(extension, content)), [])
    return Examined(None, personal.hints(_text(extension, content)))


def _small(content: bytes) -> bytes:
    if len(content) > kinds.LIMIT:
        raise Failed(Reason.TOO_LARGE)
    return content


def _text(extension: str, content: bytes) -> str:
    if extension == "pdf":
        pdfs.check(content)
        try:
            return wording.of_pdf(content)
        except PdfiumError as error:
            raise Failed(Reason.PDF_BROKEN) from error
    if extension in {"txt", "csv"}:
        text = texts.decoded(content)
        texts.check_cells(text)
        return text
    return wording.of_office(office.check(extension, content))

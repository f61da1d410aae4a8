"""Links that lead to a program, a script or a share, and pictures that come from elsewhere."""

from pikepdf import Dictionary

from tests.vault import samples
from tests.vault.disguised import field, linking
from tests.vault.packed import R, Trap, body, holding

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_VML = 'xmlns:v="urn:schemas-microsoft-com:vml"'
_O = 'xmlns:o="urn:schemas-microsoft-com:office:office"'
_PROPERTIES = "http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"

#: What Windows or LibreOffice takes for an order.
ORDERS = (
    "search-ms:query=a&crumb=location:%5C%5Cpiege", "vnd.libreoffice.command:a",
    "vnd.sun.star.script:a.py$a?language=Python", "macro:///Standard.A.B()", "ldap://piege/a",
    "\tms-msdt:/id a",
)  # fmt: skip


def _properties(base: str) -> bytes:
    said = f"<HyperlinkBase>{base}</HyperlinkBase>"
    return holding(docProps__app_xml=f'<Properties xmlns="{_PROPERTIES}">{said}</Properties>')


_OFFICE: dict[str, bytes] = {
    **{f"a link to {order.strip()}": linking(order.replace("&", "&amp;")) for order in ORDERS},
    "a share that links begin with": _properties(r"\\piege\a"),
    "a file that links begin with": _properties("file:///c:/"),
    "a share behind a drawing": body(rf'<v:shape {_VML} href="\\piege\a"/>'),
    "a share in a field": body(field('HYPERLINK "\\\\\\\\piege\\\\a"')),
    "a file in a field": body(field("HYPERLINK \\l a file:///c:/a.exe")),
    "a document taken in under its old name": body(field('INCLUDE "https://piege.test/a"')),
    "a document that a table of contents reads": body(field('RD "https://piege.test/a"')),
    "an old picture by its first address": body(
        f'<v:imagedata {_VML} {_O} o:href="https://piege.test/a.png"/>'
    ),
    "a letter filled in from a share": holding(
        word__settings_xml=rf'<w:settings {_W}><w:mailMerge><w:connectString'
        r' w:val="Provider=a;Data Source=\\piege\a.mdb"/></w:mailMerge></w:settings>'
    ),
}  # fmt: skip

#: The language of pages, its name spelt by a reference.
_PAGE = b'<a xmlns:h="http://www.w3.org/1999/&#120;html"><h:script>a()</h:script></a>'

LINKS: dict[str, Trap] = {
    "a page of the web in the place of a film": (
        "a.docx",
        body(
            '<wp15:webVideoPr embeddedHtml="&lt;iframe src=&quot;https://piege.test&quot;&gt;"'
            ' xmlns:wp15="http://schemas.microsoft.com/office/word/2012/wordprocessingDrawing"/>'
        ),
        R.OFFICE_OBJECT,
    ),
    **{what: ("a.docx", content, R.OFFICE_EXTERNAL) for what, content in _OFFICE.items()},
    "a file of this machine that addresses begin with": (
        "a.pdf",
        samples.pdf(URI=Dictionary(Base="file:///c:/")),
        R.PDF_LAUNCH,
    ),
    "a page attached as data, spelt by references": (
        "a.pdf",
        samples.carrying(("a.xml", _PAGE)),
        R.PDF_ATTACHED,
    ),
}

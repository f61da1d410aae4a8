"""What a spreadsheet computes: formulas, wherever a format keeps them, that fetch or run something.

Cells are one of a dozen places: a condition that colours, a rule for what may be typed, a column of
a table and a name hold formulas too, and each is computed as the file opens.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

#: Elements whose words are a formula, by their names without a prefix: cells, charts, sparklines
#: and extensions (``f``, ``nf``), conditional formatting, validation, tables, names, form controls.
ELEMENTS: Final = frozenset(
    {"f", "nf", "formula", "formula1", "formula2", "oldFormula", "calculatedColumnFormula",
     "totalsRowFormula", "definedName", "FmlaLink", "FmlaRange", "FmlaTxbx", "FmlaGroup"}
)  # fmt: skip
#: Attributes that are one: OpenDocument's first, then those of OOXML's pivots and form controls.
_ATTRIBUTES: Final = frozenset(
    {"formula", "expression", "condition", "fmlaLink", "fmlaRange", "fmlaTxbx", "fmlaGroup",
     "textlink"}
)  # fmt: skip
#: Where LibreOffice keeps conditions of its own, under names that others use for other things.
_EXTENSION: Final = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
#: The outline of a drawn shape: sums of coordinates.
_SHAPES: Final = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"

_CALLS: Final = re.compile(
    r"\b(?:WEBSERVICE|RTD|CALL|EXEC|EVALUATE|REGISTER(?:\.ID)?|SQL\.REQUEST|DDE)\s*\("
    r"|\b_xlfn\.(?:IMAGE|IMPORTCSV|IMPORTTEXT)\s*\("
    # Another program: ``cmd|'/c a'!A0``.
    r"|[\w']\|(?:'[^'\"]*'|\w{1,255})!",
    re.IGNORECASE,
)
#: Another file, quoted before ``!`` or ``#``; no sheet may be called so.  ``#`` and ``;`` stand in
#: formats of numbers (``#'##0.00;-#'##0.00``).  In a text as well: a function may follow it.
_LINKS: Final = re.compile(r"'(?=[^'\"#;]*[/\\:])[^'\"#;]*'[!#]|'(?=[^'\"#;]*\.)[^'\"#;]*'#")
#: From its beginning until a quote or a bracket that programs may read each in its own way, a
#: formula is surely cut into its texts and the rest.
_SURE: Final = re.compile(r"[^\"'\[]*(?:\"[^\"]*\"[^\"'\[]*)*")
_TEXT: Final = re.compile(r"\"[^\"]*\"")


def reaches_out(formula: str) -> bool:
    """Whether it calls a program, the network or another file; a text may say so, and may not."""
    sure = _SURE.match(formula)
    end = sure.end() if sure is not None else 0
    computed = _TEXT.sub('""', formula[:end]) + formula[end:]
    return bool(_CALLS.search(computed) or links(formula))


def links(formula: str) -> bool:
    """Whether it reads another file, in whatever text of it."""
    return _LINKS.search(formula) is not None


def of_attributes(attributes: Mapping[str, str]) -> Iterator[str]:
    """The formulas among what an element says of itself."""
    for name, value in attributes.items():
        known = name.rpartition("}")[2] in _ATTRIBUTES and not name.startswith(_SHAPES)
        if known or name.startswith(_EXTENSION):
            yield value

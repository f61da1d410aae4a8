"""What the XML of an office document says, as whoever opens it reads it.

Told by a parser, element by element, whatever the prefixes, the quotes or the references that it is
written with: a search through the bytes is led astray by each of these.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final
from xml.etree import ElementTree as ET

from portal.vault.checks import drawings, formulas
from portal.vault.checks.links import lead_astray
from portal.vault.checks.verdict import Failed, Reason

Attributes = Mapping[str, str]

_HREF: Final = "{http://www.w3.org/1999/xlink}href"
_CODING: Final = re.compile(rb"^\s*<\?xml[^>]*\bencoding\s*=\s*[\"']([^\"']*)[\"']")
_CODINGS: Final = frozenset({b"utf-8", b"utf8", b"us-ascii"})

#: Links that a person clicks, and the template that a document remembers, are fetched by nobody.
_CLICKED: Final = frozenset({"a", "template"})
_ELSEWHERE: Final = re.compile(r"\s*(?:(?!data:)[a-z][a-z0-9+.-]*:|//|\\\\|\.\./|/)", re.IGNORECASE)
#: An address where a part of the document should be, whether or not it is said to be outside.
_AWAY: Final = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:|//|\\\\)", re.IGNORECASE)
#: Fields of Word that fetch or run: the first word says what a field is.
_FIELD: Final = re.compile(
    r"\s*\"?(?:DDE|DDEAUTO|INCLUDE(?:PICTURE|TEXT)?|IMPORT|LINK|DATABASE|RD)\b", re.IGNORECASE
)
#: One that is a link, and each of its words.
_LINK: Final = re.compile(r"\s*\"?HYPERLINK\b(.*)", re.IGNORECASE | re.DOTALL)
_WORD: Final = re.compile(r"\"([^\"]*)\"|(\S+)")
#: That word, whole, before another field begins inside; a sum needs none.
_SAID: Final = re.compile(r"\s*(?:=|\S+\s)")
#: What a document points to, by the last word of the relation's type: inside it or not.
_RELATIONS: Final[Mapping[str, Reason]] = {
    **dict.fromkeys(
        ("vbaproject", "wordvbadata", "xlmacrosheet", "xlintlmacrosheet", "dialogsheet",
         "activexcontrolbinary", "control", "attachedtoolbars", "extensibility",
         "webextension", "webextensiontaskpanes"),
        Reason.OFFICE_MACRO,
    ),
    **dict.fromkeys(("oleobject", "package", "afchunk"), Reason.OFFICE_OBJECT),
    **dict.fromkeys(
        ("externallink", "externallinkpath", "connections", "querytable", "subdocument", "frame"),
        Reason.OFFICE_EXTERNAL,
    ),
}  # fmt: skip
#: What a part is said to be, whatever its name.
_TYPES: Final = (
    (re.compile(r"macro|vbaproject|activex|webextension|javascript", re.IGNORECASE),
     Reason.OFFICE_MACRO),
    (re.compile(r"oleobject|^text/html|xhtml|rtf$|^message/rfc822", re.IGNORECASE),
     Reason.OFFICE_OBJECT),
    (re.compile(r"externallink|connections\+|querytable", re.IGNORECASE), Reason.OFFICE_EXTERNAL),
)  # fmt: skip
#: What is never there for nothing, by its name without a prefix.
_ELEMENTS: Final[Mapping[str, Reason]] = {
    **dict.fromkeys(("event-listener", "script"), Reason.OFFICE_MACRO),
    **dict.fromkeys(
        ("OLEObject", "oleObject", "object-ole", "control", "altChunk", "webVideoPr"),
        Reason.OFFICE_OBJECT,
    ),
    **dict.fromkeys(
        # A letter that is filled in from elsewhere asks its source as it opens.
        ("ddeLink", "dde-source", "dde-connection-decl", "mailMerge"),
        Reason.OFFICE_EXTERNAL,
    ),
}
#: What all links of a document begin with that say no more than their end.
_BASE: Final = "HyperlinkBase"
_VML: Final = "{urn:schemas-microsoft-com:vml}"
#: Where a picture of Word's is fetched from; two of them, where it is not in the document itself.
_FETCHED: Final = ("src",)
_WITHOUT: Final = ("src", "href", "althref")
_KEPT: Final = re.compile(
    r"\{(?:http.*/relationships\}(?:id|pict)|urn:schemas-microsoft-com:office:office\}relid)$"
)
#: What holds a field's words.
_INSTRUCTIONS: Final = frozenset({"instrText", "delInstrText"})


def check(part: bytes) -> None:
    """Well-formed, in UTF-8, without a DTD; nothing that runs or is fetched.  Raises ``Failed``."""
    if b"<!DOCTYPE" in part or b"<!ENTITY" in part or b"\0" in part:
        raise Failed(Reason.OFFICE_XML)
    said = _CODING.match(part.removeprefix(b"\xef\xbb\xbf"))
    if said is not None and said[1].lower() not in _CODINGS:
        raise Failed(Reason.OFFICE_XML)
    parser = ET.XMLParser(target=_Reader())  # noqa: S314 -- without a DTD there is no entity
    try:
        part.decode("utf-8")
        parser.feed(part)
        parser.close()
    except (UnicodeDecodeError, ET.ParseError) as error:
        raise Failed(Reason.OFFICE_XML) from error


def looks_like(part: bytes) -> bool:
    """Whether a program would take it for XML, whatever its name says."""
    head = part[:64]
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<"))
    return wide or head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")


class _Reader:
    """Looks at each element as it begins, and at the words of those that may run."""

    def __init__(self) -> None:
        #: The words of the fields that have begun, the innermost last.
        self._fields: list[list[str]] = [[]]
        self._held: list[str] | None = None
        #: The words of the sheet of styles of a drawing, or of what its links begin with.
        self._style: list[str] = []
        #: The words of the formula that is open, and how many elements deep it is.
        self._formula: list[str] = []
        self._depth = 0

    def start(self, tag: str, attributes: Attributes) -> None:
        name = tag.rpartition("}")[2]
        if name in _ELEMENTS:
            raise Failed(_ELEMENTS[name])
        if (looked := _LOOKS.get(name)) is not None:
            looked(self, attributes)
        elif name in _INSTRUCTIONS:
            self._held = self._fields[-1]
        elif name in formulas.ELEMENTS:
            self._depth += 1
        elif tag == drawings.STYLE or name == _BASE:
            self._held = self._style
        drawings.check(tag, attributes)
        _check_addresses(tag, name, attributes)
        if any(map(formulas.reaches_out, formulas.of_attributes(attributes))):
            raise Failed(Reason.OFFICE_EXTERNAL)

    def data(self, text: str) -> None:
        if self._held is not None:
            self._held.append(text)
        if self._depth:
            self._formula.append(text)

    def end(self, tag: str) -> None:
        name = tag.rpartition("}")[2]
        if name in formulas.ELEMENTS:
            self._depth -= 1
            if not self._depth:
                self._end_formula()
        elif name in _INSTRUCTIONS:
            self._held = None
        elif tag == drawings.STYLE or name == _BASE:
            self._held, words = None, "".join(self._style)
            self._style.clear()
            _check_base(words) if name == _BASE else drawings.check_style(words)

    def close(self) -> None:
        """Fields that nothing ends are read all the same."""
        while len(self._fields) > 1:
            self._end_field()
        _check_field("".join(self._fields[0]))

    def _end_formula(self) -> None:
        """Once what holds it has ended: an extension writes one formula's element in another."""
        words = "".join(self._formula)
        self._formula.clear()
        if formulas.reaches_out(words):
            raise Failed(Reason.OFFICE_EXTERNAL)

    def relation(self, attributes: Attributes) -> None:
        kind = attributes.get("Type", "").rpartition("/")[2].lower()
        target, outside = attributes.get("Target", ""), attributes.get("TargetMode", "").lower()
        link = kind == "hyperlink"
        if lead_astray(target) if link else outside == "external" or _AWAY.match(target):
            raise Failed(Reason.OFFICE_EXTERNAL)
        if kind in _RELATIONS:
            raise Failed(_RELATIONS[kind])

    def typed(self, attributes: Attributes) -> None:
        said = attributes.get("ContentType", "")
        for pattern, reason in _TYPES:
            if pattern.search(said):
                raise Failed(reason)

    def drawn(self, attributes: Attributes) -> None:
        fetched = _FETCHED if any(map(_KEPT.match, attributes)) else _WITHOUT
        for name, value in attributes.items():
            if name.rpartition("}")[2] in fetched and _ELSEWHERE.match(value):
                raise Failed(Reason.OFFICE_EXTERNAL)

    def simple_field(self, attributes: Attributes) -> None:
        for name, value in attributes.items():
            if name.rpartition("}")[2] == "instr":
                _check_field(value)

    def field(self, attributes: Attributes) -> None:
        kinds = [value for name, value in attributes.items() if name.endswith("fldCharType")]
        if "begin" in kinds:
            if len(self._fields) > 1 and not _SAID.match("".join(self._fields[-1])):
                raise Failed(Reason.OFFICE_EXTERNAL)  # what it is would be spelt by another
            self._fields.append([])
        elif "separate" in kinds:
            self._fields[-1].append(" ")  # what follows is what it came to
        elif "end" in kinds and len(self._fields) > 1:
            self._end_field()

    def _end_field(self) -> None:
        _check_field("".join(self._fields.pop()))
        self._fields[-1].append(" ")


def _check_addresses(tag: str, name: str, attributes: Attributes) -> None:
    href = attributes.get(_HREF)
    clicked = attributes.get("href", "") if tag.startswith(_VML) else ""
    if (href and _reaches_out(name, href)) or lead_astray(clicked):
        raise Failed(Reason.OFFICE_EXTERNAL)


def _reaches_out(name: str, href: str) -> bool:
    if name not in _CLICKED:
        return _ELSEWHERE.match(href) is not None
    return name == "a" and lead_astray(href)


def _check_field(words: str) -> None:
    link = _LINK.match(words)
    said = _WORD.findall(link[1]) if link else []
    if _FIELD.match(words) or any(lead_astray(quoted or bare) for quoted, bare in said):
        raise Failed(Reason.OFFICE_EXTERNAL)


def _check_base(words: str) -> None:
    if lead_astray(words):
        raise Failed(Reason.OFFICE_EXTERNAL)


_LOOKS: Final[Mapping[str, Callable[[_Reader, Any], None]]] = {
    "Relationship": _Reader.relation,
    "Override": _Reader.typed,
    "Default": _Reader.typed,
    "imagedata": _Reader.drawn,
    "fill": _Reader.drawn,
    "stroke": _Reader.drawn,
    "fldSimple": _Reader.simple_field,
    "fldChar": _Reader.field,
}

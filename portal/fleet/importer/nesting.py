"""How deep JSON goes and how long its pieces are, told from bytes before a parser sees them.

Nesting exhausts a parser's stack; one endless text is copied whole for each block that it goes on;
one endless managing body is held in memory until its end; a number of more digits than Python reads
(``sys.get_int_max_str_digits``, 4,300) makes the parser end the whole process.
"""

import re
from typing import Protocol

DEEPEST = 32
"""Objects and lists one in another; the FINESS+ flow goes 8 deep."""
LONGEST_TEXT = 1_000_000
"""Bytes without a quotation mark: longer than any text or number that is published."""
LONGEST_NUMBER = 1_000
"""Digits in a row: no number that is published has a hundred."""
LARGEST_BODY = 16_000_000
"""Bytes of one managing body; those of the largest, with 600 establishments, weigh about 5 MB."""

_LIST_OF_BODIES = 2
"""The depth between two managing bodies: within the file's object, within their list."""
_ESCAPE = re.compile(rb"\\.", re.DOTALL)
_TEXT = re.compile(rb'"[^"]*"')
_OTHERS = bytes(set(range(256)) - set(b'[]{}"'))
_DIGITS = bytes(ord("0") if sign in b"0123456789" else ord(" ") for sign in range(256))
_ENDLESS_NUMBER = b"0" * (LONGEST_NUMBER + 1)


class OutOfMeasure(ValueError):
    """Nothing that is published is so deep or so long: the file is broken, or meant to break."""


class _Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class Measured:
    """A stream that raises `OutOfMeasure` instead of giving what would exhaust a parser.

    Brackets are cancelled block by block, pair within pair: one pass for each level that is
    there, none in Python for each byte.
    """

    def __init__(self, stream: _Readable) -> None:
        """Watch a stream of UTF-8 JSON from its beginning."""
        self._stream = stream
        self._depth = 0
        self._text = 0
        self._body = 0
        self._opened = b""
        self._cut = b""
        self._digits = b""

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes of the stream."""
        block = self._stream.read(size)
        self._count_digits(block)
        self._watch(block)
        return block

    def _count_digits(self, block: bytes) -> None:
        """Follow numbers, those in texts as well; one may go on from block to block."""
        shown = self._digits + block.translate(_DIGITS)
        if _ENDLESS_NUMBER in shown:
            raise OutOfMeasure
        self._digits = shown[-LONGEST_NUMBER:]

    def _watch(self, block: bytes) -> None:
        """Follow the brackets outside texts; a text or an escape may be cut by the block's end."""
        length = len(block)
        block = self._cut + block
        if b"\\" in block:
            block = _ESCAPE.sub(b"", block)
        self._cut = b"\\" if block.endswith(b"\\") else b""
        self._text = 0 if b'"' in block else self._text + length
        shown = (self._opened + block).translate(None, _OTHERS).replace(b'""', b"")
        marks, self._opened, _ = _TEXT.sub(b"", shown).partition(b'"')
        for _ in range(DEEPEST):
            before = len(marks)
            marks = marks.replace(b"{}", b"").replace(b"[]", b"")
            if len(marks) == before:
                break
        else:
            raise OutOfMeasure
        self._weigh(marks, length)

    def _weigh(self, marks: bytes, length: int) -> None:
        """Go through what is left of a block's brackets: those that close, then those that open."""
        opening = marks.count(b"{") + marks.count(b"[")
        if max(self._depth, 0) + opening > DEEPEST:
            raise OutOfMeasure
        lowest = self._depth + opening - len(marks)
        self._body = 0 if lowest <= _LIST_OF_BODIES else self._body + length
        self._depth = lowest + opening
        if self._text > LONGEST_TEXT or self._body > LARGEST_BODY:
            raise OutOfMeasure

"""How deep JSON goes, told from its bytes before a parser that nesting would exhaust sees them."""

import re
from typing import Protocol

DEEPEST = 32
"""Objects and lists one in another; the FINESS+ flow goes 8 deep."""

_ESCAPE = re.compile(rb"\\.", re.DOTALL)
_TEXT = re.compile(rb'"[^"]*"')
_OTHERS = bytes(set(range(256)) - set(b'[]{}"'))


class TooDeep(ValueError):
    """Nothing that is published nests so deep: the file is broken, or meant to break."""


class _Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class Shallow:
    """A stream that raises `TooDeep` instead of giving bytes nested deeper than `DEEPEST`.

    Brackets are cancelled block by block, pair within pair: one pass for each level that is
    there, none in Python for each byte.
    """

    def __init__(self, stream: _Readable) -> None:
        """Watch a stream of UTF-8 JSON from its beginning."""
        self._stream = stream
        self._depth = 0
        self._carried = b""

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes of the stream."""
        block = self._stream.read(size)
        self._watch(block)
        return block

    def _watch(self, block: bytes) -> None:
        """Follow the brackets outside texts; a text or an escape may be cut by the block's end."""
        block = self._carried + block
        if b"\\" in block:
            block = _ESCAPE.sub(b"", block)
        cut = b"\\" if block.endswith(b"\\") else b""
        marks = _TEXT.sub(b"", block.translate(None, _OTHERS).replace(b'""', b""))
        marks, opened, _ = marks.partition(b'"')
        self._carried = opened + cut
        for _ in range(DEEPEST):
            before = len(marks)
            marks = marks.replace(b"{}", b"").replace(b"[]", b"")
            if len(marks) == before:
                break
        else:
            raise TooDeep
        opening = marks.count(b"{") + marks.count(b"[")
        if max(self._depth, 0) + opening > DEEPEST:
            raise TooDeep
        self._depth += 2 * opening - len(marks)

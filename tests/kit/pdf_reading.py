"""Reads the text and the structure of a PDF, for tests."""

import re
from collections.abc import Iterator
from typing import Any

import pikepdf


def text_of(document: pikepdf.Pdf) -> str:
    """The words in drawing order; white space is folded and places to break are dropped."""
    words = "\n".join("".join(_page_words(page)) for page in document.pages)
    return re.sub(r"\s+", " ", words.replace("\u200b", ""))


def structure(document: pikepdf.Pdf) -> Iterator[tuple[str, str]]:
    """Every element of the tag tree: its role and its alternative text."""
    pending: list[Any] = [document.Root.StructTreeRoot]
    while pending:
        node = pending.pop()
        if not isinstance(node, pikepdf.Dictionary):
            continue
        if "/S" in node:
            yield str(node.S), str(node.get("/Alt", ""))
        kids: Any = node.get("/K", [])
        pending += reversed(list(kids)) if isinstance(kids, pikepdf.Array) else [kids]


def _page_words(page: pikepdf.Page) -> Iterator[str]:
    fonts = {name: _letters(font) for name, font in page.resources.get("/Font", {}).items()}
    letters: dict[int, str] = {}
    for step in pikepdf.parse_content_stream(page):
        operands: Any = step.operands
        name = str(step.operator)
        if name == "Tf":
            letters = fonts[str(operands[0])]
        elif name in {"Td", "Tm", "T*", "ET"}:
            yield " " if name == "ET" else ""
        elif name in {"Tj", "TJ"}:
            parts = operands[0] if name == "TJ" else [operands[0]]
            for part in parts:
                if isinstance(part, pikepdf.String):
                    yield _decoded(bytes(part), letters)


def _decoded(codes: bytes, letters: dict[int, str]) -> str:
    pairs = zip(codes[::2], codes[1::2], strict=True)
    return "".join(letters.get(high << 8 | low, "") for high, low in pairs)


def _letters(font: Any) -> dict[int, str]:
    table = font.ToUnicode.read_bytes().decode()
    found: dict[int, str] = {}
    for block in re.findall(r"beginbfchar(.*?)endbfchar", table, re.DOTALL):
        for code, word in re.findall(r"<(\w+)>\s*<(\w+)>", block):
            found[int(code, 16)] = bytes.fromhex(word).decode("utf-16-be")
    for block in re.findall(r"beginbfrange(.*?)endbfrange", table, re.DOTALL):
        for low, high, word in re.findall(r"<(\w+)>\s*<(\w+)>\s*<(\w+)>", block):
            for code in range(int(low, 16), int(high, 16) + 1):
                found[code] = chr(int(word, 16) + code - int(low, 16))
    return found

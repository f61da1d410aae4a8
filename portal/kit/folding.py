"""Words as a search compares them: lower-case, without accents."""

import unicodedata


def fold(text: str) -> str:
    """« Hameçonnage » and « hameconnage » become the same; ligatures come apart."""
    decomposed = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "OE"))
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign)).casefold()

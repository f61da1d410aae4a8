"""Words as a search compares them and as a list sorts them: lower-case, without accents."""

import unicodedata
from typing import Final

#: As PostgreSQL writes it: not every build of it knows the order of French words by itself, and
#: that of the bytes puts « Évreux » after « Zuydcoote ».
_ACCENTED: Final = "ÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŸàâäçéèêëîïôöùûüÿ-’''"
_PLAIN: Final = "AAACEEEEIIOOUUUYaaaceeeeiioouuuy   "


def fold(text: str) -> str:
    """« Hameçonnage » and « hameconnage » become the same; ligatures come apart."""
    decomposed = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "OE"))
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign)).casefold()


def dictionary_key(column: str) -> str:
    """The SQL of a text's place in a dictionary, the same in every collation: plain small letters.

    Names and cities keep theirs beside them, for it takes long to work out over a whole fleet.
    """
    apart = f"replace(replace({column}, 'œ', 'oe'), 'Œ', 'Oe')"
    return f"lower(translate({apart}, '{_ACCENTED}', '{_PLAIN}'))"

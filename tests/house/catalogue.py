"""The catalogues: what they must hold, and `make catalogue`, which brings them up to date."""

import io
import re
import sys
from collections.abc import Iterable
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from tests.house import sentences, tree
from tests.house.sentences import Sentences

HEADERS = {
    "fr": "# French of the sentences that Python holds in English.",
    "en": "# English of the sentences that templates hold in French.",
}
_HEADER = """{0}
msgid ""
msgstr ""
"Language: {1}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {2}\\n"

"""


def path(language: str) -> Path:
    return tree.ROOT / f"translations/{language}/LC_MESSAGES/messages.po"


def read(language: str) -> Catalog:
    with path(language).open("rb") as source:
        return read_po(source, locale=language, abort_invalid=True)


def wanted(language: str) -> dict[str, tuple[str | None, list[str]]]:
    """Each msgid that the language needs, with its plural and the files that say it."""
    if language == "fr":
        return _gathered((file, sentences.of_python(file)) for file in sentences.PYTHON)
    return _gathered((file, sentences.of_template(file)) for file in sentences.TEMPLATES)


def _gathered(
    files: Iterable[tuple[Path, Sentences]],
) -> dict[str, tuple[str | None, list[str]]]:
    found: dict[str, tuple[str | None, list[str]]] = {}
    for file, said in files:
        for one, many in said.items():
            known, places = found.get(one, (None, []))
            found[one] = (known or many, [*places, tree.name(file)])
    return found


def refresh(language: str) -> list[str]:
    """Write the catalogue anew: known texts kept, new sentences empty, others gone.

    A sentence whose spaces alone changed is known.  Returns the msgids that wait for their text.
    """
    known = {_plain(texts(message.id)[0]): message for message in read(language)}
    fresh = Catalog(locale=language)
    for one, (many, files) in wanted(language).items():
        before = known.get(_plain(one))
        kept = before.string if before and before.pluralizable is bool(many) else ""
        places = [(file, 1) for file in files]
        fresh.add((one, many) if many else one, kept or ("", "") if many else kept, places)
    text = io.BytesIO()
    write_po(text, fresh, width=100, omit_header=True, include_lineno=False)
    header = _HEADER.format(HEADERS[language], language, fresh.plural_forms)
    path(language).write_text(header + text.getvalue().decode().lstrip(), "utf-8")
    return [str(message.id) for message in fresh if message.id and not all(texts(message.string))]


def _plain(sentence: str) -> str:
    return re.sub(r"\s+", " ", sentence)


def texts(string: str | Iterable[str] | None) -> tuple[str, ...]:
    """A sentence, or it and its plural, as both are counted."""
    return (string,) if isinstance(string, str) else tuple(string or ())


def main() -> None:
    for language in HEADERS:
        missing = refresh(language)
        told = "".join(f"  {msgid}\n" for msgid in missing)
        sys.stdout.write(f"{tree.name(path(language))}: {len(missing)} to write\n{told}")


if __name__ == "__main__":
    main()

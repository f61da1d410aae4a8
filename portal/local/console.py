"""What `make run` says: one line at a time, each under the name of who speaks."""

import gettext
import sys
from contextlib import suppress
from pathlib import Path

from portal.kit import catalogues

ROOT = Path(__file__).resolve().parents[2]
READY = "Treize est prêt :"  # scripts wait for a line that begins so: not a matter of language

_NAME_WIDTH = 10
_COLOURS = (36, 33, 35, 32, 34, 96, 95)

with suppress(catalogues.NotCompiledError):  # said by the parts, none of which starts without them
    catalogues.make_ready()
_ = gettext.translation("messages", catalogues.FOLDER, ["fr"], fallback=True).gettext


def say(text: str) -> None:
    """One line to whoever started us; a reader that went away is not an error."""
    try:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except OSError:
        return


def say_as(name: str, text: str) -> None:
    """A line of a child's, under its name, in a colour of its own on a terminal."""
    label = f"{name:<{_NAME_WIDTH}} |"
    if sys.stdout.isatty():
        label = f"\x1b[{_COLOURS[sum(name.encode()) % len(_COLOURS)]}m{label}\x1b[0m"
    say(f"{label} {text}")

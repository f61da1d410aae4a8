"""Which providers the database holds when the portal starts, and what is said of them."""

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from portal.local.console import _
from portal.local.logins import DEMO, DEMO_NEIGHBOUR, lines

_FIRST_STEP: Final = (
    '.venv/bin/flask --app wsgi provider open mon-nom "Mon nom" --email moi@exemple.fr'
)
#: Providers named before « and so many more ».
_NAMED: Final = 8


def providers(database_url: str) -> dict[str, str]:
    """Their names by slug, as any role that may connect sees them."""
    engine = create_engine(database_url, poolclass=NullPool)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT slug, name FROM tenant ORDER BY name, slug"))
        return {slug: name for slug, name in rows}  # noqa: C416 - rows are no pairs to mypy


def told(there: Mapping[str, str], *, address: str, home: Path, demo: bool) -> Iterator[str]:
    """What to say below the ready line: how to come in, or how to begin."""
    if DEMO in there:
        yield _("Demo logins (address, password):")
        yield from lines()
        if not demo:
            yield _("They are there since an earlier start: TREIZE_DEMO=0 takes nothing away.")
    others = {slug: name for slug, name in there.items() if slug not in {DEMO, DEMO_NEIGHBOUR}}
    if others:
        yield _("Providers that are there, each to be entered by its own people:")
        yield from _named(others, address)
    if not there:
        yield _("There is no provider yet. In another terminal, beside this one:")
        yield f"  TREIZE_HOME={shlex.quote(str(home))} {_FIRST_STEP}"


def _named(others: Mapping[str, str], address: str) -> Iterator[str]:
    for slug, name in list(others.items())[:_NAMED]:
        yield f"  {name} · {address}/{slug}/"
    if (more := len(others) - _NAMED) > 0:
        yield "  " + _("and {number} more").format(number=more)

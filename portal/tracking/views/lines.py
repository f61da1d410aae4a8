"""The lines of a board, written here and not in a template because a page holds fifty.

In a template each costs four times as much, and the page twice.  Its words come from the template.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from markupsafe import Markup

from portal.kit.figures import percent, strip_svg
from portal.kit.rendering import written
from tenants.db import AnyRow

SOON = timedelta(days=30)


def board_lines(
    lines: Iterable[AnyRow], words: Mapping[str, Markup], *, base: str, picks: bool, today: date
) -> Markup:
    """A ``tr`` for each line of ``board.lines``.

    ``base`` is the address that an id completes; with ``picks`` each line has a box to tick.
    """
    said = {name: str(word) for name, word in words.items()}  # joined faster than markup
    rows = (_line(line, said, base, today, picks=picks) for line in lines)
    return Markup("".join(rows))  # noqa: S704 -- each value in it has been escaped


def _line(line: AnyRow, words: Mapping[str, str], base: str, today: date, *, picks: bool) -> str:
    key, name = str(line.id), written(line.name)
    box = (
        f'<td class="pick"><input type="checkbox" name="ids" value="{key}" form="bulk"'
        f' aria-label="{words["choose"]} {name}" data-pick></td>'
    )
    place = " · ".join(filter(None, (line.city, line.managing_body)))
    return (
        f'<tr data-row id="establishment-{key}">{box if picks else ""}'
        f'<td class="who"><a class="name" href="{base}{key}">{name}</a>'
        f"<small>{written(place)}</small></td>{_figures(line, words)}"
        f'<td class="state">{_state(line, words, today)}</td></tr>\n'
    )


def _figures(line: AnyRow, words: Mapping[str, str]) -> str:
    if line.declared is None:
        return f'<td colspan="4" class="quiet">{words["prospect"]}</td>'
    sign = words["percent"]
    declared, proven, recognised = (
        percent(total, sign)
        for total in (line.declared_total, line.proven_total, line.recognised_total)
    )
    return (
        f"<td>{strip_svg(line, words['says'], words['warns'], sign)}</td>"
        f'<td class="num" data-label="{words["declared"]}">{declared}</td>'
        f'<td class="num" data-label="{words["proven"]}"><strong>{proven}</strong></td>'
        f'<td class="num" data-label="{words["recognised"]}">{recognised}</td>'
    )


def _state(line: AnyRow, words: Mapping[str, str], today: date) -> str:
    """The one thing to know of it, the gravest."""
    if line.closed_on:
        return f'<span class="late">{words["closed"]}</span>'
    for count, word in ((line.contested_total, "contested"), (line.lapsed_total, "lapsed")):
        if count:
            plural = words["plural"] if count > 1 else ""
            return f'<span class="late">{count} {words[word]}{plural}</span>'
    if line.next_lapse and line.next_lapse - today <= SOON:
        days = (line.next_lapse - today).days
        return f'<span class="due">{words["due"].replace("#", str(days))}</span>'
    return ""

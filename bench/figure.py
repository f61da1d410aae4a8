"""One line of the table that a bench prints."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """``kept`` is ``None`` where nothing was promised."""

    name: str
    figure: str
    target: str = ""
    kept: bool | None = None

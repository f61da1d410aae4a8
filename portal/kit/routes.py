"""The pages of a slice as one list that can be read: method, address, endpoint, view."""

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from flask import Blueprint

#: Templates link to the endpoint; addresses are French, as part of the screen.
Route: TypeAlias = tuple[str, str, str, Callable[..., Any]]


def add(bp: Blueprint, routes: Iterable[Route]) -> None:
    for method, rule, endpoint, view in routes:
        bp.add_url_rule(rule, endpoint, view, methods=[method])

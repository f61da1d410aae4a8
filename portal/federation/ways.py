"""Leaving for a directory: what every start has in common."""

from flask import redirect
from flask.typing import ResponseReturnValue

from portal.federation import flow
from portal.federation.discovery import Unreachable
from portal.federation.doors import Door
from portal.federation.flow import Purpose
from portal.kit import limits
from portal.kit.errors import Unavailable


class DirectoryAway(Unavailable):
    heading = "The directory does not answer"
    message = "Nothing was changed: try again in a moment, or sign in by other means."


def start(door: Door, purpose: Purpose, *, target: str, anew: bool = False) -> ResponseReturnValue:
    """Send the browser away.  Raises :class:`DirectoryAway`, ``limits.TooMany``."""
    limits.count("challenge")
    try:
        there = flow.set_out(door, purpose, target=target, anew=anew)
    except Unreachable as error:
        raise DirectoryAway from error
    return redirect(there, 303)

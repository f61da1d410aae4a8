"""How much an address takes in.  More is refused unread when announced, else on the way.

Views that take files say how large; the others take what forms send, and those that are open to
anybody what people type at a door.
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from flask import Flask, current_app, request
from werkzeug.datastructures import FileStorage

from tenants.access import PUBLIC, access_of

V = TypeVar("V", bound=Callable[..., Any])

#: In bytes.  The largest form names ten thousand establishments, a hundred bytes each.
FORM: Final = 4 * 2**20
#: The largest form of a visitor is a passkey's answer, of some thirty thousand bytes.
DOOR: Final = 128 * 2**10


def takes(largest: int) -> Callable[[V], V]:
    """Mark a view as taking files of ``largest`` bytes in all, besides the form they come with."""

    def mark(view: V) -> V:
        view.largest = largest  # type: ignore[attr-defined]  # read back below
        return view

    return mark


def init_app(app: Flask) -> None:
    app.config["MAX_CONTENT_LENGTH"] = FORM
    # Before anything looks for the form's token in the body.
    app.url_value_preprocessor(_cap)


def largest_file() -> int | None:
    """What the present address takes besides a form; ``None`` when it takes no file."""
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, "largest", None)


def sent_file() -> FileStorage | None:
    """From the disk or from the camera, whichever of the two fields was used."""
    return next((one for one in request.files.getlist("file") if one.filename), None)


def _cap(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    if (largest := largest_file()) is not None:
        request.max_content_length = largest + FORM
    elif access_of(current_app.view_functions.get(request.endpoint or "", _cap)) == PUBLIC:
        request.max_content_length = DOOR

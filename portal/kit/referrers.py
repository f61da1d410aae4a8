"""Where browsers say that they come from: what is no address says nothing.

Anybody can write these headers.  They are read in many places, those of Flask-WTF among them, by a
function that raises on an address that cannot be one.
"""

from typing import Final
from urllib.parse import urlsplit

from flask import Flask, request

_SAID: Final = ("HTTP_REFERER", "HTTP_HX_CURRENT_URL")


def init_app(app: Flask) -> None:
    app.before_request(_forget_nonsense)


def _forget_nonsense() -> None:
    for name in _SAID:
        try:
            urlsplit(request.environ.get(name, ""))
        except ValueError:
            del request.environ[name]

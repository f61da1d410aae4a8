"""Addresses for templates: those that change with a file's content, and all of them made once.

A page holds thirty and more; werkzeug takes as long over each as a template over a line.
"""

import hashlib
import os
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, current_app, g, has_request_context, request, url_for

_STAMPED = (".css", ".js", ".svg")


class Addresses:
    """``url_for`` that remembers, for one application.

    An address is told by where the portal is mounted, by the tenant that is open and by what is
    asked for; what else it may depend on is left to ``url_for``.
    """

    def __init__(self) -> None:
        self._known = lru_cache(maxsize=4096)(self._made)

    def __call__(self, endpoint: str, **values: Any) -> str:
        if endpoint == "static":
            _stamp(endpoint, values)
        if not has_request_context() or endpoint.startswith(".") or "_external" in values:
            return url_for(endpoint, **values)
        try:
            return self._known(
                request.root_path, g.get("tenant_slug"), endpoint, tuple(values.items())
            )
        except TypeError:  # a value that cannot be remembered, such as a list
            return url_for(endpoint, **values)

    @staticmethod
    def _made(
        _root: str, _slug: str | None, endpoint: str, values: tuple[tuple[str, Any], ...]
    ) -> str:
        return url_for(endpoint, **dict(values))


def init_app(app: Flask) -> None:
    app.extensions["addresses"] = app.jinja_env.globals["url_for"] = Addresses()
    app.url_defaults(_stamp)


def address(endpoint: str, **values: Any) -> str:
    """The same for code: like ``url_for``, remembered."""
    known: Addresses = current_app.extensions["addresses"]
    return known(endpoint, **values)


def _stamp(endpoint: str, values: dict[str, Any]) -> None:
    """Let browsers keep static files for long: a new content has a new address.

    Fonts are left out: the style sheet names them without a stamp, and both must agree.
    """
    name = values.get("filename", "")
    if endpoint == "static" and name.endswith(_STAMPED) and current_app.static_folder:
        path = os.path.join(current_app.static_folder, name)  # noqa: PTH118 -- eight times a page
        with suppress(OSError):
            values["v"] = _digest(path, os.stat(path).st_mtime_ns)  # noqa: PTH116 -- as above


@lru_cache(maxsize=256)
def _digest(path: str, _changed: int) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:10]

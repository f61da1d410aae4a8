"""What every template may call, and addresses of static files that change with their content."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, current_app

from portal.kit import figures

_STAMPED = (".css", ".js", ".svg")


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(figures.TEMPLATE_GLOBALS)
    app.url_defaults(_stamp)


def _stamp(endpoint: str, values: dict[str, Any]) -> None:
    """Let browsers keep static files for long: a new content has a new address.

    Fonts are left out: the style sheet names them without a stamp, and both must agree.
    """
    name = values.get("filename", "")
    if endpoint == "static" and name.endswith(_STAMPED) and current_app.static_folder:
        path = Path(current_app.static_folder, name)
        if path.is_file():
            values["v"] = _digest(str(path), path.stat().st_mtime_ns)


@lru_cache(maxsize=256)
def _digest(path: str, _changed: int) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:10]

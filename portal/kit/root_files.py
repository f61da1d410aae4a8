"""What browsers and robots ask for at the root of a site, by names they do not let us choose."""

from datetime import timedelta
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app

from portal.config import Settings
from portal.kit import clock
from tenants.access import public

bp = Blueprint("root_files", __name__)

#: Their addresses bear no stamp of their content, so that a change must show within a day.
KEPT_SECONDS = 86_400
#: A reader must hold the file for stale afterwards.
VALID_FOR = timedelta(days=180)


@bp.get("/favicon.ico")
@public
def favicon() -> Response:
    """For whatever does not read the pages' own ``link``, such as a bookmark or a PDF."""
    return _static("img/mark.svg")


@bp.get("/robots.txt")
@public
def robots() -> Response:
    return _static("robots.txt")


@bp.get("/.well-known/security.txt")
@public
def security() -> Response:
    """Whom to tell of a fault (RFC 9116); renewed by itself, so that it never expires unseen."""
    settings: Settings = current_app.config["SETTINGS"]
    host = urlsplit(settings.public_url).hostname
    lines = {
        "Contact": settings.security_contact or f"mailto:security@{host}",
        "Expires": (clock.now() + VALID_FOR).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "Preferred-Languages": "fr, en",
        "Canonical": f"{settings.public_url}/.well-known/security.txt",
    }
    text = "".join(f"{name}: {value}\n" for name, value in lines.items())
    return Response(text, mimetype="text/plain")


def _static(name: str) -> Response:
    answer = current_app.send_static_file(name)
    answer.cache_control.no_cache = None
    answer.cache_control.public = True
    answer.cache_control.max_age = KEPT_SECONDS
    return answer

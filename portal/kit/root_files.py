"""What browsers and robots ask for at the root of a site, by names they do not let us choose."""

from flask import Blueprint, Response, current_app

from tenants.access import public

bp = Blueprint("root_files", __name__)

#: Their addresses bear no stamp of their content, so that a change must show within a day.
KEPT_SECONDS = 86_400


@bp.get("/favicon.ico")
@public
def favicon() -> Response:
    """For whatever does not read the pages' own ``link``, such as a bookmark or a PDF."""
    return _static("img/mark.svg")


@bp.get("/robots.txt")
@public
def robots() -> Response:
    return _static("robots.txt")


def _static(name: str) -> Response:
    answer = current_app.send_static_file(name)
    answer.cache_control.no_cache = None
    answer.cache_control.public = True
    answer.cache_control.max_age = KEPT_SECONDS
    return answer

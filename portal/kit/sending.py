"""The answer to a form whose file a script sends: where the browser would be led is told instead.

A script that followed would read the page meant for whoever sent the form, its messages with it.
"""

from http import HTTPStatus
from typing import Final

from flask import Flask, Response, request

ASKS: Final = "X-Upload"
TELLS: Final = "X-Next"


def init_app(app: Flask) -> None:
    app.after_request(_tell)


def _tell(response: Response) -> Response:
    if ASKS in request.headers and response.status_code == HTTPStatus.SEE_OTHER:
        response.status_code = HTTPStatus.NO_CONTENT
        response.headers[TELLS] = response.headers.pop("Location")
        response.set_data(b"")
    return response

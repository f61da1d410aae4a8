"""One transaction per request: committed if it succeeded, undone if it did not."""

from http import HTTPStatus

from flask import Flask, Response, request

from tenants.db import db

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def init_app(app: Flask) -> None:
    app.after_request(_settle)


def keep() -> None:
    """Commit what must outlive the answer, even a refusal: a try that counts."""
    db.session.commit()


def _settle(response: Response) -> Response:
    if request.method not in SAFE_METHODS and response.status_code < HTTPStatus.BAD_REQUEST:
        db.session.commit()
    else:
        db.session.rollback()
    return response

"""One transaction per request: committed if it succeeded, undone if it did not."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from flask import Flask, Response, request

from tenants.db import db

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def init_app(app: Flask) -> None:
    app.after_request(_settle)


def keep() -> None:
    """Commit what must outlive the answer, even a refusal: a try that counts."""
    db.session.commit()


@contextmanager
def settled() -> Iterator[None]:
    """Keep what the block writes, whatever becomes of the request; nothing of it when it fails.

    For a scope that the request enters in passing: one transaction serves one scope.
    """
    try:
        yield
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise


def _settle(response: Response) -> Response:
    if request.method not in SAFE_METHODS and response.status_code < HTTPStatus.BAD_REQUEST:
        db.session.commit()
    else:
        db.session.rollback()
    return response

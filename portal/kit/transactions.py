"""One transaction per request: committed if it succeeded, undone if it did not."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from flask import Flask, Response, request
from sqlalchemy import Engine

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


@contextmanager
def one_instant() -> Iterator[None]:
    """Read as of one instant, whatever others commit meanwhile; nothing can be written inside.

    A session that joined somebody's transaction reads as that one does.
    """
    db.session.rollback()
    if isinstance(db.session.get_bind(), Engine):
        db.session.connection(
            execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        )
    try:
        yield
    finally:
        db.session.rollback()


def _settle(response: Response) -> Response:
    if request.method not in SAFE_METHODS and response.status_code < HTTPStatus.BAD_REQUEST:
        db.session.commit()
    else:
        db.session.rollback()
    return response

"""What a visitor is told when something fails: what happened, that nothing was lost, what next."""

from flask import Flask, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from psycopg.errors import ForeignKeyViolation, UniqueViolation
from redis import RedisError
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException, InternalServerError

from portal.kit import bodies
from portal.kit.errors import DomainError, Removed, Twice, Unavailable
from portal.kit.i18n import gettext
from portal.kit.limits import TooMany
from portal.kit.storage import TooLarge
from tenants.db import db

#: Statuses that have a page of their own; the others share the 400 page.
_PAGES = frozenset({401, 403, 404, 405, 409, 413, 422, 429, 500, 503})


def init_app(app: Flask) -> None:
    app.register_error_handler(DomainError, _domain)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(DBAPIError, _database)
    app.register_error_handler(PoolTimeoutError, _away)
    app.register_error_handler(RedisError, _away)
    app.register_error_handler(InternalServerError, _internal)


def show(status: int, message: str, *, heading: str = "") -> ResponseReturnValue:
    """The error page for ``status``, or JSON where JSON was asked for.

    With a ``heading`` of its own, ``message`` says what to do as well.
    """
    if request.accept_mimetypes.best == "application/json":
        return {"error": message, "status": status}, status
    page = status if status in _PAGES else 400
    return render_template(
        f"errors/{page}.html", message=message, heading=heading, status=status
    ), status


def _domain(error: DomainError) -> ResponseReturnValue:
    heading = gettext(error.heading) if error.heading else ""
    shown = show(error.status, gettext(error.message, **error.values), heading=heading)
    if isinstance(error, TooMany):
        answer = current_app.make_response(shown)
        answer.headers["Retry-After"] = str(error.seconds)
        return answer
    return shown


def _csrf(_error: CSRFError) -> ResponseReturnValue:
    return show(
        400,
        gettext("This page was open for too long. Nothing was changed: reload it and try again."),
    )


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:  # noqa: PLR2004 - redirects pass through
        return error.get_response()
    if error.code != TooLarge.status:
        return show(error.code, "")
    if (largest := bodies.largest_file()) is not None:
        return show(error.code, gettext(TooLarge.message, limit=largest // 1_000_000))
    told = gettext("Nothing of it was kept. Go back, shorten what you typed, then send it again.")
    return show(error.code, told, heading=gettext("This form is too long"))


def _database(error: DBAPIError) -> ResponseReturnValue:
    """PostgreSQL gone is a pause; anything else is our fault and stays a 500."""
    if error.connection_invalidated or isinstance(error, OperationalError):
        return _away(error)
    if isinstance(error.orig, ForeignKeyViolation):
        # What was there when the page was read has been removed by somebody else since.
        current_app.logger.warning(
            "something was removed meanwhile: %s", error.orig.diag.table_name
        )
        return show(409, gettext(Removed.message))
    if isinstance(error.orig, UniqueViolation):
        current_app.logger.warning("done twice at once: %s", error.orig.diag.constraint_name)
        return show(409, gettext(Twice.message))
    current_app.logger.error("database error", exc_info=error)
    return show(500, "")


def _away(error: SQLAlchemyError | RedisError) -> ResponseReturnValue:
    current_app.logger.warning("a server is away: %s", type(error).__name__)
    db.session.remove()
    return show(503, gettext(Unavailable.message))


def _internal(error: InternalServerError) -> ResponseReturnValue:
    cause = error.original_exception
    if isinstance(cause, OperationalError):
        return _away(cause)
    return show(500, "")

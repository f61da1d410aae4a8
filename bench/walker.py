"""Requests through the WSGI app in this process: what a worker does, without a socket."""

import io
import re
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import event
from werkzeug.test import EnvironBuilder

from portal.kit import clock
from tenants import service as tenancy
from tenants.context import Scope, entered
from tenants.db import db

_TOKEN = re.compile(rb'name="csrf-token" content="([^"]+)"')
#: Whether a request is on its way: what is read to write one is nobody's waiting.
_SENDING: ContextVar[bool] = ContextVar("sending", default=False)


class Walker:
    """Somebody signed in.  Each request is built beforehand: only the answer is timed.

    ``door``: a page that she may open.
    """

    def __init__(self, app: Flask, user_id: str, door: str) -> None:
        self.app = app
        client = app.test_client()
        with client.session_transaction() as session:
            session["_user_id"] = user_id
            session["_fresh"] = True
            session["sign_in"] = _signed_in(app, user_id)
        page = client.get(door)
        found = _TOKEN.search(page.data)
        assert found, page.status
        self._token = found[1].decode()
        cookie = client.get_cookie("session")
        assert cookie
        self._cookie = f"session={cookie.value}"

    def get(self, address: str) -> "Request":
        return Request(self.app, EnvironBuilder(address, headers=[("Cookie", self._cookie)]))

    def post(self, address: str, form: dict[str, Any]) -> "Request":
        body = urlencode({"csrf_token": self._token, **form}, doseq=True).encode()
        return Request(
            self.app,
            EnvironBuilder(
                address,
                method="POST",
                data=body,
                content_type="application/x-www-form-urlencoded",
                headers=[("Cookie", self._cookie)],
            ),
            body,
        )


def _signed_in(app: Flask, user_id: str) -> str:
    person = uuid.UUID(user_id)
    with app.app_context(), entered(Scope(user_id=person)):
        opened = tenancy.open_sign_in(person, method="bench", strong=True, at=clock.now())
        db.session.commit()
        return str(opened.id)


class Request:
    """One request, ready to be sent any number of times."""

    def __init__(self, app: Flask, builder: EnvironBuilder, body: bytes = b"") -> None:
        self._app = app
        self._environ = builder.get_environ()
        self._body = body
        builder.close()
        self.status = ""
        self.content = b""

    def __call__(self) -> float:
        """Send it, take the whole answer, and give the seconds that took."""
        environ = {**self._environ, "wsgi.input": io.BytesIO(self._body)}
        sending = _SENDING.set(True)
        began = time.perf_counter()
        answer = self._app(environ, self._start)
        self.content = b"".join(answer)
        getattr(answer, "close", lambda: None)()
        seconds = time.perf_counter() - began
        _SENDING.reset(sending)
        return seconds

    def _start(self, status: str, _headers: Any, _error: Any = None) -> Callable[[bytes], object]:
        self.status = status
        return lambda _: None


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    """Every SQL statement that requests send in the block, those that tell the scope included."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if _SENDING.get():
            sent.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)

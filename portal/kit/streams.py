"""Long answers, read while they are sent, within the scope of whoever asked for them.

The scope of a request ends when its view has answered; what is streamed is read afterwards, and
would else be read in no scope at all, which sees nothing.
"""

from collections.abc import Iterable, Iterator
from typing import AnyStr

from flask import stream_with_context

from tenants.context import Scope, current_scope, entered


def streamed(pieces: Iterable[AnyStr]) -> Iterator[AnyStr]:
    """``pieces`` for a response's body, asked for in the present request and scope."""
    return iter(stream_with_context(_within(current_scope(), pieces)))


def _within(scope: Scope, pieces: Iterable[AnyStr]) -> Iterator[AnyStr]:
    with entered(scope):
        yield from pieces

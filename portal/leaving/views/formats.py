"""The published shapes, for whoever writes a program that reads an archive."""

from flask import Response
from flask.typing import ResponseReturnValue

from portal.kit.errors import NotFound
from portal.leaving import schemas
from tenants.access import public


@public
def shape(name: str) -> ResponseReturnValue:
    try:
        content = schemas.published(name)
    except KeyError as error:
        raise NotFound from error
    return Response(content, mimetype="application/schema+json")

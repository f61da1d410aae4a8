"""The next provider, to whom an archive is brought."""

import io
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from portal.leaving import receiving
from portal.leaving.models import PriorRecord
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tests.leaving.house import worked


@dataclass(frozen=True)
class Next:
    """The next provider, where the establishment has just been added."""

    owner: Actor
    director: Actor
    place: uuid.UUID
    other: uuid.UUID

    @property
    def url(self) -> str:
        return f"/globex/etablissements/{self.place}"


@contextmanager
def there(after: Next) -> Iterator[None]:
    db.session.rollback()
    with tenant_scope(after.owner.tenant_id):
        yield
        db.session.rollback()


def brought(
    client: FlaskClient, after: Next, archive: bytes, *, place: uuid.UUID | None = None
) -> TestResponse:
    # Put together here: the test client would leave a temporary file open.
    mark, body = encode_multipart({"file": FileStorage(io.BytesIO(archive), "dossier.zip")})
    return client.post(
        f"/globex/etablissements/{place or after.place}/dossiers-anterieurs/reprendre",
        data=body,
        content_type=f"multipart/form-data; boundary={mark}",
    )


def looked_at(client: FlaskClient, after: Next, archive: bytes, **aim: Any) -> str:
    """Bring it and let the worker look; the address of its page."""
    answer = brought(client, after, archive, **aim)
    assert answer.status_code == 303, answer.text
    with there(after):
        worked(receiving.CHECK)
        worked(receiving.EXAMINE)
    return answer.headers["Location"]


def prior(after: Next) -> PriorRecord:
    db.session.rollback()
    return db.session.scalars(sa.select(PriorRecord)).one()

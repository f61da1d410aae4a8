"""A list sent as one literal is read by PostgreSQL as the list it was."""

import uuid

import pytest
from sqlalchemy import text

from portal.kit import arrays
from tenants.db import db

pytestmark = pytest.mark.usefixtures("isolated")


@pytest.mark.parametrize("count", [0, 1, 3])
def test_ids_come_through_in_their_order(count: int) -> None:
    ids = [uuid.UUID(int=number) for number in range(count)]

    read = db.session.scalar(text("SELECT CAST(:ids AS uuid[])"), {"ids": arrays.literal(ids)})

    assert read == ids


def test_codes_come_through() -> None:
    read = db.session.scalar(
        text("SELECT CAST(:codes AS text[])"), {"codes": arrays.literal(["SAUV-02", "MAJ-01"])}
    )

    assert read == ["SAUV-02", "MAJ-01"]

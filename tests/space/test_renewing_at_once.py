"""Two people of one establishment who renew the same proof at the same moment."""

import io
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.evidence import succession
from portal.evidence.models import Evidence
from portal.kit import clock
from tenants.context import tenant_scope
from tenants.db import AnyRow, db
from tenants.roles import Role
from tests import make
from tests.at_once import browsers, lingers, portal, sent
from tests.space.depositing import OURS
from tests.tracking import scene
from tests.tracking.scene import CODE
from tests.vault import samples

__all__ = ["portal"]


def file() -> dict[str, Any]:
    return {"file": (io.BytesIO(samples.PDF), "charte.pdf")}


def test_one_follows_and_the_other_is_told(portal: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = make.tenant("renewals")
    with tenant_scope(owner.tenant_id):
        today, offering = clock.today(), make.offering(carries=[CODE])
        place = scene.client(offering, since=today - timedelta(1), today=today)
        directors = [make.member(Role.DIRECTOR, establishments=[place]) for _ in range(2)]
        theirs = browsers(portal, directors)
    house = f"/renewals/etablissements/{place}"
    path = f"{house}/treize-questions/reponses/{OURS}/preuve"
    assert theirs[0].post(path, data=file()).status_code == 303
    (old,) = _proofs(owner.tenant_id)
    lingers(monkeypatch, succession, "check_free")

    told = sent(portal, theirs, [f"{house}/preuves/{old.id}/suivante"] * 2, [file(), file()])

    assert sorted(answer.status_code for answer in told.values()) == [303, 409]
    first, second = _proofs(owner.tenant_id)
    assert (first.id, first.replaced_by, second.replaced_by) == (old.id, second.id, None)


def _proofs(tenant_id: Any) -> list[AnyRow]:
    with tenant_scope(tenant_id):
        table = Evidence.__table__
        found = db.session.execute(sa.select(table).order_by(table.c.created_at)).all()
        db.session.rollback()
        return list(found)

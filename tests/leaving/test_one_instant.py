"""An archive is read at one instant: its parts agree, whatever is done while it is written."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import InternalError

from portal.kit import transactions
from portal.kit.archive import Content
from portal.leaving import packing, packing_all, service
from portal.tracking.models import Status
from tenants.context import tenant_scope
from tenants.db import db
from tests import live as alive
from tests import make
from tests.conftest import Browser, sign_in
from tests.leaving import house as houses
from tests.leaving.house import House, opened, told, worked
from tests.tracking import scene
from tests.tracking.scene import CODE

live = alive.live
AFTER = "Plus jamais."


def _meanwhile(app: Flask, house: House) -> None:
    """Somebody else declares otherwise, withdraws nothing, and adds a client: committed."""

    def deed() -> None:
        with app.app_context(), tenant_scope(house.owner.tenant_id):
            scene.declare(house.owner, house.offering, Status.PARTIAL, text=AFTER)
            make.establishment("Un nouveau venu", finess="290000041")
            db.session.commit()
            db.session.remove()

    thread = threading.Thread(target=deed)
    thread.start()
    thread.join()


@pytest.mark.parametrize("what", ["place", "register"])
def test_what_is_said_while_it_is_written_is_in_none_of_its_parts(
    live: Flask, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    live.test_client_class = Browser
    owner, client = make.tenant("acme"), live.test_client()
    with tenant_scope(owner.tenant_id):
        house = houses.built(owner)
        sign_in(client, owner)
        _disturb(live, house, monkeypatch)
        url = house.url if what == "place" else "/acme/emporter"
        asked = client.post(url).headers["Location"]
        worked(service.PACK)
        entries = opened(client.post(f"{asked}.zip", follow_redirects=True).data)

        everything = b"".join(entries.values()).decode("utf-8", "replace")
        assert AFTER not in everything
        assert "Un nouveau venu" not in everything
        assert scene.spoken(house.offering) >= 1
        if what == "register":
            _agree(entries)
        monkeypatch.undo()
        again = client.post(url).headers["Location"]
        worked(service.PACK)
        later = opened(client.post(f"{again}.zip", follow_redirects=True).data)
        assert AFTER in b"".join(later.values()).decode("utf-8", "replace")


def _disturb(app: Flask, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once, after the first entry of the archive is written."""
    for module, name in ((packing, "of_place"), (packing_all, "of_provider")):
        monkeypatch.setattr(module, name, _interrupted(getattr(module, name), app, house))


def _interrupted(whole: Any, app: Flask, house: House) -> Any:
    def entries(*given: Any) -> Iterator[tuple[str, Content]]:
        for passed, entry in enumerate(whole(*given)):
            if passed == 1:
                _meanwhile(app, house)
            yield entry

    return entries


def _agree(entries: dict[str, bytes]) -> None:
    register = told(entries, "register.json")
    (offering,) = [it for it in register["offerings"] if it["statements"]]
    said = {it["code"]: it["text"] for it in offering["statements"]}
    records = [it["record"] for it in register["establishments"]]
    assert {name for name in entries if name.endswith("record.json")} == set(records)
    for name in records:
        (chapter,) = told(entries, name)["chapters"]
        texts = {it["code"]: it["text"] for it in chapter["requirements"]}
        assert texts[CODE] == said[CODE]


def test_nothing_can_be_written_while_it_is_read(live: Flask) -> None:
    owner = make.tenant("acme")
    with (
        tenant_scope(owner.tenant_id),
        transactions.one_instant(),
        pytest.raises(InternalError, match="read-only"),
    ):
        make.establishment("Un de plus")

"""Many documents as one archive, taken by an address that names which."""

import csv
import io
import uuid
import zipfile
from collections.abc import Iterable
from contextvars import Context
from typing import cast

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select
from werkzeug.test import TestResponse

from portal.audit.models import AuditEvent
from portal.kit import storage
from portal.kit.canonical import sha256_hex
from tenants.access import Actor
from tenants.db import db
from tenants.models import Membership, MembershipEstablishment
from tenants.roles import Role
from tests import make
from tests.attestations import scene
from tests.conftest import sign_in

HOME = "/acme/attestations"


def zipped(browser: FlaskClient, **chosen: object) -> TestResponse:
    """What is chosen, as one archive; by the address that the form is answered with."""
    return browser.post(f"{HOME}/zip", data=chosen, follow_redirects=True)


def unzipped(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_zip_holds_every_document_and_the_list_of_their_digests(
    desk: FlaskClient, owner: Actor, fleet: list[uuid.UUID]
) -> None:
    ids = scene.made(owner, *fleet)
    rows = [scene.one(each) for each in ids]
    expected, batch_id = {row.number: row.pdf_sha256 for row in rows}, rows[0].batch_id
    db.session.rollback()

    answer = zipped(desk, batch=str(batch_id))

    files = unzipped(answer.data)
    listed = list(
        csv.reader(io.StringIO(files.pop("SHA256.csv").decode("utf-8-sig")), delimiter=";")
    )
    assert answer.mimetype == "application/zip"
    assert {name[:13]: sha256_hex(content) for name, content in files.items()} == expected
    assert {row[0]: row[4] for row in listed[1:]} == expected
    assert {row[3] for row in listed[1:]} == set(files)
    event = db.session.scalars(
        select(AuditEvent).where(AuditEvent.action == "attestation.downloaded")
    ).one()
    assert (event.actor_id, event.details["count"]) == (owner.user_id, 3)


def test_a_zip_of_ticked_lines_leaves_out_what_is_not_ready_or_not_ours(
    desk: FlaskClient, owner: Actor, fleet: list[uuid.UUID]
) -> None:
    (ready,) = scene.made(owner, fleet[0])
    (waiting,) = scene.order(owner, fleet[1])
    db.session.rollback()

    answer = zipped(desk, ids=[str(ready), str(waiting), str(uuid.uuid4()), "x"])

    assert len(unzipped(answer.data)) == 2


def test_a_zip_is_sent_after_the_request_is_over(
    desk: FlaskClient, owner: Actor, fleet: list[uuid.UUID]
) -> None:
    """As a server does: in a context that knows neither the request nor the app."""
    ids = scene.made(owner, *fleet)
    answer = zipped(desk, ids=[str(each) for each in ids])

    data = Context().run(b"".join, cast("Iterable[bytes]", answer.response))

    assert len(unzipped(data)) == 4


def test_a_zip_of_nothing_is_not_found(desk: FlaskClient, fleet: list[uuid.UUID]) -> None:
    assert desk.post(f"{HOME}/zip", data={"ids": "x"}).status_code == 404
    assert desk.post(f"{HOME}/zip").status_code == 404


def _noted() -> int:
    query = select(func.count()).where(AuditEvent.action == "attestation.downloaded")
    found = db.session.scalar(query) or 0
    db.session.rollback()
    return found


def test_the_address_of_a_zip_names_what_was_ticked_and_each_taking_of_it_is_a_deed(
    desk: FlaskClient, owner: Actor, fleet: list[uuid.UUID]
) -> None:
    first, second, _ = scene.made(owner, *fleet)
    numbers = {each: scene.one(each).number for each in (first, second)}
    db.session.rollback()

    links = {
        each: desk.post(f"{HOME}/zip", data={"ids": str(each)}).location for each in (first, second)
    }
    asked = _noted()
    taken = {
        each: [unzipped(desk.get(link).data) for _ in range(2)] for each, link in links.items()
    }

    for each, twice in taken.items():
        for files in twice:
            assert [name[:13] for name in files] == [numbers[each], "SHA256.csv"]
    assert (asked, _noted()) == (0, 4)


def test_what_was_ticked_is_asked_again_of_whoever_comes_with_the_address(
    app: Flask, owner: Actor, fleet: list[uuid.UUID]
) -> None:
    """Hers for as long as she is listed there, and nobody else's."""
    ids = [str(each) for each in scene.made(owner, *fleet[:2])]
    hers, theirs = (make.member(Role.DIRECTOR, establishments=fleet[:2]) for _ in range(2))
    db.session.rollback()
    sign_in(client := app.test_client(), hers)
    sign_in(other := app.test_client(), theirs)
    link = client.post(f"{HOME}/zip", data={"ids": ids}).location

    before = len(unzipped(client.get(link).data))
    foreign = other.get(link).status_code
    listed = MembershipEstablishment
    db.session.execute(
        delete(listed).where(
            listed.establishment_id == fleet[1],
            listed.membership_id.in_(
                select(Membership.id).where(Membership.user_id == hers.user_id)
            ),
        )
    )
    db.session.commit()

    assert (before, foreign, len(unzipped(client.get(link).data))) == (3, 404, 2)


def test_as_many_can_be_ticked_as_an_address_can_name(
    desk: FlaskClient, owner: Actor, fleet: list[uuid.UUID]
) -> None:
    """Gunicorn takes 4,094 letters of a request's first line; a page of the list has fifty."""
    (made,) = scene.made(owner, fleet[0])
    ticked = [str(made), *(str(uuid.uuid4()) for _ in range(99))]

    answer = desk.post(f"{HOME}/zip", data={"ids": ticked})
    more = desk.post(f"{HOME}/zip", data={"ids": [*ticked, str(uuid.uuid4())]})

    assert len(f"GET {answer.location} HTTP/1.1") < 3_500
    assert len(unzipped(desk.get(answer.location).data)) == 2
    assert (more.status_code, "100" in more.text) == (422, True)


def test_a_zip_names_what_it_cannot_vouch_for(
    desk: FlaskClient, owner: Actor, fleet: list[uuid.UUID]
) -> None:
    ids = scene.made(owner, *fleet)
    batch_id = scene.one(ids[0]).batch_id
    storage.current().delete(scene.one(ids[0]).pdf_key or "")
    db.session.rollback()

    files = unzipped(zipped(desk, batch=str(batch_id)).data)

    assert len(files) == 3
    assert files["SHA256.csv"].decode().count("ATT-") == 5


def test_a_director_s_zip_holds_hers_and_is_journalled_at_her_establishment(
    client: FlaskClient, owner: Actor, fleet: list[uuid.UUID]
) -> None:
    ids = scene.made(owner, *fleet)
    sign_in(client, scene.director_of(fleet[0]))

    answer = zipped(client, ids=[str(each) for each in ids])

    assert len(unzipped(answer.data)) == 2
    event = db.session.scalars(
        select(AuditEvent).where(AuditEvent.action == "attestation.downloaded")
    ).one()
    assert event.establishment_id == fleet[0]

"""Whoever holds a link, or a wrong one: what the page tells, and what it never does twice."""

import base64
import io
import logging
import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask, request
from flask.testing import FlaskClient

from portal.collecting.models import FileRequest, RequestState
from portal.evidence import intake, proposals
from portal.kit import clock
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tenants.models import Membership
from tests import make
from tests.collecting.links import ASKED, SECRET, asked, asks, gives, link_on, where
from tests.conftest import sign_in
from tests.evidence import proofs
from tests.evidence.test_deposit import stored
from tests.kit.test_bodies import announce
from tests.vault import samples


def test_the_link_is_told_once_and_only_its_digest_is_kept(
    at_work: FlaskClient, superuser: sa.Connection
) -> None:
    link = asks(at_work)
    again = at_work.get(where()).text

    assert "/depot/" not in again
    assert link.rsplit("/", 1)[1] not in repr(vars(asked()))


def test_the_page_tells_who_asks_and_what_and_nothing_more(
    at_work: FlaskClient, outside: FlaskClient, owner: Actor
) -> None:
    home = make.establishment("Résidence du Port")
    proofs.note(owner, "ASSU-03", title="Pièce confidentielle", establishment_ids=[home])
    link = asks(at_work, message="Celle de 2027.")
    looked = [outside.get(link) for _ in range(3)]

    assert [page.status_code for page in looked] == [200] * 3
    assert SECRET in looked[0].text
    assert "Acme" in looked[0].text
    assert "Celle de 2027." in looked[0].text
    for hidden in ("ASSU-03", "Résidence du Port", "Pièce confidentielle", str(owner.tenant_id)):
        assert hidden not in looked[0].text
    assert asked().state is RequestState.OPEN


def test_used_revoked_late_renewed_unknown_and_nonsense_are_never_told_apart(
    at_work: FlaskClient, outside: FlaskClient, owner: Actor
) -> None:
    used = asks(at_work)
    gives(outside, used)
    db.session.execute(sa.text("UPDATE file_request SET title = 'x'"))
    db.session.commit()
    answers = [outside.get(used), gives(outside, used)]
    revoked = asks(at_work)
    row = db.session.scalars(sa.select(FileRequest).order_by(FileRequest.id.desc())).first()
    assert row is not None
    place = f"{ASKED}/{row.id}"
    db.session.rollback()
    at_work.post(f"{place}/revoquer")
    answers.append(outside.get(revoked))
    renewed = link_on(
        at_work.get(
            at_work.post(f"{place}/relancer", data={"due_on": clock.today().isoformat()}).location
        ).text
    )
    at_work.post(f"{place}/relancer", data={"due_on": clock.today().isoformat()})
    answers.append(outside.get(renewed))
    late = asks(at_work)
    with time_machine.travel(clock.now() + timedelta(21), tick=False):
        answers += [outside.get(late), gives(outside, late)]
    answers += [outside.get("/depot/x"), outside.get(late[:-6] + "AAAA==")]

    told = {re.sub(r'value="[^"]{40,}"', "", answer.text) for answer in answers}
    assert {answer.status_code for answer in answers} == {404}
    assert len(told) == 1
    assert "Ce lien n’ouvre plus rien" in told.pop()


def test_a_link_of_another_tenant_opens_nothing(
    at_work: FlaskClient, outside: FlaskClient, stranger: Actor
) -> None:
    raw = bytearray(base64.urlsafe_b64decode(asks(at_work).rsplit("/", 1)[1]))
    raw[:16] = stranger.tenant_id.bytes
    forged = base64.urlsafe_b64encode(bytes(raw)).decode()

    assert outside.get(f"/depot/{forged}").status_code == 404
    with tenant_scope(stranger.tenant_id):
        assert not db.session.scalar(sa.select(sa.func.count()).select_from(FileRequest))
        db.session.rollback()


@pytest.mark.parametrize(
    ("content", "name", "status"),
    [
        (b"MZ\x90\x00", "a.exe", 422),
        (b"MZ\x90\x00", "a.pdf", 422),
        (b"", "a.pdf", 422),
        (b"%PDF-1.7" + b"0" * intake.LIMIT, "a.pdf", 413),
    ],
)
def test_what_is_wrong_at_first_sight_is_told_and_the_link_still_serves(
    at_work: FlaskClient, outside: FlaskClient, app: Flask, content: bytes, name: str, status: int
) -> None:
    link, before = asks(at_work), stored(app)
    refused = gives(outside, link, content, name)

    assert refused.status_code == status
    assert stored(app) == before
    assert gives(outside, link).status_code == 303


def test_whoever_deposits_after_another_by_one_link_leaves_nothing(
    at_work: FlaskClient, app: Flask
) -> None:
    link, before = asks(at_work), stored(app)
    answers = [gives(app.test_client(), link).status_code for _ in range(3)]

    assert sorted(answers) == [303, 404, 404]
    assert stored(app) == before + 1


def test_whoever_asked_and_left_takes_nothing_in_any_more(
    at_work: FlaskClient, outside: FlaskClient, technician: Actor
) -> None:
    sign_in(at_work, technician)
    link = asks(at_work)
    db.session.execute(
        sa.update(Membership)
        .where(Membership.user_id == technician.user_id)
        .values(revoked_at=clock.now())
    )
    db.session.commit()

    assert outside.get(link).status_code == 404


def test_tries_by_one_link_are_counted(at_work: FlaskClient, outside: FlaskClient) -> None:
    link = asks(at_work)
    answers = [gives(outside, link, b"", "a.pdf").status_code for _ in range(21)]

    assert answers == [422] * 20 + [429]


def test_nothing_is_read_of_whoever_has_no_link(
    app: Flask, at_work: FlaskClient, outside: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = asks(at_work)
    at_work.post(f"{where()}/revoquer")
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)

    assert announce(outside, "/depot/x", 1_000_000).status_code == 404
    assert announce(outside, link, 1_000_000).status_code == 404


def test_with_a_link_the_page_s_own_token_is_needed_besides(
    app: Flask, at_work: FlaskClient, outside: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = asks(at_work)
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    without = gives(outside, link)
    token = re.findall(r'name="csrf_token" value="([^"]+)"', outside.get(link).text)[0]
    file = (io.BytesIO(samples.PDF), "a.pdf")
    done = outside.post(
        link, data={"file": file, "csrf_token": token}, content_type="multipart/form-data"
    )
    done.request.environ["wsgi.input"].close()

    assert without.status_code == 400
    assert done.status_code == 303
    assert asked().state is RequestState.DEPOSITED


@pytest.mark.parametrize("fails", [False, True], ids=["going well", "failing"])
def test_the_link_stays_out_of_the_log(
    app: Flask,
    at_work: FlaskClient,
    outside: FlaskClient,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    fails: bool,
) -> None:
    link = asks(at_work)
    token = link.rsplit("/", 1)[1]
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    if fails:
        monkeypatch.setattr(proposals, "propose", _fail)
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("werkzeug").info('127.0.0.1 "POST %s HTTP/1.1" 303', link)
        answer = gives(outside, link)

    assert (answer.status_code == 500) is fails
    assert ("RuntimeError" in caplog.text) is fails
    assert "/depot/[…]" in caplog.text
    assert token not in caplog.text


def _fail(*_: object, **__: object) -> None:
    raise RuntimeError(request.full_path, request.view_args)

"""An address whose messages come back is written to no more, until somebody lifts it."""

import json
import time
import uuid
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.config import Settings
from portal.kit import clock, numbering, returned
from portal.kit.returned import Fault, Returned
from portal.reminders import queries, returns, service
from portal.reminders.drafting import Digest
from portal.reminders.kinds import Kind, Subject
from portal.reminders.models import Mail, MailState, Reminder
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tests.conftest import sign_in
from tests.reminders import scene

SECRET = "shared-with-the-mail-service"


def _sent(owner: Actor) -> Mail:
    digest = Digest(scene.recipient(owner), uuid.uuid4(), [], [])
    letter = service.Letter("Une échéance", "Bonjour.\n", "<p>Bonjour.</p>")
    number = numbering.written(digest.mail_id)
    now = clock.now()
    service.write(digest, letter, message_id=number, send_at=now, day=clock.day_of(now))
    mail = queries.mail(digest.mail_id)
    mail.state = MailState.SENT
    db.session.add(
        Reminder(
            user_id=owner.user_id, subject=Subject.EVIDENCE, subject_id=uuid.uuid4(),
            due_on=scene.TODAY, stage=7, mail_id=mail.id,
        )
    )  # fmt: skip
    db.session.commit()
    return mail


def _report(mail: Mail, *, action: str = "failed", status: str = "5.1.1") -> bytes:
    """As RFC 3464 has it; the headers alone of what came back, as servers send by default."""
    return (
        "From: MAILER-DAEMON@relay.example\r\nTo: retours@treize.example\r\n"
        "Subject: Undelivered Mail\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; relay.example\r\n\r\n"
        f"Final-Recipient: rfc822; {mail.to_address.upper()}\r\nAction: {action}\r\n"
        f"Status: {status}\r\nDiagnostic-Code: smtp; 550 no such person\r\n\r\n"
        "--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        f"Message-ID: {mail.message_id}\r\nTo: {mail.to_address}\r\n\r\n--b--\r\n"
    ).encode()


def _complaint(mail: Mail) -> bytes:
    """As RFC 5965 has it, with the whole message."""
    original = EmailMessage()
    original["Message-ID"], original["To"] = mail.message_id, f"Olga <{mail.to_address}>"
    original.set_content("Bonjour.")
    return (
        "From: fbl@provider.example\r\nTo: retours@treize.example\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type="feedback-report"; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: message/feedback-report\r\n\r\n"
        "Feedback-Type: abuse\r\nVersion: 1\r\nUser-Agent: P/1\r\n\r\n"
        f"--b\r\nContent-Type: message/rfc822\r\n\r\n{original}\r\n--b--\r\n"
    ).encode()


def _take(owner: Actor, raw: bytes) -> int:
    noted = returns.take(returned.read(raw), at=clock.now())
    db.session.rollback()
    return noted


def test_an_address_refused_for_good_is_written_to_no_more(owner: Actor) -> None:
    mail, next_one = _sent(owner), _sent(owner)
    next_one.state = MailState.READY
    db.session.commit()
    next_id, address = next_one.id, mail.to_address

    assert _take(owner, _report(mail)) == 1
    (row,) = returns.suppressions()
    assert (row.address, row.reason) == (address, Fault.HARD)
    assert row.detail == "smtp; 550 no such person"
    assert service.take(next_id, at=clock.now()) is None


def test_what_is_told_twice_is_noted_once(owner: Actor) -> None:
    mail = _sent(owner)

    assert [_take(owner, _report(mail)) for _ in range(2)] == [1, 0]


@pytest.mark.parametrize("status", ["4.4.7", "5.2.2"])
def test_refused_for_now_is_counted_and_five_times_is_for_good(owner: Actor, status: str) -> None:
    stopped = []
    for _ in range(returns.SOFT_MOST):
        _take(owner, _report(_sent(owner), status=status))
        stopped.append(bool(returns.suppressions()))

    assert stopped == [False] * 4 + [True]


def test_late_is_not_lost(owner: Actor) -> None:
    assert _take(owner, _report(_sent(owner), action="delayed", status="4.4.1")) == 0


def test_who_complains_is_told_no_more_of_that_kind(owner: Actor) -> None:
    mail = _sent(owner)

    assert _take(owner, _complaint(mail)) == 1
    assert queries.declined()[owner.user_id] == {Kind.PROOF}
    assert returns.suppressions() == []


def test_a_report_about_somebody_else_s_address_is_not_believed(owner: Actor) -> None:
    mail = _sent(owner)
    told = Returned(Fault.HARD, mail.message_id, "victim@acme.example", "")

    assert returns.take([told], at=clock.now()) == 0


@pytest.mark.parametrize("change", [lambda n: n.replace("<", "<0"), lambda _: "<a@b>", str.upper])
def test_a_number_that_we_did_not_write_names_nothing(
    owner: Actor, change: Callable[[str], str]
) -> None:
    number = numbering.written(uuid.uuid4())

    assert numbering.read(number) is not None
    assert numbering.read(change(number)) is None


@pytest.mark.parametrize(
    "raw",
    [b"", b"Subject: hello\r\n\r\nhi", b"\xff\xfe\x00", b"Content-Type: multipart/report\r\n"],
)
def test_other_mail_tells_nothing(raw: bytes) -> None:
    assert returned.read(raw) == []


def _nested(times: int) -> bytes:
    """Messages one in another, deeper than Python's reader goes."""
    opening = (
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n"
    )
    return opening + b"Content-Type: message/rfc822\r\n\r\n" * times + b"x\r\n--b--\r\n"


def test_a_message_written_to_stop_the_reading_does_not() -> None:
    assert returned.read(_nested(3000)) == []


def test_a_report_in_an_unknown_encoding_is_read_by_its_bytes(owner: Actor) -> None:
    raw = _report(_sent(owner)).replace(b"rfc822-headers", b"rfc822-headers; charset=none-such")

    assert _take(owner, raw) == 1


def test_signs_that_the_database_cannot_keep_are_left_out(owner: Actor) -> None:
    raw = _report(_sent(owner)).replace(b"no such", b"no\x00 such\x1b")

    assert _take(owner, raw) == 1
    assert returns.suppressions()[0].detail == "smtp; 550 no such person"


@pytest.fixture
def told(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    settings: Settings = app.config["SETTINGS"]
    changed = {**vars(settings), "mail_webhook_token": SECRET}
    monkeypatch.setitem(app.config, "SETTINGS", Settings(**changed))


def test_a_mail_service_tells_by_its_secret(
    app: Flask, owner: Actor, told: None, client: FlaskClient
) -> None:
    mail = _sent(owner)
    entry = {"fault": "hard", "message_id": mail.message_id, "address": mail.to_address}
    raw, headers = _report(mail), {"Authorization": f"Bearer {SECRET}"}

    stranger = client.post("/courrier/retours", data=json.dumps([entry]))
    muddled = client.post("/courrier/retours", data=b'{"fault": 1}', headers=headers)
    noted = client.post("/courrier/retours", data=json.dumps([entry]), headers=headers)
    again = client.post(
        "/courrier/retours", data=raw, headers=headers, content_type="message/rfc822"
    )

    assert (stranger.status_code, muddled.status_code) == (401, 422)
    assert (noted.json, again.json) == ({"noted": 1}, {"noted": 0})


@pytest.mark.parametrize(
    "raw",
    [
        b'[{"fault": "hard", "message_id": 5, "address": "a@b.example"}]',
        b'[{"fault": "hard", "message_id": "<a.b.\\ud800@x>", "address": "a@b.example"}]',
        b'[{"fault": "hard", "message_id": "<a@x>", "address": null}]',
        b'["hard"]',
        b"[" * 100_000,
        b"\xff",
    ],
    ids=["number", "half a sign", "nobody", "word", "nested", "no text"],
)
def test_what_is_no_list_of_returns_is_refused_whole(
    told: None, client: FlaskClient, raw: bytes
) -> None:
    headers = {"Authorization": f"Bearer {SECRET}"}

    assert client.post("/courrier/retours", data=raw, headers=headers).status_code == 422


def test_without_a_secret_there_is_no_such_address(client: FlaskClient, owner: Actor) -> None:
    assert client.post("/courrier/retours", data="[]").status_code == 404


def test_the_command_reads_a_mailbox_once(app: Flask, owner: Actor, tmp_path: Path) -> None:
    for folder in ("new", "cur", "tmp"):
        (tmp_path / folder).mkdir()
    (tmp_path / "new" / "1.report").write_bytes(_report(_sent(owner)))
    (tmp_path / "new" / "2.else").write_bytes(b"Subject: hello\r\n\r\nhi")

    said = [app.test_cli_runner().invoke(args=["mail", "read", str(tmp_path)]) for _ in range(2)]

    assert [one.output.split()[0] for one in said] == ["1", "0"]
    assert sorted(path.name for path in (tmp_path / "cur").iterdir()) == [
        "1.report:2,S", "2.else:2,S",
    ]  # fmt: skip


def test_an_owner_sees_the_address_and_lifts_it(client: FlaskClient, owner: Actor) -> None:
    mail = _sent(owner)
    address = mail.to_address
    _take(owner, _report(mail))
    (row,) = returns.suppressions()
    row_id = row.id
    db.session.rollback()
    sign_in(client, owner)

    page = client.get("/acme/rappels/adresses").text
    lifted = client.post(f"/acme/rappels/adresses/{row_id}/reprendre")

    assert address in page
    assert "refusé pour de bon" in page
    assert lifted.status_code == 303
    with tenant_scope(owner.tenant_id):
        assert returns.suppressions() == []
        assert returns.recent(5) == []


@pytest.mark.parametrize(
    ("found", "grown"),
    [(b'boundary="b"', b"; x*0=a" * 5_000), (b"550 no", b" =?utf-8?q?a?=" * 20_000)],
    ids=["parameters", "encoded words"],
)
def test_a_report_written_to_keep_us_busy_is_read_at_once(
    owner: Actor, found: bytes, grown: bytes
) -> None:
    raw = _report(_sent(owner))
    assert found in raw
    began = time.process_time()

    (told,) = returned.read(raw.replace(found, found + grown))

    assert told.fault is Fault.HARD
    # Seconds of work; taken apart word by word they were many.
    assert time.process_time() - began < 1.5


def test_a_domain_with_accents_comes_back_by_its_other_name(owner: Actor) -> None:
    mail = _sent(owner)
    mail.to_address = "olga@société.example"
    db.session.commit()
    told = _report(mail).replace(b"SOCI\xc3\x89T\xc3\x89", b"XN--SOCIT-ESAB")

    assert _take(owner, told) == 1
    assert [each.address for each in returns.suppressions()] == ["olga@société.example"]
    assert queries.is_suppressed("Olga@société.example")

"""From deposit to download with files in a bucket, the server away in between."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from portal.evidence import pipeline
from portal.evidence.models import Evidence, State
from portal.kit import clock
from portal.kit.outbox import Outbox, OutboxState
from portal.vault import service
from tenants.access import Actor
from tenants.db import db
from tests.evidence import examined
from tests.evidence.test_deposit import SHELF, deposit, kept
from tests.kit import s3_server
from tests.kit.s3_server import S3
from tests.vault import samples


@pytest.fixture
def bucket(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3]:
    """The installation keeps its files in a bucket: what STORAGE_URL=s3://… makes of it."""
    with s3_server.served() as server:
        monkeypatch.setitem(app.extensions, "storage", server.storage())
        yield server


def proofs() -> int:
    count = db.session.scalar(sa.select(sa.func.count()).select_from(Evidence))
    db.session.rollback()
    return count or 0


def download(client: FlaskClient) -> tuple[int, bytes]:
    answer = client.get(f"{SHELF}/{kept().id}/fichier", follow_redirects=True)
    return answer.status_code, answer.data


@pytest.mark.parametrize(
    ("content", "name"),
    [(samples.PDF, "essai.pdf"), (b"ligne\n" * 1_200_000, "en plusieurs envois.txt")],
)
def test_a_file_goes_into_the_bucket_sealed_and_comes_back_plain(
    at_work: FlaskClient, bucket: S3, content: bytes, name: str
) -> None:
    answer = deposit(at_work, content, name)
    answer.request.environ["wsgi.input"].close()  # the test client spools it and forgets it
    examined.all_files()
    found = kept()

    assert (found.state, download(at_work)) == (State.READY, (200, content))
    assert bucket.held() == [found.file_key]
    bucket.client("s3").delete_object(Bucket=s3_server.BUCKET, Key=found.file_key)
    assert download(at_work)[0] == 404


def test_an_image_written_anew_leaves_one_object(at_work: FlaskClient, bucket: S3) -> None:
    deposit(at_work, samples.JPEG, "photo.jpg")
    first = kept().file_key
    examined.all_files()

    assert (kept().state, bucket.held()) == (State.READY, [kept().file_key])
    assert kept().file_key != first


def test_a_refused_file_leaves_the_bucket_empty(at_work: FlaskClient, bucket: S3) -> None:
    deposit(at_work, b"essai\0", "a.txt")
    examined.all_files()

    assert (kept().state, bucket.held()) == (State.REJECTED, [])


def test_a_bucket_that_is_away_keeps_the_form_and_promises_nothing(
    at_work: FlaskClient, bucket: S3
) -> None:
    bucket.stop()
    refused = deposit(at_work, samples.PDF, "essai.pdf", title="Essai de mai")
    bucket.start()

    assert (refused.status_code, proofs(), bucket.held()) == (503, 0, [])
    assert "Rien n’a été perdu" in refused.text
    assert "Vous n’y êtes pour rien" in refused.text
    assert "est à revoir" not in refused.text
    assert "Essai de mai" in refused.text
    assert deposit(at_work, samples.PDF, "essai.pdf").status_code == 303


def test_a_bucket_that_refuses_our_key_says_that_to_whoever_deposits(
    at_work: FlaskClient, app: Flask, bucket: S3, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(
        app.extensions, "storage", bucket.storage(AWS_SECRET_ACCESS_KEY="another one")
    )
    refused = deposit(at_work, samples.PDF, "essai.pdf", title="Essai de mai")

    assert (refused.status_code, proofs()) == (503, 0)
    assert "répond et refuse" in refused.text
    assert "ne répond pas" not in refused.text
    assert "Essai de mai" in refused.text


def test_an_examination_waits_for_the_bucket_and_ends_once_it_is_back(
    at_work: FlaskClient, bucket: S3
) -> None:
    deposit(at_work, samples.PDF, "essai.pdf")
    bucket.stop()
    examined.each_once()
    row = db.session.scalars(sa.select(Outbox).where(Outbox.kind == pipeline.EXAMINE)).one()
    waiting = (row.state, row.attempts, row.away_since is not None, kept().state)
    bucket.start()
    examined.all_files()

    # As for any server that cannot be reached: it costs none of its tries.
    assert waiting == (OutboxState.READY, 0, True, State.QUARANTINE)
    assert (kept().state, download(at_work)) == (State.READY, (200, samples.PDF))


def test_a_bucket_that_is_away_at_a_download_says_so(at_work: FlaskClient, bucket: S3) -> None:
    deposit(at_work, samples.PDF, "essai.pdf")
    examined.all_files()
    bucket.stop()
    away = download(at_work)[0]
    bucket.start()

    assert (away, download(at_work)) == (503, (200, samples.PDF))


def test_a_destroyed_key_leaves_objects_that_tell_nothing(
    at_work: FlaskClient, bucket: S3, owner: Actor
) -> None:
    deposit(at_work, samples.PDF, "essai.pdf")
    examined.all_files()
    service.destroy(owner, at=clock.now())
    db.session.commit()
    body = bucket.client("s3").get_object(Bucket=s3_server.BUCKET, Key=kept().file_key)["Body"]

    assert download(at_work)[0] == 410
    assert b"%PDF" not in body.read()

"""The storage over a bucket: a real client, a real server that speaks S3 and checks signatures."""

import io
import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from portal.kit.errors import Conflict, NotFound, Unavailable
from portal.kit.storage import PART, Storage, TooLarge, new_key
from portal.kit.storage_faults import StoreAway, StoreRefuses
from tests.kit import s3_server
from tests.kit.s3_server import S3
from tests.kit.test_storage import TENANT

s3 = s3_server.s3


@pytest.mark.parametrize("size", [0, 1, PART - 1, PART, PART + 1, 2 * PART + 7])
def test_every_size_around_a_part_comes_back_from_a_bucket(s3: S3, size: int) -> None:
    data, storage, key = os.urandom(size), s3.storage(), new_key(TENANT, "evidence")

    stored = storage.put(key, io.BytesIO(data), limit=size)

    assert b"".join(storage.open(key)) == data
    assert storage.size(key) == stored.size == size
    assert s3.held() == [key]


def test_a_bucket_may_be_shared_under_a_prefix(s3: S3) -> None:
    storage, key = s3.storage(f"s3://{s3_server.BUCKET}/treize"), new_key(TENANT, "evidence")

    storage.put(key, b"abc", limit=3)

    assert (storage.read(key), s3.held()) == (b"abc", [f"treize/{key}"])


@pytest.mark.parametrize("size", [3, PART + 3])
def test_what_is_there_is_never_written_over(s3: S3, size: int) -> None:
    storage, key = s3.storage(), new_key(TENANT, "evidence")
    storage.put(key, b"first", limit=10)

    with pytest.raises(Conflict):
        storage.put(key, b"x" * size, limit=2 * size)

    assert storage.read(key) == b"first"


@pytest.mark.parametrize("size", [9, 2 * PART])
def test_a_file_past_the_cap_leaves_nothing_in_the_bucket(s3: S3, size: int) -> None:
    with pytest.raises(TooLarge):
        s3.storage().put(new_key(TENANT, "evidence"), b"x" * size, limit=size - 1)

    assert s3.held() == []


def test_a_source_that_breaks_midway_leaves_no_part_of_an_upload(s3: S3) -> None:
    def broken() -> Iterator[bytes]:
        yield b"x" * (PART + 1)
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        s3.storage().put(new_key(TENANT, "evidence"), broken(), limit=10**9)

    assert s3.held() == []


def test_deleting_is_done_and_twice_is_no_error(s3: S3) -> None:
    storage, key = s3.storage(), new_key(TENANT, "evidence")
    storage.put(key, b"x", limit=1)

    storage.delete(key)
    storage.delete(key)

    with pytest.raises(NotFound):
        storage.open(key)
    with pytest.raises(NotFound):
        storage.size(key)
    assert s3.held() == []


def _all_of_it(storage: Storage, key: str, fault: type[Unavailable]) -> None:
    """Neither written, nor read, nor, least of all, said to be deleted."""
    with pytest.raises(fault):
        storage.put(key, b"x", limit=1)
    with pytest.raises(fault):
        storage.put(key, b"x" * PART, limit=PART)
    with pytest.raises(fault):
        storage.open(key)
    with pytest.raises(fault):
        storage.delete(key)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"AWS_SECRET_ACCESS_KEY": "wrong"}, "SignatureDoesNotMatch"),
        ({"AWS_ACCESS_KEY_ID": "AKIANOBODY"}, "InvalidAccessKeyId"),
    ],
)
def test_a_wrong_key_is_told_to_the_operator_and_loses_nothing(
    s3: S3, other: dict[str, str], said: str, caplog: pytest.LogCaptureFixture
) -> None:
    key = new_key(TENANT, "evidence")
    s3.storage().put(key, b"x", limit=1)

    with caplog.at_level(logging.ERROR):
        _all_of_it(s3.storage(**other), key, StoreRefuses)

    assert said in caplog.text
    assert s3.secret not in caplog.text
    assert s3.storage().read(key) == b"x"


def test_a_bucket_that_is_not_there_is_not_taken_for_a_missing_file(
    s3: S3, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        _all_of_it(s3.storage("s3://elsewhere"), new_key(TENANT, "evidence"), StoreRefuses)

    assert "NoSuchBucket" in caplog.text


def test_a_server_that_is_away_is_told_soon_and_serves_again(s3: S3) -> None:
    storage, key = s3.storage(), new_key(TENANT, "evidence")
    storage.put(key, b"before", limit=10)
    s3.stop()
    begun = time.monotonic()

    _all_of_it(storage, key, StoreAway)
    waited = time.monotonic() - begun
    s3.start()

    assert waited < 60, "four refusals, each within its patience"
    assert storage.read(key) == b"before"


@contextmanager
def _answering(status: int) -> Iterator[str]:
    """The address of a server that says this and nothing else."""

    class Answers(BaseHTTPRequestHandler):
        def parse_request(self) -> bool:
            if super().parse_request():
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.send_response(status)
                self.end_headers()
            return False

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(
    ("status", "fault"), [(500, StoreAway), (503, StoreAway), (403, StoreRefuses)]
)
def test_a_server_that_breaks_down_is_away_and_one_that_forbids_is_not(
    s3: S3, status: int, fault: type[Unavailable]
) -> None:
    with _answering(status) as address:
        storage = s3.storage(AWS_ENDPOINT_URL=address)

        _all_of_it(storage, new_key(TENANT, "evidence"), fault)

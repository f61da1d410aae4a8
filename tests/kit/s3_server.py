"""A server that speaks S3 on loopback: it checks signatures, and may be stopped for a while."""

import json
import socket
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, Self

import boto3
import pytest
from moto.server import ThreadedMotoServer

from portal.kit.storage import Storage

BUCKET: Final = "preuves"
_REGION: Final = "eu-west-3"
_POLICY: Final = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": ["*"]}],
}
#: How many requests are taken without a look at who signed them: those that make the account.
_UNSIGNED: Final = 3


class S3:
    """One account with one bucket; what is in it outlives a stop of the server."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port: int = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self._port}"
        self._server: ThreadedMotoServer | None = None
        self.start()
        self._tell("reset", b"")
        self._tell("reset-auth", str(_UNSIGNED).encode())
        self.user, self.secret = self._account()
        self.client("s3").create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": _REGION}
        )

    def start(self) -> None:
        self._server = ThreadedMotoServer("127.0.0.1", self._port, verbose=False)
        self._server.start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.stop()
        self._server = None

    def environment(self, **other: str) -> dict[str, str]:
        """What an installation is told; ``other`` in the place of the true ones."""
        return {
            "AWS_ENDPOINT_URL": self.address,
            "AWS_REGION": _REGION,
            "AWS_ACCESS_KEY_ID": self.user,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            **other,
        }

    def storage(self, url: str = f"s3://{BUCKET}", **other: str) -> Storage:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.environment(**other).items():
                patch.setenv(name, value)
            return Storage.from_url(url)

    def client(self, service: str, user: str = "", secret: str = "") -> Any:
        return boto3.client(
            service,
            endpoint_url=self.address,
            region_name=_REGION,
            aws_access_key_id=user or self.user,
            aws_secret_access_key=secret or self.secret,
        )

    def held(self) -> list[str]:
        """The keys of what is there, and of uploads that nobody ended."""
        s3 = self.client("s3")
        there = s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])
        begun = s3.list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])
        return [one["Key"] for one in [*there, *begun]]

    def _account(self) -> tuple[str, str]:
        iam = self.client("iam", "nobody", "yet")
        iam.create_user(UserName="treize")
        made = iam.create_access_key(UserName="treize")["AccessKey"]
        iam.put_user_policy(UserName="treize", PolicyName="all", PolicyDocument=json.dumps(_POLICY))
        return made["AccessKeyId"], made["SecretAccessKey"]

    def _tell(self, what: str, said: bytes) -> None:
        asked = urllib.request.Request(  # noqa: S310 -- our own address
            f"{self.address}/moto-api/{what}", said, {"Content-Type": "text/plain"}
        )
        urllib.request.urlopen(asked, timeout=10).close()  # noqa: S310 -- as above

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_failure: object) -> None:
        self.stop()


@contextmanager
def served() -> Iterator[S3]:
    with S3() as server:
        yield server


@pytest.fixture
def s3() -> Iterator[S3]:
    with served() as server:
        yield server

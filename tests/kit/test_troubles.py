"""What an error comes to, for whoever waits for the work it kept from being done."""

import errno
import os
import shutil
from pathlib import Path

import pytest
from redis.exceptions import ConnectionError as QueueAway
from rq.timeouts import JobTimeoutException
from sqlalchemy.exc import OperationalError
from typst import TypstError

from portal.attestations.snapshot import BadSnapshot
from portal.kit import storage, troubles
from portal.kit.errors import NotFound, Trouble
from portal.kit.keyfiles import ExposedKeyError
from portal.kit.sealing import DeviceAway, NotSealed
from portal.kit.stamping import AuthorityAway, BadStamp, NoTime
from portal.kit.storage import Storage
from portal.kit.storage_faults import StoreAway, StoreRefuses
from portal.publiclog.growing import RolledBack
from portal.vault.cipher import Tampered
from portal.vault.clamd import ScannerDown

KEY = "tenants/00000000-0000-0000-0000-000000000000/import/00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (NotSealed("no PIN"), Trouble.SEAL),
        (DeviceAway("no token"), Trouble.DEVICE),
        (ExposedKeyError("chmod"), Trouble.SEAL),
        (NoTime("refuses"), Trouble.TIME),
        (AuthorityAway("silent"), Trouble.CLOCK),
        (BadStamp("false"), Trouble.TIME),
        (RolledBack("gone"), Trouble.LOG),
        (ScannerDown("away"), Trouble.SCANNER),
        (BadSnapshot(reason="altered"), Trouble.SPOILT),
        (Tampered("chunk 3"), Trouble.SPOILT),
        (NotFound(), Trouble.LOST),
        (StoreAway(), Trouble.STORE),
        (StoreRefuses(), Trouble.SHUT),
        (OSError(errno.ENOSPC, "full"), Trouble.FULL),
        (OperationalError("SELECT", {}, ValueError()), Trouble.DATABASE),
        (QueueAway(), Trouble.QUEUE),
        (JobTimeoutException(), Trouble.SLOW),
        (TypstError("no such font", ""), Trouble.LAYOUT),
        (LookupError("whatever"), Trouble.UNKNOWN),
    ],
    ids=lambda it: it.value if isinstance(it, Trouble) else type(it).__name__,
)
def test_each_error_has_its_trouble(error: Exception, trouble: Trouble) -> None:
    assert troubles.named(error) is trouble


def test_what_lies_beneath_an_error_is_told_before_it() -> None:
    beneath = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    refuses = StoreRefuses()
    refuses.__cause__ = beneath

    assert troubles.named(refuses) is Trouble.FULL


def test_a_store_that_is_gone_is_told_as_such(tmp_path: Path) -> None:
    store = Storage.from_url(f"file://{tmp_path}/files")
    shutil.rmtree(tmp_path / "files")
    (tmp_path / "files").write_text("not a folder")

    with pytest.raises(StoreAway) as raised:
        store.put(KEY, b"content", limit=100)

    assert troubles.named(raised.value) is Trouble.STORE


def test_errors_that_turn_in_a_circle_are_told_all_the_same() -> None:
    one, other = LookupError("one"), LookupError("other")
    one.__cause__, other.__cause__ = other, one

    assert troubles.named(one) is Trouble.UNKNOWN


def test_a_file_that_is_not_there_any_more_is_lost(tmp_path: Path) -> None:
    store = storage.Storage.from_url(f"file://{tmp_path}/files")

    with pytest.raises(NotFound) as raised:
        store.read(KEY)

    assert troubles.named(raised.value) is Trouble.LOST

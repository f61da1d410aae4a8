import io
import os
import stat
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.kit.errors import Conflict, NotFound
from portal.kit.storage import PART, Misplaced, Storage, TooLarge, new_key
from portal.kit.storage_faults import StoreAway

TENANT = uuid.UUID("01890000-0000-7000-8000-000000000001")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "files"


@pytest.fixture
def storage(folder: Path) -> Storage:
    return Storage.from_url(folder.as_uri())


def left_behind(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_what_is_put_is_read_back_with_its_size_and_hash(storage: Storage) -> None:
    key = new_key(TENANT, "evidence")

    stored = storage.put(key, b"abc", limit=10)

    assert storage.read(key) == b"abc"
    assert storage.size(key) == stored.size == 3
    assert stored.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.parametrize("size", [0, 1, PART - 1, PART, PART + 1, 2 * PART + 7])
def test_every_size_around_a_part_survives(storage: Storage, size: int) -> None:
    data = os.urandom(size)
    key = new_key(TENANT, "evidence")

    storage.put(key, io.BytesIO(data), limit=size)

    assert b"".join(storage.open(key)) == data


@pytest.mark.parametrize("size", [3, PART + 3])
def test_a_taken_key_is_refused_and_keeps_its_content(storage: Storage, size: int) -> None:
    key = new_key(TENANT, "evidence")
    storage.put(key, b"first", limit=10)

    with pytest.raises(Conflict):
        storage.put(key, b"x" * size, limit=2 * size)

    assert storage.read(key) == b"first"


@pytest.mark.parametrize("limit", [5, PART, 2 * PART])
def test_a_file_past_the_cap_leaves_nothing(storage: Storage, folder: Path, limit: int) -> None:
    pieces = (b"x" * 1000 for _ in range(limit // 1000 + 2))

    with pytest.raises(TooLarge):
        storage.put(new_key(TENANT, "evidence"), pieces, limit=limit)

    assert left_behind(folder) == []


def test_a_source_that_breaks_midway_leaves_nothing(storage: Storage, folder: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"x" * (PART + 1)
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        storage.put(new_key(TENANT, "evidence"), broken(), limit=3 * PART)

    assert left_behind(folder) == []


@pytest.mark.parametrize(
    "key",
    [
        "../etc/passwd",
        "/etc/passwd",
        "tenants/../../etc",
        f"tenants/{TENANT}/evidence/../../x",
        f"tenants/{TENANT}/evidence/{TENANT}/../x",
        f"tenants/{TENANT}/evidence/{TENANT}\n",
        "",
    ],
)
def test_a_key_that_was_not_made_here_is_refused(storage: Storage, folder: Path, key: str) -> None:
    for act in (storage.read, storage.size, storage.delete, storage.open):
        with pytest.raises(Misplaced):
            act(key)
    with pytest.raises(Misplaced):
        storage.put(key, b"x", limit=10)

    assert left_behind(folder) == []


def test_a_kind_cannot_smuggle_a_path() -> None:
    with pytest.raises(Misplaced):
        new_key(TENANT, "../x")


def test_a_missing_file_is_told_before_the_first_piece(storage: Storage) -> None:
    with pytest.raises(NotFound):
        storage.open(new_key(TENANT, "evidence"))


def test_deleting_twice_is_no_error(storage: Storage) -> None:
    key = new_key(TENANT, "evidence")
    storage.put(key, b"x", limit=1)

    storage.delete(key)
    storage.delete(key)

    with pytest.raises(NotFound):
        storage.size(key)


def test_the_folder_is_private(storage: Storage, folder: Path) -> None:
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_file_in_parts_needs_little_memory(folder: Path) -> None:
    script = """
import resource, sys, uuid
from portal.kit.storage import Storage, new_key
storage, key = Storage.from_url(sys.argv[1]), new_key(uuid.uuid4(), "evidence")
storage.put(key, b"warm" * 1_500_000, limit=10**9)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
key = new_key(uuid.uuid4(), "evidence")
storage.put(key, (b"x" * 1_000_000 for _ in range(200)), limit=10**9)
assert sum(map(len, storage.open(key))) == 200_000_000
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    run = subprocess.run(
        [sys.executable, "-c", script, folder.as_uri()], capture_output=True, text=True, check=True
    )

    assert int(run.stdout) < 60_000, "kB more for 200 MB"


@pytest.mark.parametrize("instead", ["nothing", "a file"])
def test_a_folder_that_is_gone_is_away_and_serves_again(
    storage: Storage, folder: Path, instead: str
) -> None:
    """Neither made anew, which another disk would take, nor are its files told as missing."""
    key = new_key(TENANT, "evidence")
    storage.put(key, b"before", limit=10)
    elsewhere = folder.rename(folder.with_name("unmounted"))
    if instead == "a file":
        folder.touch()

    with pytest.raises(StoreAway):
        storage.put(new_key(TENANT, "evidence"), b"x", limit=1)
    with pytest.raises(StoreAway):
        storage.put(new_key(TENANT, "evidence"), b"x" * PART, limit=PART)
    with pytest.raises(StoreAway):
        storage.open(key)
    with pytest.raises(StoreAway):
        storage.size(key)
    with pytest.raises(StoreAway):
        storage.delete(key)
    assert not folder.is_dir()

    folder.unlink(missing_ok=True)
    elsewhere.rename(folder)
    assert storage.read(key) == b"before"

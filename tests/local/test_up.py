"""`python -m portal.local up` for good: a whole portal, tormented."""

import os
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack
from pathlib import Path

import pytest

from portal.local.port import HOST
from portal.local.postgres import APP, OWNER, Postgres
from portal.local.process import alive, wait_until
from portal.local.valkey import Valkey
from tests.running import Running, environment

_ROOT = Path(__file__).parents[2]
_SECONDS = 120


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One portal for most tests here, asked for a port that is taken."""
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        with Running(tmp_path_factory.mktemp("portal"), PORT=port) as portal:
            portal.wanted_port = port
            yield portal


def test_it_answers_where_it_says(running: Running) -> None:
    assert (running.status("/healthz"), running.status("/readyz")) == (200, 200)


def test_a_taken_port_gives_the_next_one_and_is_said(running: Running) -> None:
    assert running.wanted_port in running.said
    assert not running.address.endswith(f":{running.wanted_port}")


@pytest.mark.parametrize("port", ["abc", "0", "70000"])
def test_a_port_that_is_none_is_told_before_anything_starts(tmp_path: Path, port: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "portal.local", "up"],
        cwd=_ROOT,
        env=environment(tmp_path / "home", PORT=port),
        check=False,
        capture_output=True,
        text=True,
    )

    assert ran.returncode == 1
    assert f"«\N{NO-BREAK SPACE}{port}\N{NO-BREAK SPACE}»" in ran.stdout
    assert not (tmp_path / "home" / "postgres").exists()


def test_every_part_of_it_runs_under_its_name(running: Running) -> None:
    parts = {"postgres", "valkey", "web", "worker-1", "worker-2", "worker-3", "dispatcher"}

    assert set(running.pids()) == parts
    assert all(alive(pid) for pid in running.pids().values())


def test_a_command_works_beside_it_with_nothing_but_its_home(running: Running) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "db", "current"],
        cwd=_ROOT,
        env=environment(running.home),
        check=True,
        capture_output=True,
        text=True,
    )

    assert "(head)" in ran.stdout


def test_a_shell_reads_the_same_addresses_from_its_file(running: Running) -> None:
    ran = _told_by_shell(running)

    assert "(head)" in ran.stdout, ran.stderr


def _told_by_shell(running: Running) -> subprocess.CompletedProcess[str]:
    known = environment(running.home)
    bare = {name: value for name, value in known.items() if name != "TREIZE_HOME"}
    command = f'set -a; . "$1"; exec {shlex.quote(sys.executable)} -m flask --app wsgi db current'
    return subprocess.run(
        ["sh", "-c", command, "sh", str(running.home / "env")],
        cwd=_ROOT,
        env=bare,
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("name", ["Mes projets", "50 % = fait & « été » #1?"])
def test_two_begun_at_once_have_a_port_each_whatever_their_directories_are_called(
    place: Path, name: str
) -> None:
    with ExitStack() as stack, ThreadPoolExecutor() as pool:
        begun = [pool.submit(Running, place / home, PORT="8710") for home in ("one", name)]
        wait(begun)
        for each in begun:
            if each.exception() is None:
                stack.enter_context(each.result())
        one, other = (each.result() for each in begun)

        assert one.address != other.address
        assert [each.status("/readyz") for each in (one, other)] == [200, 200]
        told = _told_by_shell(other)
        assert "(head)" in told.stdout, told.stderr


def test_a_second_one_on_the_same_directory_says_where_the_first_is(running: Running) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "portal.local", "up"],
        cwd=_ROOT,
        env=environment(running.home),
        check=False,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
    )

    assert second.returncode == 1
    assert running.address in second.stdout


@pytest.mark.parametrize(
    ("part", "number"),
    [
        ("postgres", signal.SIGKILL),
        ("postgres", signal.SIGTERM),  # it would wait for the pools to leave
        ("valkey", signal.SIGKILL),
        ("web", signal.SIGKILL),
        ("worker-1", signal.SIGKILL),
        ("dispatcher", signal.SIGKILL),
    ],
)
def test_a_part_that_is_killed_comes_back(
    running: Running, part: str, number: signal.Signals
) -> None:
    before = running.pids()[part]

    os.kill(before, number)

    assert wait_until(lambda: running.pids().get(part, before) != before, 30, pause=0.1)
    assert wait_until(lambda: running.status("/readyz") == 200, 60, pause=0.2)


def test_kill_nine_leaves_nothing_but_the_data(place: Path) -> None:
    with Running(place / "home") as first:
        pids = first.pids().values()

        first.end(signal.SIGKILL)

        assert wait_until(lambda: not any(alive(pid) for pid in pids), 30)
    with Running(place / "home") as again:
        assert "already published" in again.said
        assert again.status("/readyz") == 200
        again.end(signal.SIGINT)
        assert again.process.returncode == 0
    assert list((place / "home" / "run").iterdir()) == []


def test_started_again_it_names_the_providers_that_are_there(place: Path) -> None:
    with Running(place / "home") as first:
        subprocess.run(
            [
                *(sys.executable, "-m", "flask", "--app", "wsgi", "provider", "open"),
                *("ker", "Ker Informatique", "--email", "moi@exemple.fr"),
            ],
            cwd=_ROOT,
            env=environment(first.home),
            check=True,
            capture_output=True,
        )
    with Running(place / "home") as again:
        assert again.process.stdout
        said = "".join(again.process.stdout.readline() for _ in range(3))

        assert f"Ker Informatique · {again.address}/ker/" in said


def test_a_database_and_a_queue_given_by_address_are_used_as_they_are(place: Path) -> None:
    postgres, valkey = Postgres(place / "elsewhere"), Valkey(place / "elsewhere")
    postgres.start()
    valkey.start()
    postgres.ensure_database("theirs")
    given = {
        "DATABASE_URL": postgres.url(APP, "theirs"),
        "OWNER_DATABASE_URL": postgres.url(OWNER, "theirs"),
        "REDIS_URL": valkey.url(),
    }

    with Running(place / "home", **given) as running:
        assert set(running.pids()) == {"web", "worker-1", "worker-2", "worker-3", "dispatcher"}
        assert running.status("/readyz") == 200

    valkey.stop()
    postgres.stop()


def test_half_a_database_is_refused_in_words(place: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "portal.local", "up"],
        cwd=_ROOT,
        env=environment(place / "home", DATABASE_URL="postgresql+psycopg://somewhere/portal"),
        check=False,
        capture_output=True,
        text=True,
    )

    assert ran.returncode == 1
    assert "OWNER_DATABASE_URL" in ran.stdout

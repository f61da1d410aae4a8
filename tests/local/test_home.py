"""The data directory: chosen once, secret where it must be, closed to a second portal."""

import base64
import os
import socket
import stat
import subprocess
from pathlib import Path

import pytest

from portal.config import Settings
from portal.local.errors import LocalError
from portal.local.home import AlreadyRunningError, Home, resolve
from portal.local.port import HOST, number, taken
from tests.local.ordinary import run_python


def test_the_environment_names_the_directory(place: Path) -> None:
    assert resolve({"TREIZE_HOME": str(place / "data")}, place) == place / "data"


def test_a_checkout_keeps_its_data_beside_it(place: Path) -> None:
    assert resolve({}, place) == place / ".local"


def test_root_keeps_data_where_servers_can_reach_them(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.local.home._SYSTEM_PLACE", place / "system")
    checkout = place / "closed" / "checkout"
    checkout.mkdir(parents=True)
    checkout.parent.chmod(0o700)

    chosen = Home(resolve({}, checkout)).path

    assert chosen.is_relative_to(place / "system" if os.geteuid() == 0 else checkout)
    assert resolve({}, checkout) == chosen, "and finds them again"
    assert (checkout / ".local" / "run").is_dir(), "and a command run from the checkout does too"


def test_a_place_where_no_directory_can_be_is_said(place: Path) -> None:
    (place / "notes.txt").write_text("no directory")

    for wrong in (place / "notes.txt", place / "notes.txt" / "data"):
        with pytest.raises(LocalError, match=r"notes\.txt.*TREIZE_HOME"):
            Home(wrong)


def test_a_directory_of_another_account_is_said(place: Path) -> None:
    """A first start by root, say: only whoever may write its lock can go on from it."""
    home = Home(place / "home").path
    (home / "lock").touch(0o400)

    done = run_python(
        "import sys; from pathlib import Path; from portal.local.home import Home\n"
        "try: Home(Path(sys.argv[1])).lock()\n"
        "except Exception as error: print(type(error).__name__, error)",
        str(home),
        home=home,
    )

    assert done.stdout.startswith(f"LocalError {home} "), done


def test_secrets_are_made_once_and_for_one_pair_of_eyes(place: Path) -> None:
    made = Home(place / "home").secrets({})

    assert Home(place / "home").secrets({}) == made
    assert len(made["SECRET_KEY"]) >= 43
    assert len(base64.urlsafe_b64decode(made["MASTER_KEY"] + "=")) == 32
    assert stat.S_IMODE((place / "home" / "secrets").stat().st_mode) == 0o600


def test_keys_that_are_given_go_before_those_that_were_made_and_are_not_kept(place: Path) -> None:
    made = Home(place / "home").secrets({})
    given = {"MASTER_KEY": "of ours", "SECRET_KEY": ""}

    assert Home(place / "home").secrets(given) == {**made, "MASTER_KEY": "of ours"}
    assert Home(place / "home").secrets({}) == made
    assert Home(place / "other").secrets({"MASTER_KEY": "of ours", "SECRET_KEY": "too"}) == {
        "MASTER_KEY": "of ours",
        "SECRET_KEY": "too",
    }
    assert not (place / "other" / "secrets").exists()


def test_the_settings_it_tells_are_those_a_command_reads(place: Path) -> None:
    home = Home(place / "home")
    told = {
        "SECRET_KEY": "k=ey",
        "DATABASE_URL": "postgresql+psycopg://treize_app@/treize?host=%2Fa%20b&port=5432",
        "OWNER_DATABASE_URL": "postgresql+psycopg://treize_owner@/treize",
        "REDIS_URL": "unix:///a/b?db=0",
        "STORAGE_URL": "file:///a",
        "MASTER_KEY": "k",
    }

    home.tell(told)

    read = Settings.from_env({"TREIZE_HOME": str(home.path)})
    assert (read.secret_key, read.database_url) == (told["SECRET_KEY"], told["DATABASE_URL"])
    assert stat.S_IMODE(home.env_file.stat().st_mode) == 0o600


def test_a_second_portal_is_told_where_the_first_is(place: Path) -> None:
    home = Home(place / "home")
    with home.lock() as lock:
        lock.write("http://127.0.0.1:8000")
        lock.flush()

        with pytest.raises(AlreadyRunningError, match=r"^http://127\.0\.0\.1:8000$"):
            Home(place / "home").lock()

    Home(place / "home").lock().close()


def test_a_child_does_not_hold_the_directory_after_us(place: Path) -> None:
    home = Home(place / "home")
    lock = home.lock()
    with subprocess.Popen(["/bin/sleep", "60"]) as child:
        lock.close()

        home.lock().close()

        child.kill()


def test_a_taken_port_gives_the_next_one() -> None:
    with socket.socket() as theirs:
        theirs.bind((HOST, 0))
        theirs.listen()
        port = theirs.getsockname()[1]

        with taken(port) as first, taken(port) as second:
            ours, other = first.getsockname()[1], second.getsockname()[1]

    assert port < ours < other <= port + 100


@pytest.mark.parametrize("wanted", ["0", "65536", "http", "-1", "80a"])
def test_a_port_that_is_none_is_refused_in_words(wanted: str) -> None:
    with pytest.raises(LocalError, match=r"PORT.* 65535"):
        number(wanted)

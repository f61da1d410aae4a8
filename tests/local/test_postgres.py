"""The cluster of our own: its life, its deaths, its two roles."""

import os
import signal
import stat
import subprocess
from pathlib import Path

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import make_url

from portal.local.binaries import within_reach
from portal.local.identity import Identity, NoIdentityError
from portal.local.postgres import APP, OWNER, SUPERUSER, Postgres
from tests.local.ordinary import run_python

_ROW = (13,)


def connect(postgres: Postgres, role: str, database: str = "portal") -> psycopg.Connection:
    url = make_url(postgres.url(role, database)).set(drivername="postgresql")
    return psycopg.connect(url.render_as_string(), autocommit=True)


def write_a_row(postgres: Postgres) -> None:
    postgres.ensure_database("portal")
    with connect(postgres, OWNER) as owner:
        owner.execute("CREATE TABLE kept (n int)")
        owner.execute("INSERT INTO kept VALUES (13)")


def the_row(postgres: Postgres) -> object:
    with connect(postgres, OWNER) as owner:
        return owner.execute("SELECT n FROM kept").fetchone()


def test_data_survive_a_stop_and_a_start(place: Path) -> None:
    postgres = Postgres(place)
    postgres.start()
    write_a_row(postgres)

    postgres.stop()
    postgres.start()

    assert the_row(postgres) == _ROW
    postgres.stop()


def test_data_survive_kill_nine_of_the_server(place: Path) -> None:
    postgres = Postgres(place)
    postgres.start()
    write_a_row(postgres)
    os.kill(postgres.pid, signal.SIGKILL)
    postgres.stop()
    assert (postgres.data / "postmaster.pid").exists(), "the crash leaves a file that says ready"

    postgres.start()

    assert the_row(postgres) == _ROW
    postgres.stop()


def test_a_lock_whose_number_another_program_took_does_not_prevent_the_start(place: Path) -> None:
    postgres = Postgres(place)
    postgres.init()
    with subprocess.Popen(["/bin/sleep", "60"], user=postgres.identity.uid) as other:
        for lock in (postgres.data / "postmaster.pid", postgres.socket / ".s.PGSQL.5432.lock"):
            lock.write_text(f"{other.pid}\n{postgres.data}\n0\n5432\n\n\n\nready\n")

        postgres.start()

        assert other.poll() is None, "the other program is none of our business"
        postgres.stop()
        other.kill()


def test_a_server_left_over_from_an_earlier_run_is_ended_first(place: Path) -> None:
    earlier = Postgres(place)
    earlier.start()
    write_a_row(earlier)
    later = Postgres(place)

    later.start()

    assert later.pid != earlier.pid
    assert the_row(later) == _ROW
    later.stop()
    earlier.stop()


@pytest.mark.parametrize("role", [OWNER, APP])
def test_neither_role_can_escape_a_row_lock(cluster: Postgres, role: str) -> None:
    with connect(cluster, SUPERUSER, "postgres") as superuser:
        rights = superuser.execute(
            "SELECT rolcanlogin, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb "
            "FROM pg_roles WHERE rolname = %s",
            (role,),
        ).fetchone()

    assert rights == (True, False, False, False, False)


def test_rights_given_to_a_role_meanwhile_are_taken_back(cluster: Postgres) -> None:
    with connect(cluster, SUPERUSER, "postgres") as superuser:
        superuser.execute("ALTER ROLE treize_app BYPASSRLS CREATEDB")

        cluster.ensure_roles()

        found = superuser.execute(
            "SELECT rolbypassrls, rolcreatedb FROM pg_roles WHERE rolname = 'treize_app'"
        ).fetchone()
    assert found == (False, False)


@pytest.mark.parametrize(
    "made", ["TABLE mine (n int)", "TEMPORARY TABLE mine (n int)", "SCHEMA mine"]
)
def test_the_role_of_the_app_makes_nothing(cluster: Postgres, made: str) -> None:
    with connect(cluster, APP) as app, pytest.raises(InsufficientPrivilege):
        app.execute(f"CREATE {made}")


def test_the_owner_owns_the_database_and_its_tables(cluster: Postgres) -> None:
    with connect(cluster, OWNER) as owner:
        owner.execute("CREATE TABLE IF NOT EXISTS theirs (n int)")
        found = owner.execute(
            "SELECT pg_get_userbyid(datdba), tableowner FROM pg_database, pg_tables "
            "WHERE datname = current_database() AND tablename = 'theirs'"
        ).fetchone()

    assert found == (OWNER, OWNER)


def test_the_only_way_in_is_a_socket_in_a_private_directory(cluster: Postgres) -> None:
    with connect(cluster, SUPERUSER, "postgres") as superuser:
        assert superuser.execute("SHOW listen_addresses").fetchone() == ("",)

    assert stat.S_IMODE(cluster.socket.stat().st_mode) == stat.S_IRWXU


def test_a_database_is_made_once(cluster: Postgres) -> None:
    cluster.ensure_database("portal")

    with connect(cluster, SUPERUSER, "postgres") as superuser:
        made = superuser.execute(
            "SELECT count(*) FROM pg_database WHERE datname = 'portal'"
        ).fetchone()
    assert made == (1,)


def test_a_port_in_the_environment_misleads_nobody(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPORT", "6543")
    postgres = Postgres(place)

    postgres.start()

    with connect(postgres, OWNER, "postgres") as owner:
        assert owner.execute("SELECT 13").fetchone() == _ROW
    postgres.stop()


def test_a_home_too_deep_for_a_socket_has_it_elsewhere(place: Path) -> None:
    postgres = Postgres(place / ("d" * 60) / ("e" * 60))

    postgres.start()

    assert len(str(postgres.socket / ".s.PGSQL.5432")) <= 107
    assert stat.S_IMODE(postgres.socket.stat().st_mode) == stat.S_IRWXU
    postgres.stop()
    postgres.socket.rmdir()


def test_a_private_directory_stays_private_and_serves(place: Path) -> None:
    private = place / "private"
    private.mkdir(mode=0o700)
    postgres = Postgres(private / "home")

    postgres.start()

    with connect(postgres, OWNER, "postgres") as owner:
        assert owner.execute("SELECT 13").fetchone() == _ROW
    assert stat.S_IMODE(private.stat().st_mode) == stat.S_IRWXU
    postgres.stop()


def test_an_ordinary_user_can_run_it(place: Path) -> None:
    code = """if True:
        import os, pathlib, sys
        from portal.local.postgres import Postgres
        postgres = Postgres(pathlib.Path(sys.argv[1]))
        postgres.start()
        postgres.ensure_database("portal")
        postgres.stop()
        print("done by root" if os.geteuid() == 0 else "done", postgres.identity.uid)
    """

    done = run_python(code, str(place), home=place)

    assert (done.stdout, done.stderr) == ("done None\n", "")


def test_a_socket_directory_of_somebody_else_is_refused(place: Path) -> None:
    elsewhere = place / "elsewhere"
    elsewhere.mkdir()
    (place / "socket").symlink_to(elsewhere)

    with pytest.raises(NoIdentityError, match="TREIZE_HOME"):
        Postgres(place)


def test_programs_out_of_reach_are_copied_once(place: Path) -> None:
    tree = place / "closed" / "install"
    (tree / "bin").mkdir(parents=True)
    program = tree / "bin" / "server"
    program.write_text("#!/bin/sh\nexit 0\n")
    program.chmod(0o755)
    tree.parent.chmod(0o700)
    reader = Identity(65534, 65534) if os.geteuid() == 0 else Identity()

    first = within_reach(program, reader, tree=tree, copies=place / "copies")
    again = within_reach(program, reader, tree=tree, copies=place / "copies")

    assert first == again
    assert (first == program) is reader.can_enter(tree)
    assert reader.run(first, env={}).returncode == 0

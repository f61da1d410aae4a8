"""`flask` commands whose database is away: told in words, whichever it is."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import click
import pytest
from flask import Flask

from portal.app import create_app
from portal.kit import numbering
from tenants.context import tenant_scope
from tenants.db import db

#: What each is told; ``FILE`` is one that is there.
ASKED: Final = {
    "audit head": "acme",
    "audit verify": "",
    "fleet import": "acme FILE --apply",
    "fleet undo-import": "acme",
    "guide publish": "",
    "mail read": "FILE",
    "operator grant": "moi@exemple.fr",
    "operator revoke": "moi@exemple.fr",
    "provider admit": "acme moi@exemple.fr --role owner",
    "provider open": "acme Acme --email moi@exemple.fr",
    "remind": "acme",
    "vault destroy": "acme",
    "vault files": "",
    "vault keys": "",
    "vault rewrap": "",
    "vault rotate": "acme",
}
#: These ask the database for nothing, or wait for it by themselves.
OTHERS: Final = {"dispatcher", "worker", "privacy register", "seal try", "vault new-key"}
_FLEET: Final = "finess;nom\n010000123;EHPAD\n"
#: What a mail server writes of a message that could not be delivered.
_RETURN: Final = """\
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example

Final-Recipient: rfc822; moi@exemple.fr
Action: failed
Status: 5.1.1

--b
Content-Type: text/rfc822-headers

Message-ID: {number}
To: moi@exemple.fr

--b--
"""


@pytest.fixture
def away(app: Flask, tmp_path: Path) -> Iterator[Flask]:
    """The same portal, whose database listens where nobody does."""
    known = app.config["SETTINGS"]
    nowhere = f"postgresql+psycopg://treize@/treize?host={tmp_path}"
    other = create_app(replace(known, database_url=nowhere, owner_database_url=nowhere))
    with other.app_context():
        yield other
        db.session.remove()
        db.engine.dispose()
    for name in ("valkey", "valkey_blocking", "valkey_impatient"):
        other.extensions[name].close()


def test_every_command_of_ours_is_tried(app: Flask) -> None:
    ours = {name: command for name, command in app.cli.commands.items() if name != "db"}

    assert {*_leaves(ours)} == {*ASKED, *OTHERS}


def _leaves(commands: Mapping[str, click.Command], before: str = "") -> Iterator[str]:
    for name, command in commands.items():
        if isinstance(command, click.Group):
            yield from _leaves(command.commands, f"{name} ")
        else:
            yield f"{before}{name}"


@pytest.mark.parametrize("command", ASKED)
def test_a_database_that_is_away_is_told_in_words(
    away: Flask, tmp_path: Path, command: str
) -> None:
    file = tmp_path / "file"
    file.write_text(_FLEET if command == "fleet import" else _of_ours())
    asked = ASKED[command].replace("FILE", str(file))

    told = away.test_cli_runner().invoke(args=[*command.split(), *asked.split()])

    assert (told.exit_code, type(told.exception)) == (1, SystemExit)
    assert "La base de données s’est arrêtée" in told.stderr
    assert str(tmp_path) in told.stderr, "and what the driver says of it"


def _of_ours() -> str:
    with tenant_scope(uuid.uuid4()):
        return _RETURN.format(number=numbering.written(uuid.uuid4()))

"""`flask vault`: the keys that files are sealed with, and whether the files are all there.

Exit code 0: done, or all is well; 1: refused, or a file is wrong; 2: no such provider.
"""

import base64
import os
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import click

from portal.evidence import custody
from portal.evidence.custody import Fate
from portal.kit import clock, terminal
from portal.vault import masters, queries, service
from portal.vault.cipher import KEY_BYTES
from portal.vault.models import TenantKey
from tenants.context import tenant_scope
from tenants.db import db


@click.group("vault", cls=terminal.Group)
def vault() -> None:
    """The keys of files, and the files themselves."""


@vault.command("new-key")
def new_key() -> None:
    """Print a new master key; put it into MASTER_KEY, the present one into FORMER_MASTER_KEYS."""
    click.echo(base64.urlsafe_b64encode(os.urandom(KEY_BYTES)).decode())


@vault.command("keys")
@click.argument("tenant", required=False)
def keys(tenant: str | None) -> None:
    """List the keys of TENANT (its slug), or of every provider; none of them is shown."""
    present = masters.current().present.name
    click.echo(f"master {present}")
    for slug, tenant_id in terminal.providers(tenant):
        with _within(tenant_id):
            for one in queries.all_keys():
                click.echo(f"{slug}: {_told(one, present)}")


def _told(one: TenantKey, present: str) -> str:
    begun = f"{one.id}, from {one.created_at:%Y-%m-%d}"
    if one.destroyed_at is not None:
        return f"{begun}, destroyed on {one.destroyed_at:%Y-%m-%d}"
    wrapped = "" if one.master == present else f", wrapped by the former master {one.master}"
    return f"{begun}, {'serves' if one.serving else 'only opens'}{wrapped}"


@vault.command("rewrap")
@click.argument("tenant", required=False)
def rewrap(tenant: str | None) -> None:
    """Wrap the keys of TENANT, or of every provider, by the present master key.

    Files stay as they are.  Once every provider says 0, FORMER_MASTER_KEYS may be emptied.
    """
    away = []
    for slug, tenant_id in terminal.providers(tenant):
        with _within(tenant_id):
            try:
                click.echo(f"{slug}: {service.rewrap()}")
                db.session.commit()
            except masters.UnknownMasterError as error:
                away.append(slug)
                click.echo(f"{slug}: the master key {error} is not here", err=True)
    sys.exit(1 if away else 0)


@vault.command("rotate")
@click.argument("tenant")
def rotate(tenant: str) -> None:
    """Seal new files of TENANT with a new key; the former key still opens what it sealed."""
    _, tenant_id = terminal.provider(tenant)
    with _within(tenant_id):
        made = service.rotate(None)
        db.session.commit()
        click.echo(f"{tenant}: {made.id} serves")


@vault.command("destroy")
@click.argument("tenant")
@click.option("--confirm", help="The slug once more; asked for when it is left out.")
def destroy(tenant: str, confirm: str | None) -> None:
    """Destroy the keys of TENANT: its files are unreadable from then on, for good."""
    slug, tenant_id = terminal.provider(tenant)
    with _within(tenant_id):
        files, held = custody.count(), [one for one in queries.all_keys() if one.wrapped]
        db.session.rollback()
        click.echo(f"{slug}: {len(held)} keys, {files} files. Nobody will ever read them again.")
        said = confirm if confirm is not None else click.prompt("Type its slug to destroy them")
        if said != slug:
            click.echo("Nothing was destroyed.", err=True)
            sys.exit(1)
        gone = service.destroy(None, at=clock.now())
        db.session.commit()
        click.echo(f"{slug}: {gone} keys destroyed")


@vault.command("files")
@click.argument("tenant", required=False)
@click.option("--read", "reading", is_flag=True, help="Decipher each file and compare its digest.")
def files(tenant: str | None, *, reading: bool) -> None:
    """Say whether the files of TENANT, or of every provider, are there, by fate and by key."""
    wrong = False
    for slug, tenant_id in terminal.providers(tenant):
        with _within(tenant_id):
            told = custody.report(reading=reading)
        wrong = wrong or bool(told.wrong)
        counts = ", ".join(f"{told.fates[fate]} {fate.value}" for fate in Fate if told.fates[fate])
        click.echo(f"{slug}: {counts or 'no file'}")
        for key_id, number in sorted(told.by_key.items()):
            click.echo(f"  key {key_id}: {number}")
        for evidence_id, fate in told.wrong:
            click.echo(f"  {fate.value}: {evidence_id}", err=True)
    sys.exit(1 if wrong else 0)


@contextmanager
def _within(tenant_id: uuid.UUID) -> Iterator[None]:
    """In the scope of a provider; what is not committed is undone."""
    with tenant_scope(tenant_id):
        try:
            yield
        finally:
            db.session.rollback()

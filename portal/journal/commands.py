"""`flask audit verify` and `head`: whether a journal is what was written, from a terminal.

Exit code 0: every chain holds; 1: one does not, and it is said where; 2: no such provider.
"""

import re
import sys
import uuid
from contextlib import ExitStack

import click

from portal.audit import verification
from portal.audit.chain import Head
from portal.kit import terminal
from tenants.context import tenant_scope
from tenants.db import db

_NOTED = re.compile(r"(\d{1,15})[: ]([0-9a-f]{64})")


@click.group("audit")
def audit() -> None:
    """The journal of each provider."""


class _Noted(click.ParamType[Head]):
    name = "position:digest"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> Head:
        if (found := _NOTED.fullmatch(value.strip())) is None:
            self.fail("write it as `flask audit head` printed it: POSITION:DIGEST", param, ctx)
        return Head(int(found[1]), bytes.fromhex(found[2]))


@audit.command("verify")
@click.argument("tenant", required=False)
@click.option("--against", type=_Noted(), help="A head kept elsewhere, as POSITION:DIGEST.")
def verify(tenant: str | None, against: Head | None) -> None:
    """Follow the chain of TENANT's journal (its slug), or of every provider's."""
    if against is not None and tenant is None:
        raise click.UsageError("--against needs the name of one TENANT.")
    chosen = terminal.providers(tenant)
    held = [_verify(slug, tenant_id, against) for slug, tenant_id in chosen]
    sys.exit(0 if all(held) else 1)


@audit.command("head")
@click.argument("tenant")
def head(tenant: str) -> None:
    """Print where TENANT's chain ends, to be kept where nobody here can change it."""
    _, tenant_id = terminal.provider(tenant)
    with tenant_scope(tenant_id):
        click.echo(_said(verification.head()))
        db.session.rollback()


def _verify(slug: str, tenant_id: uuid.UUID, noted: Head | None) -> bool:
    with ExitStack() as stack:
        stack.enter_context(tenant_scope(tenant_id))
        stack.callback(db.session.rollback)
        found = verification.verify(noted=noted)
    if found.finding is None:
        click.echo(f"{slug}: whole, {_said(found.head)}, {found.erased} erased")
        return True
    where = f"at {found.finding.position}" if found.finding.position else "beside the chain"
    click.echo(f"{slug}: {found.finding.kind} {where}", err=True)
    return False


def _said(end: Head) -> str:
    return f"{end.position}:{end.digest.hex()}"

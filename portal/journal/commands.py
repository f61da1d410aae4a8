"""`flask audit verify` and `head`: whether a journal is what was written, from a terminal.

Exit code 0: every chain holds; 1: one does not, and it is said where; 2: no such provider; 3: all
hold, but of one more is erased than its deeds say.
"""

import re
import sys
import uuid
from contextlib import ExitStack

import click

from portal.audit import verification
from portal.audit.chain import Head
from portal.journal import verifying
from portal.kit import terminal
from tenants.context import tenant_scope
from tenants.db import db

BROKEN, UNTOLD = 1, 3
_NOTED = re.compile(r"(\d{1,15})[: ]([0-9a-f]{64})")


@click.group("audit", cls=terminal.Group)
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
    """Follow the chain of TENANT's journal (its slug), or of every provider's.

    It is held against each of its ends that the public log noted, so that a journal that was cut,
    or written anew, is found though it is whole in itself.  Whoever takes away those notes as well
    is found by a head that was kept elsewhere alone: --against.  An erasure that no deed tells of
    is said; whoever writes such a deed herself is not found.
    """
    if against is not None and tenant is None:
        raise click.UsageError("--against needs the name of one TENANT.")
    chosen = terminal.providers(tenant)
    sys.exit(_worst([_verify(slug, tenant_id, against) for slug, tenant_id in chosen]))


@audit.command("head")
@click.argument("tenant")
def head(tenant: str) -> None:
    """Print where TENANT's chain ends, to be kept where nobody here can change it."""
    _, tenant_id = terminal.provider(tenant)
    with tenant_scope(tenant_id):
        click.echo(_said(verification.head()))
        db.session.rollback()


def _verify(slug: str, tenant_id: uuid.UUID, kept: Head | None) -> int:
    """Say what was found; returns the exit code that it stands for."""
    with ExitStack() as stack:
        stack.enter_context(tenant_scope(tenant_id))
        stack.callback(db.session.rollback)
        found = verifying.follow(kept=[] if kept is None else [kept])
    if (finding := found.finding) is not None:
        where = f"at {finding.position}" if finding.position else "beside the chain"
        click.echo(f"{slug}: {finding.kind} {where}", err=True)
        return BROKEN
    click.echo(
        f"{slug}: whole, {_said(found.whole)}, noted {found.noted} times, {found.erased} erased"
    )
    if found.untold:
        click.echo(f"{slug}: {found.untold} erased without a deed that says so", err=True)
        return UNTOLD
    return 0


def _worst(codes: list[int]) -> int:
    return BROKEN if BROKEN in codes else max(codes, default=0)


def _said(end: Head) -> str:
    return f"{end.position}:{end.digest.hex()}"

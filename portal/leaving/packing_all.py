"""The archive of a whole register: what the provider says, and the record of each establishment.

Files that serve many establishments are in it once.
"""

from collections.abc import Sequence
from itertools import chain

from portal.audit import verification
from portal.evidence import shown
from portal.fleet import queries as fleet
from portal.guide import loader
from portal.journal.queries import Choice
from portal.kit import clock
from portal.kit.archive import Ledger
from portal.leaving import gathering, packing, places, register, told_register
from portal.leaving.packing import Entries, Packing
from portal.leaving.register import Followed, Register
from tenants import queries as tenancy
from tenants.context import current_tenant_id
from tenants.db import AnyRow

REGISTER = "register.json"


def of_provider(how: Packing) -> Entries:
    """The archive of everything."""
    ledger, rows = Ledger(), fleet.everywhere()
    yield from ledger.noting(chain(_records(rows, how), _register(rows, how), packing.beside()))
    listed = [
        packing.listed_at(_folder(row) + packing.RECORD, gathering.establishment(row.id))
        for row in rows
    ]
    yield from packing.ending(ledger, how, listed)


def _records(rows: Sequence[AnyRow], how: Packing) -> Entries:
    """The shelf first, then place after place: its documents, and what is told of it."""
    shelf = (places.proof_source(proof, for_house=False) for proof in shown.whole_shelf())
    yield from packing.files([it for it in shelf if it is not None], how)
    for done, row in enumerate(rows):
        how.tell(done, len(rows))
        yield from packing.files(list(places.sources(row.id, for_house=False)), how)
        yield from packing.record_of(row.id, how, folder=_folder(row))


def _register(rows: Sequence[AnyRow], how: Packing) -> Entries:
    tenant, today = tenancy.tenant(current_tenant_id()), clock.day_of(how.at)
    journal, end = f"journal/{tenant.slug}-{today}.json", verification.head()
    head = {"position": end.position, "digest": end.digest.hex()}
    yield journal, packing.deeds(Choice(), head=head)
    edition = loader.current()
    told = Register(
        format=register.FORMAT,
        made_at=how.at,
        as_of=today,
        provider=gathering.provider(),
        edition=edition.id,
        offerings=tuple(told_register.offerings(edition.id, today)),
        evidence=tuple(told_register.shelf(how.there)),
        establishments=tuple(_followed(row) for row in rows),
        journal=journal,
    )
    yield REGISTER, told.to_json()
    yield (
        packing.PAGE,
        packing.page(
            "leaving/offline_register.html",
            register=told,
            packing=how,
            files={place: place for place in {*how.there, journal}},
            edition=edition,
        ),
    )


def _followed(row: AnyRow) -> Followed:
    return told_register.followed(row, _folder(row) + packing.RECORD)


def _folder(row: AnyRow) -> str:
    return f"establishments/{row.finess or row.id}/"

"""An archive, entry by entry: the files, then what is told of them, then the digest of each."""

import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Final

from flask import current_app, render_template
from flask_babel import force_locale

from portal.guide import loader
from portal.journal import exports
from portal.journal.queries import Choice
from portal.kit import clock
from portal.kit.archive import SUMS, Content, Ledger
from portal.leaving import drawn, earlier, gathering, manifest, places, record, schemas
from portal.leaving.manifest import MANIFEST, Listed, Manifest, Packed
from portal.leaving.places import Source
from portal.leaving.record import Establishment, Record
from tenants import queries as tenancy
from tenants.context import current_tenant_id

#: The pages open with it beside them.
STYLE: Final = "style.css"
_STYLE: Final = "css/archive.css"
RECORD: Final = "record.json"
PAGE: Final = "index.html"

Entries = Iterator[tuple[str, Content]]


@dataclass
class Packing:
    """What is being packed: who asked, when, how far it is, what was lost on the way."""

    at: datetime
    by: str
    #: Whether the establishment's own people asked: what it opens itself goes to them alone.
    for_house: bool
    tell: Callable[[int, int], None]
    #: The places of the files that are in.
    there: set[str] = field(default_factory=set)
    #: Of those that are no longer what had been kept.
    lost: set[str] = field(default_factory=set)


def of_place(establishment_id: uuid.UUID, packing: Packing) -> Entries:
    """The archive of one establishment."""
    ledger = Ledger()
    yield from ledger.noting(_place_entries(establishment_id, packing))
    listed = listed_at(RECORD, gathering.establishment(establishment_id))
    yield from ending(ledger, packing, [listed])


def _place_entries(establishment_id: uuid.UUID, packing: Packing) -> Entries:
    yield from files(
        list(places.sources(establishment_id, for_house=packing.for_house)), packing, packing.tell
    )
    yield from record_of(establishment_id, packing, folder="")
    yield from beside()


def files(
    sources: Iterable[Source], packing: Packing, tell: Callable[[int, int], None] | None = None
) -> Entries:
    """Each place once; a file that is no longer what was kept is left out, and told so."""
    chosen = {it.place: it for it in sources if it.place not in packing.there | packing.lost}
    for done, source in enumerate(chosen.values()):
        if tell is not None:
            tell(done, len(chosen))
        if (content := source.opened()) is None:
            packing.lost.add(source.place)
            continue
        packing.there.add(source.place)
        yield source.place, content


def record_of(establishment_id: uuid.UUID, packing: Packing, *, folder: str) -> Entries:
    """What is told of one establishment: its journal, its record, its page, in this folder."""
    place = gathering.establishment(establishment_id)
    journal = f"journal/{_slug()}-{place.finess or establishment_id}-{_day(packing)}.json"
    yield journal, deeds(Choice(establishment=establishment_id))
    chapter = gathering.chapter(
        establishment_id,
        loader.current(),
        _day(packing),
        there=packing.there,
        journal=journal,
        for_house=packing.for_house,
    )
    told = Record(
        format=record.FORMAT,
        made_at=packing.at,
        establishment=place,
        chapters=(chapter, *earlier.chapters(establishment_id, packing.there)),
    )
    yield f"{folder}{RECORD}", told.to_json()
    yield f"{folder}{PAGE}", _record_page(told, packing, "../" * folder.count("/"), journal)


def deeds(choice: Choice, **about: object) -> Iterator[bytes]:
    """What was done, link by link: each can be checked against the provider's chain."""
    tenant = tenancy.tenant(current_tenant_id())
    told = exports.document(choice, provider=tenant.name, tenant=str(tenant.id), **about)
    return (piece.encode() for piece in told)


def _record_page(told: Record, packing: Packing, back: str, journal: str) -> bytes:
    return page(
        "leaving/offline_record.html",
        record=told,
        packing=packing,
        cards=[drawn.card(chapter) for chapter in told.chapters],
        lost=[
            it
            for it in told.chapters[0].evidence
            if it.kind == "file" and it.file is None and not it.withheld
        ],
        files={place: back + place for place in {*packing.there, journal}},
        back=back,
    )


def page(template: str, **shown: object) -> bytes:
    """In French, whoever asked: it is read at the establishment, and by whoever comes after."""
    with force_locale("fr"):
        return render_template(template, **shown).encode()


def beside() -> Entries:
    """What the pages and programs need to read the rest."""
    yield STYLE, Path(current_app.static_folder or "", _STYLE).read_bytes()
    yield from schemas.entries()


def ending(ledger: Ledger, packing: Packing, listed: list[Listed]) -> Entries:
    """The manifest, and the list for those who have no program of ours."""
    entries = sorted(ledger.entries, key=lambda entry: entry.name)
    written = Manifest(
        format=manifest.FORMAT,
        made_at=packing.at,
        made_by=packing.by,
        provider=gathering.provider(),
        records=tuple(listed),
        files=tuple(Packed(path=it.name, size=it.size, sha256=it.sha256) for it in entries),
    )
    yield from ledger.noting([(MANIFEST, written.to_json())])
    yield SUMS, ledger.sums()


def listed_at(path: str, place: Establishment) -> Listed:
    return Listed(path=path, establishment=place.name, finess=place.finess)


def _day(packing: Packing) -> date:
    return clock.day_of(packing.at)


def _slug() -> str:
    return tenancy.tenant(current_tenant_id()).slug

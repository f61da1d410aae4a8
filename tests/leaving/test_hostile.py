"""Archives that somebody changed, made by hand or set as a trap: none is taken, each says why."""

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from typing import Final

import pytest
import sqlalchemy as sa

from portal.leaving.models import PriorFile, PriorRecord, PriorState
from tenants.db import db
from tests.conftest import Visit
from tests.leaving import archives
from tests.leaving.archives import resigned, rewritten, zipped
from tests.leaving.house import FINESS, PROOF, House, digest, taken
from tests.leaving.nextdoor import Next, brought, looked_at, there
from tests.vault import samples

Entries = Mapping[str, bytes]
FILE: Final = f"evidence/{digest(PROOF)}.pdf"


def _raw(entries: Entries, alter: Callable[[zipfile.ZipFile], None]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
        alter(archive)
    return file.getvalue()


def _with(name: str, content: bytes) -> Callable[[Entries], bytes]:
    return lambda it: _raw(it, lambda archive: archive.writestr(name, content))


def _without(name: str) -> Callable[[Entries], bytes]:
    return lambda it: zipped({n: c for n, c in it.items() if n != name})


def _changed(name: str, change: Callable[[bytes], bytes]) -> Callable[[Entries], bytes]:
    return lambda it: zipped({**it, name: change(it[name])})


def _record(**values: object) -> Callable[[Entries], bytes]:
    """A record that says something else, under a manifest that fits it."""
    return lambda it: zipped(resigned(rewritten(it, "record.json", **values)))


def _link(archive: zipfile.ZipFile) -> None:
    entry = zipfile.ZipInfo("evidence/lien.pdf")
    entry.external_attr = 0o120777 << 16
    archive.writestr(entry, "/etc/passwd")


def _contradicting(entries: Entries) -> bytes:
    record = json.loads(entries["record.json"])
    for it in record["chapters"][0]["evidence"]:
        if it["file"]:
            it["sha256"] = "0" * 64
    return zipped(resigned(rewritten(entries, "record.json", **record)))


def _nul(entries: Entries) -> bytes:
    record = json.loads(entries["record.json"])
    record["establishment"]["city"] = "a\0b"
    return zipped(resigned(rewritten(entries, "record.json", **record)))


def _surrogate(entries: Entries) -> bytes:
    told = entries["record.json"].replace(b'"city":""', b'"city":"\\ud800"', 1)
    return zipped(resigned({**entries, "record.json": told}))


def _deep(_: Entries) -> bytes:
    return zipped({"manifest.json": b"[" * 100_000 + b"]" * 100_000, "SHA256SUMS": b""})


def _locked(entries: Entries) -> bytes:
    """Every entry says that it is enciphered."""
    archive = bytearray(zipped(entries))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = archive.find(mark)
        while place >= 0:
            archive[place + at] |= 1
            place = archive.find(mark, place + 4)
    return bytes(archive)


def _bomb(entries: Entries) -> bytes:
    return zipped({**entries, "evidence/zero.txt": bytes(30_000_000)})


def _crowd(entries: Entries) -> bytes:
    return zipped({**entries, **{f"evidence/{n}.txt": b"" for n in range(10_001)}})


def _hollow(entries: Entries) -> bytes:
    """The directory announces another size than what unpacks."""
    archive = bytearray(zipped(entries))
    place = archive.find(b"PK\x01\x02")
    archive[place + 24 : place + 28] = (5).to_bytes(4, "little")
    return bytes(archive)


#: What is brought, and the words of the reason.
CASES: Final[dict[str, tuple[Callable[[Entries], bytes], str]]] = {
    "a file altered by one bit": (
        _changed(FILE, lambda it: bytes([it[0] ^ 1]) + it[1:]), "n’est plus celui du manifeste",
    ),
    "the record altered": (
        _changed("record.json", lambda it: it.replace(b"implemented", b"alternative", 1)),
        "n’est plus celui du manifeste",
    ),
    "the page altered": (
        _changed("index.html", lambda it: it + b"<script>"), "n’est plus celui du manifeste",
    ),
    "a file missing": (_without(FILE), "manque dans cette archive"),
    "the record missing": (_without("record.json"), "manque dans cette archive"),
    "no manifest": (_without("manifest.json"), "n’a pas de manifeste"),
    "no list": (_without("SHA256SUMS"), "manque dans cette archive : SHA256SUMS"),
    "a file added": (_with("evidence/plus.pdf", samples.PDF), "que son manifeste ne nomme pas"),
    "the manifest altered": (
        _changed("manifest.json", lambda it: it.replace(b"Acme", b"Acmi", 1)), "diffèrent",
    ),
    "the list altered": (_changed("SHA256SUMS", lambda it: it[64:]), "diffèrent"),
    "a manifest cut off": (
        _changed("manifest.json", lambda it: it[:-1]), "ne peut pas être lu",
    ),
    "a manifest as deep as can be": (_deep, "ne peut pas être lu"),
    "a record of another format": (_record(format="treize-record/2"), "ne peut pas être lu"),
    "a record with a field more": (_record(more=1), "ne peut pas être lu"),
    "a record without chapters": (_record(chapters=[]), "ne peut pas être lu"),
    "a record with NUL": (_nul, "ne peut pas être lu"),
    "a record with half a sign": (_surrogate, "ne peut pas être lu"),
    "a record against its manifest": (_contradicting, "se contredit"),
    "a way out": (_with("../../etc/cron.d/x", b"x"), "mène hors de lui"),
    "a way from the root": (_with("/etc/cron.d/x", b"x"), "mène hors de lui"),
    "a way by backslashes": (_with("evidence\\..\\x", b"x"), "mène hors de lui"),
    "a drive": (_with("C:/x", b"x"), "mène hors de lui"),
    "a link": (lambda it: _raw(it, _link), "mène hors de lui"),
    "twice the same name": (_with("RECORD.JSON", b"{}"), "du même nom"),
    "an archive within": (_with("evidence/in.zip", zipped({"x": b"x"})), "une autre archive"),
    "a bomb": (_bomb, "bien plus que son poids"),
    "a crowd": (_crowd, "plus de 10"),
    "a lie about a size": (_hollow, "est abîmé"),
    "something behind": (lambda it: zipped(it) + b"more", "est abîmé"),
    "cut short": (lambda it: zipped(it)[:-40], "est abîmé"),
    "locked": (_locked, "un mot de passe"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_it_is_refused_and_says_why(house: House, after: Next, visit: Visit, case: str) -> None:
    make, words = CASES[case]
    entries = taken(visit(house.director), house.url)
    browser = visit(after.owner)

    url = looked_at(browser, after, make(entries))

    page = browser.get(url).text.replace("\N{NO-BREAK SPACE}", " ")
    assert words in page
    assert "Rien n’a été gardé" in page
    assert browser.post(f"{url}/reprendre").status_code == 409
    with there(after):
        (found,) = db.session.scalars(sa.select(PriorRecord))
        assert (found.state, found.record, found.plan) == (PriorState.REFUSED, None, [])
        assert not db.session.scalars(sa.select(PriorFile)).all()


def test_each_place_takes_its_own_record(house: House, after: Next, visit: Visit) -> None:
    entries = taken(visit(house.director), house.url)
    browser = visit(after.owner)

    page = browser.get(looked_at(browser, after, zipped(entries), place=after.other)).text

    assert f"EHPAD Les Ajoncs ({FINESS})" in page
    assert "290000033" in page


def test_a_number_forged_in_the_manifest_alone_is_a_contradiction(
    house: House, after: Next, visit: Visit
) -> None:
    entries = taken(visit(house.director), house.url)
    forged = {
        **entries,
        "manifest.json": entries["manifest.json"].replace(FINESS.encode(), b"290000033"),
    }
    browser = visit(after.owner)

    url = looked_at(browser, after, zipped(resigned(forged)), place=after.other)

    assert "se contredit" in browser.get(url).text


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "l’archive d’un dossier"), (b"%PDF-1.7", "l’archive d’un dossier")],
)
def test_what_is_no_archive_is_told_at_once(
    after: Next, visit: Visit, content: bytes, words: str
) -> None:
    answer = brought(visit(after.owner), after, content)

    assert answer.status_code == 422
    assert words in answer.text


def test_without_a_number_of_its_own_a_place_takes_nothing(
    house: House, after: Next, visit: Visit
) -> None:
    archive = zipped(taken(visit(house.director), house.url))
    with there(after):
        places = sa.table("establishment", sa.column("id"), sa.column("finess"))
        db.session.execute(sa.update(places).where(places.c.id == after.other).values(finess=None))
        db.session.commit()

    answer = brought(visit(after.owner), after, archive, place=after.other)

    assert answer.status_code == 422
    assert "n’a pas de numéro FINESS" in answer.text


def test_a_document_that_is_a_container_is_looked_into(
    house: House, after: Next, visit: Visit
) -> None:
    """It may be a ZIP as a proof is; what it hides is found by the vault's own examination."""
    entries = dict(taken(visit(house.director), house.url))
    record = json.loads(entries["record.json"])
    bad = zipped({"a.zip": zipped({"x": b"x"})})
    place = f"evidence/{digest(bad)}.docx"
    record["chapters"][0]["evidence"][0].update(
        kind="file", file=place, sha256=digest(bad), file_name="piège.docx", url=None,
    )  # fmt: skip
    forged = resigned({**rewritten(entries, "record.json", **record), place: bad})
    browser = visit(after.owner)

    page = browser.get(looked_at(browser, after, archives.zipped(forged))).text

    assert "piège.docx" in page
    assert "Un fichier n’est pas pris" in page

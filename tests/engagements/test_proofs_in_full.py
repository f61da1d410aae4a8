"""An auditor reads what is in a proof and what it says of itself, on a page and in the archive."""

import io
import json
import uuid
import zipfile
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from portal.engagements import queries
from portal.evidence import queries as evidence
from portal.evidence import service
from portal.evidence.certificates import Certificate
from portal.evidence.facts import Content, Facts
from portal.evidence.linking import Aim
from portal.evidence.models import CertificateKind, Kind, Visibility
from portal.guide import loader
from portal.kit import clock
from tenants.db import db
from tests.conftest import Visit
from tests.engagements import test_as_told
from tests.engagements.conftest import Room
from tests.tracking.scene import CODE

earlier = test_as_told.earlier
ADDRESS = "https://preuve.example/rapport?a=1&b=2"
TODAY = clock.today()
HDS = Certificate(CertificateKind.HDS, "Bureau d’essai", "HDS-7", "Hébergement à Brest")


def _added(room: Room, content: Content, **facts: Any) -> uuid.UUID:
    said = {"title": "Rapport en ligne", "visibility": Visibility.CLIENTS, **facts}
    said.setdefault("valid_until", TODAY + timedelta(90))
    made = service.add(
        room.owner, loader.current(), content=content, facts=Facts(**said), aim=Aim((CODE,)),
        today=TODAY,
    )  # fmt: skip
    made_id: uuid.UUID = made.id
    db.session.commit()
    return made_id


def _archive(visit: Visit, room: Room, url: str | None = None) -> tuple[str, dict[str, Any]]:
    """The page in it, and what ``room.json`` tells of its proofs, by title."""
    answer = visit(room.auditor).post(f"{url or room.url}/export.zip", follow_redirects=True)
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        told = json.loads(archive.read("room.json"))
        page = archive.read("index.html").decode()
    lines = [line for place in told["places"] for line in place["requirements"]]
    return page, {proof["title"]: proof for line in lines for proof in line["proofs"]}


def test_the_address_of_a_link_and_the_words_of_a_note_are_hers_to_read(
    room: Room, visit: Visit
) -> None:
    _added(room, Content(Kind.LINK, url=ADDRESS, body="Le mot de\n\npasse est <b>connu</b>."))

    page = visit(room.auditor).get(room.point).text
    index, told = _archive(visit, room)

    link = 'href="https://preuve.example/rapport?a=1&amp;b=2"'
    for shown in (page, index):
        assert f'{link} rel="noopener noreferrer nofollow"' in " ".join(shown.split())
        assert "Essai mené à bien." in shown
        assert "<p>Le mot de</p>" in shown
        assert "passe est &lt;b&gt;connu&lt;/b&gt;." in shown
    assert told["Rapport en ligne"]["url"] == ADDRESS
    assert told["Compte rendu d’essai"]["text"] == "Essai mené à bien."
    assert told["Compte rendu d’essai"]["url"] is None


def test_so_is_what_was_handed_over_for_a_request(room: Room, visit: Visit) -> None:
    due = (TODAY + timedelta(7)).isoformat()
    browser = visit(room.auditor)
    browser.post(f"{room.point}/demander", data={"words": "Le rapport", "due_on": due})
    proof, asked = _added(room, Content(Kind.LINK, url=ADDRESS)), queries.requests(room.id)[0].id
    answer = visit(room.owner).post(
        f"{room.url}/demandes/{asked}", data={"words": "Voici.", "evidence": str(proof)}
    )
    assert answer.status_code == 303

    page = browser.get(room.point).text
    index, _ = _archive(visit, room)

    for shown in (page[page.index('id="requests"') :], index[index.index("Demandes") :]):
        assert "https://preuve.example/rapport?a=1&amp;b=2" in shown


def test_a_certificate_is_told_whole_and_as_it_was_on_the_day(
    room: Room, visit: Visit, earlier: str
) -> None:
    begun = TODAY - timedelta(200)
    dates = {"covers_from": begun, "valid_until": TODAY + timedelta(100)}
    proof = _added(room, Content(Kind.NOTE, body="Audit du bureau."), certificate=HDS, **dates)
    for table in ("evidence", "evidence_link"):
        aged = f"UPDATE {table} SET created_at = created_at - interval '5 days'"  # noqa: S608
        db.session.execute(sa.text(aged))
    db.session.commit()
    later = Certificate(CertificateKind.HDS, "Un autre bureau", "HDS-8", "Hébergement à Nice")
    found = evidence.evidence(proof)
    said = Facts(
        "Autre titre", Visibility.CLIENTS, begun + timedelta(1), begun + timedelta(30),
        TODAY + timedelta(50), later,
    )  # fmt: skip
    service.edit(room.owner, proof, said, version=found.version, at=clock.now(), today=TODAY)
    db.session.commit()

    page = visit(room.auditor).get(earlier).text
    index, told = _archive(visit, room, earlier.rsplit("/", 2)[0])
    (certificate,) = [it for title, it in told.items() if "HDS-7" in title]
    now = visit(room.auditor).get(room.point).text

    for shown in (page, index):
        for word in ("HDS-7", "Bureau d’essai", "Hébergement à Brest", "depuis le"):
            assert word in shown
        for word in ("HDS-8", "Un autre bureau", "Nice", "Autre titre"):
            assert word not in shown
    assert {name: certificate[name] for name in ("issuer", "number", "scope", "covers_from")} == {
        "issuer": "Bureau d’essai", "number": "HDS-7", "scope": "Hébergement à Brest",
        "covers_from": begun.isoformat(),
    }  # fmt: skip
    assert certificate["covers_until"] is None
    assert "Un autre bureau" in now


@pytest.mark.parametrize("who", ["auditor", "owner", "director"])
def test_what_an_establishment_opens_alone_its_provider_does_not_read_there(
    room: Room, visit: Visit, who: str
) -> None:
    """Such a proof is a file in practice; whatever it is, what is in it stays the house's."""
    _added(room, Content(Kind.LINK, url=ADDRESS, body="Ce que nous taisons."))
    db.session.execute(
        sa.text(
            "UPDATE evidence SET visibility = 'house', establishment_id = :place"
            " WHERE kind = 'link'"
        ),
        {"place": room.place},
    )
    db.session.commit()

    page = visit(getattr(room, who)).get(room.point).text
    answer = visit(getattr(room, who)).post(f"{room.url}/export.zip", follow_redirects=True)
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        everything = page + "".join(
            archive.read(name).decode() for name in ("index.html", "room.json")
        )

    assert "Rapport en ligne" in page
    assert ("preuve.example" in everything) == (who != "owner")
    assert ("Ce que nous taisons" in everything) == (who != "owner")
    assert ("son contenu n’est pas ici" in page) == (who == "owner")

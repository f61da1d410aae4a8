"""What becomes of a file that came by a link: examined, read, accepted or refused."""

import io
import uuid
from datetime import timedelta

import sqlalchemy as sa
from flask.testing import FlaskClient

from portal.collecting.models import RequestState
from portal.evidence.models import Evidence, State
from portal.kit import clock
from tenants.access import Actor
from tenants.db import db
from tests.collecting.links import ASKED, SECRET, asked, asks, came, gives, link_on, where
from tests.evidence import examined, proofs
from tests.vault import samples


def test_a_file_goes_through_quarantine_and_waits_for_somebody_here(
    at_work: FlaskClient, outside: FlaskClient, owner: Actor
) -> None:
    link = asks(at_work)
    taken = gives(outside, link)
    waiting = came()
    shelf = at_work.get("/acme/preuves").text
    examined.all_files()

    assert (taken.status_code, taken.location) == (303, "/depot/merci")
    assert outside.get(taken.location).status_code == 200
    assert (waiting.state, waiting.added_by, waiting.added_by_name) == (
        State.QUARANTINE, owner.user_id, "Assureur Ouest",
    )  # fmt: skip
    assert came().state is State.READY
    assert asked().state is RequestState.DEPOSITED
    assert SECRET not in shelf
    assert at_work.get(f"/acme/preuves/{waiting.id}").status_code == 200


def test_a_photo_taken_on_the_spot_comes_without_a_file_from_the_disk(
    at_work: FlaskClient, outside: FlaskClient
) -> None:
    link = asks(at_work)
    page = outside.get(link).text
    sent = [(io.BytesIO(b""), ""), (io.BytesIO(samples.JPEG), "image.jpg")]
    taken = outside.post(link, data={"file": sent}, content_type="multipart/form-data")
    taken.request.environ["wsgi.input"].close()  # the test client spools it and forgets it
    examined.all_files()

    assert 'capture="environment"' in page
    assert taken.status_code == 303
    assert (came().file_name, came().state) == ("image.jpg", State.READY)


def test_what_a_received_pdf_carries_is_told_before_it_is_accepted(
    at_work: FlaskClient, outside: FlaskClient, owner: Actor
) -> None:
    gives(outside, asks(at_work), samples.carrying(("mesures <1>.json", b"{}")))
    examined.all_files()
    read = at_work.get(where()).text
    proof = at_work.get(f"/acme/preuves/{came().id}").text

    for page in (read, proof):
        assert "mesures &lt;1&gt;.json" in page


def test_what_is_proposed_serves_nothing_until_it_is_accepted(
    at_work: FlaskClient, outside: FlaskClient
) -> None:
    gives(outside, asks(at_work))
    examined.all_files()
    linked = at_work.post(f"/acme/preuves/{came().id}/lier", data={"codes": "ASSU-03"})
    found_id, page = came().id, at_work.get(where()).text
    done = at_work.post(
        f"{where()}/accepter",
        data={
            "title": "Assurance 2027",
            "codes": ["ASSU-03"],
            "level": "tenant",
            "visibility": "clients",
            "covers_from": clock.today().isoformat(),
        },
    )
    shelf = at_work.get("/acme/preuves").text

    assert linked.status_code == 422
    assert "L’accepter comme preuve" in page
    assert done.location == f"/acme/preuves/{found_id}"
    assert "Assurance 2027" in shelf
    assert asked().state is RequestState.ACCEPTED
    # Accepted once: a second word changes nothing.
    assert at_work.post(f"{where()}/refuser", data={"reason": "Non"}).status_code == 409


def test_what_is_accepted_in_place_of_a_proof_takes_over_its_links(
    at_work: FlaskClient, outside: FlaskClient, owner: Actor
) -> None:
    old = proofs.note(owner, "ASSU-03", "EXT-01", today=clock.today())
    gives(outside, asks(at_work, replaces=str(old)))
    examined.all_files()
    found_id = came().id
    at_work.post(f"{where()}/accepter", data={"title": "La suivante", "visibility": "clients"})

    codes = db.session.scalars(
        sa.text("SELECT requirement_code FROM evidence_link WHERE evidence_id = :id ORDER BY 1"),
        {"id": found_id},
    ).all()
    assert codes == ["ASSU-03", "EXT-01"]
    assert db.session.get(Evidence, (owner.tenant_id, old)).replaced_by == found_id  # type: ignore[union-attr]


def test_a_refusal_needs_a_reason_and_the_file_is_set_aside(
    at_work: FlaskClient, outside: FlaskClient
) -> None:
    gives(outside, asks(at_work))
    examined.all_files()
    silent = at_work.post(f"{where()}/refuser", data={"reason": " "})
    done = at_work.post(f"{where()}/refuser", data={"reason": "Celle de 2025."})
    page = at_work.get(where()).text

    assert (silent.status_code, done.status_code) == (422, 303)
    assert came().withdrawn_at is not None
    assert "Celle de 2025." in page
    # It may be asked for again: another link, which takes another file.
    again = at_work.post(f"{where()}/relancer", data={"due_on": clock.today().isoformat()})
    assert outside.get(link_on(at_work.get(again.location).text)).status_code == 200


def test_a_hostile_file_is_rejected_by_its_examination_and_cannot_be_accepted(
    at_work: FlaskClient, outside: FlaskClient
) -> None:
    macro = samples.zipped({**samples.docx_parts(), "word/vbaProject.bin": b"x"})
    gives(outside, asks(at_work), macro, "a.docx")
    examined.all_files()
    done = at_work.post(
        f"{where()}/accepter", data={"title": "x", "codes": ["ASSU-03"], "level": "tenant"}
    )

    assert came().state is State.REJECTED
    assert done.status_code == 422
    assert "rejeté par l’analyse" in at_work.get(where()).text


def test_a_resident_s_number_stops_the_file_until_whoever_asked_vouches(
    at_work: FlaskClient, outside: FlaskClient
) -> None:
    gives(outside, asks(at_work), b"nom;nir\nX;185057800608491\n", "a.csv")
    examined.all_files()
    early = at_work.post(
        f"{where()}/accepter", data={"title": "x", "codes": ["ASSU-03"], "level": "tenant"}
    )
    held = came().state
    at_work.post(f"/acme/preuves/{came().id}/confirmer", data={"sure": "1"})

    assert (held, early.status_code) == (State.HELD, 422)
    assert came().state is State.READY


def test_a_request_that_cannot_be_is_refused(at_work: FlaskClient) -> None:
    far = (clock.today() + timedelta(91)).isoformat()
    soon = clock.today().isoformat()
    form = {"title": "x", "to_name": "y", "due_on": soon}
    for wrong in ({"due_on": far}, {"title": ""}, {"to_email": "nobody"}, {"codes": ["ZZZ"]}):
        assert at_work.post(f"{ASKED}/nouvelle", data={**form, **wrong}).status_code == 422
    foreign = {**form, "replaces": str(uuid.UUID(int=7))}
    assert at_work.post(f"{ASKED}/nouvelle", data=foreign).status_code == 404

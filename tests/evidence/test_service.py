"""Proofs added, linked, withdrawn, replaced and put back."""

import uuid
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from portal.evidence import former, linking, queries, service
from portal.evidence.facts import Content, Facts
from portal.evidence.linking import Aim
from portal.evidence.models import Evidence, EvidenceLink, EvidencePast, Kind, Visibility
from portal.evidence.reach import Loss
from portal.evidence.signals import evidence_changed
from portal.guide import loader
from portal.kit import clock
from portal.kit.errors import Conflict, NotFound, Refused
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tests import make
from tests.evidence import proofs
from tests.evidence.proofs import TODAY

EDITION = make.EDITION
NOTE = Content(Kind.NOTE, body="Nouvel essai.")


def links() -> int:
    return db.session.scalar(select(func.count()).select_from(EvidenceLink)) or 0


def facts(**changes: Any) -> Facts:
    return Facts(**{"title": "Essai", "visibility": Visibility.CLIENTS, **changes})


def client_with(*offerings: uuid.UUID) -> uuid.UUID:
    home = make.establishment()
    for offering in offerings:
        make.contract(home, offering, starts_on=TODAY - timedelta(90))
    return home


def loss(evidence_id: uuid.UUID) -> Loss:
    return service.loss(evidence_id, edition_id=EDITION, today=TODAY)


def test_a_proof_without_an_end_takes_the_usual_validity(owner: Actor) -> None:
    evidence_id = proofs.note(owner, "SAUV-04", "SAUV-03", valid_until=None)
    assert queries.evidence(evidence_id).valid_until == date(2026, 9, 15)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"valid_until": date(2, 1, 1)}, "valid_until"),
        ({"valid_until": date(9999, 1, 1)}, "valid_until"),
        ({"valid_until": date(2031, 7, 1)}, "valid_until"),
        ({"covers_until": TODAY}, "covers_from"),
        ({"covers_from": TODAY, "covers_until": TODAY - timedelta(1)}, "covers_until"),
        ({"covers_from": TODAY, "valid_until": TODAY - timedelta(1)}, "valid_until"),
    ],
)
def test_impossible_facts_are_refused(owner: Actor, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refusal:
        service.add(
            owner,
            loader.current(),
            content=NOTE,
            facts=facts(**changes),
            aim=Aim(["SAUV-04"]),
            today=TODAY,
        )
    assert refusal.value.field == field


@pytest.mark.parametrize("codes", [[], ["NOPE-01"]])
def test_a_proof_of_nothing_known_is_refused(owner: Actor, codes: Sequence[str]) -> None:
    with pytest.raises(Refused):
        linking.check(Aim(codes), loader.current())


def test_a_foreign_target_is_as_unknown(owner: Actor, stranger: Actor) -> None:
    with tenant_scope(stranger.tenant_id):
        db.session.rollback()
        theirs, sold = make.establishment(), make.offering()
        db.session.rollback()
    mine = make.establishment()
    for aim in (
        Aim(["SAUV-04"], None, [mine, theirs]),
        Aim(["SAUV-04"], None, [uuid.uuid4()]),
        Aim(["SAUV-04"], sold),
        Aim(["SAUV-04"], uuid.uuid4()),
    ):
        with pytest.raises(NotFound):
            linking.check(aim, loader.current())


def test_linking_twice_links_once(owner: Actor) -> None:
    evidence_id = proofs.note(owner, "SAUV-04")
    first = service.link(
        owner, loader.current(), evidence_id, Aim(["SAUV-04", "SAUV-05"]), today=TODAY
    )
    again = service.link(owner, loader.current(), evidence_id, Aim(["SAUV-05"]), today=TODAY)
    assert (first is None, again, links()) == (False, None, 2)


def test_a_linking_undone_takes_back_only_what_it_made(owner: Actor) -> None:
    evidence_id = proofs.note(owner, "SAUV-04")
    act = service.link(
        owner, loader.current(), evidence_id, Aim(["SAUV-04", "SAUV-05"]), today=TODAY
    )
    assert act
    service.undo(owner, act, at=clock.now(), today=TODAY)
    assert [target.codes for target in queries.targets(evidence_id)] == [["SAUV-04"]]


def test_an_unlinking_undone_links_again(owner: Actor) -> None:
    offering = make.offering()
    evidence_id = proofs.note(owner, "SAUV-04", offering_id=offering)
    aim = Aim(["SAUV-04"], offering)
    act = service.unlink(owner, evidence_id, aim, edition_id=EDITION, today=TODAY)
    gone = links()
    assert act
    service.undo(owner, act, at=clock.now(), today=TODAY)
    (target,) = queries.targets(evidence_id)
    assert (gone, target.offering_id, target.level) == (0, offering, "offering")


def test_unlinking_at_one_level_leaves_the_others(owner: Actor) -> None:
    home = client_with(make.offering())
    evidence_id = proofs.note(owner, "SAUV-04")
    service.link(owner, loader.current(), evidence_id, Aim(["SAUV-04"], None, [home]), today=TODAY)
    service.unlink(owner, evidence_id, Aim(["SAUV-04"]), edition_id=EDITION, today=TODAY)
    assert [target.level for target in queries.targets(evidence_id)] == ["establishment"]


def test_withdrawing_names_what_loses_its_proof(owner: Actor) -> None:
    offering = make.offering()
    for _ in range(3):
        client_with(offering)
    client_with(make.offering())
    evidence_id = proofs.note(owner, "SAUV-04", "SAUV-05", offering_id=offering)
    assert loss(evidence_id) == Loss(3, 2)


def test_what_another_proof_still_proves_is_not_lost(owner: Actor) -> None:
    offering = make.offering()
    homes = [client_with(offering) for _ in range(3)]
    evidence_id = proofs.note(owner, "SAUV-04", "SAUV-05")
    proofs.note(owner, "SAUV-05", offering_id=offering)
    proofs.note(owner, "SAUV-04", establishment_ids=homes[:1])
    proofs.note(owner, "SAUV-04", valid_until=TODAY - timedelta(1))
    assert loss(evidence_id) == Loss(2, 1)


@pytest.mark.parametrize(
    "held",
    [
        {"valid_until": TODAY - timedelta(1)},
        {"covers_from": TODAY + timedelta(1), "valid_until": TODAY + timedelta(9)},
    ],
)
def test_a_proof_that_proves_nothing_today_loses_nothing(
    owner: Actor, held: dict[str, Any]
) -> None:
    client_with(make.offering())
    assert loss(proofs.note(owner, **held)) == Loss(0, 0)


def test_an_included_offering_reaches_every_client(owner: Actor) -> None:
    included = make.offering(included=True)
    client_with(make.offering())
    make.establishment()
    assert loss(proofs.note(owner, offering_id=included)) == Loss(1, 1)


def test_a_withdrawn_proof_serves_nobody_until_restored(owner: Actor) -> None:
    home = client_with(make.offering())
    evidence_id = proofs.note(owner)
    service.withdraw(owner, evidence_id, at=clock.now(), today=TODAY)
    withdrawn = list(queries.proofs_of(home, edition_id=EDITION, today=TODAY))
    service.restore(owner, evidence_id, at=clock.now(), today=TODAY)
    restored = list(queries.proofs_of(home, edition_id=EDITION, today=TODAY))
    assert (withdrawn, restored) == ([], ["SAUV-04"])


def test_withdrawing_twice_is_told(owner: Actor) -> None:
    evidence_id = proofs.note(owner)
    service.withdraw(owner, evidence_id, at=clock.now(), today=TODAY)
    with pytest.raises(Conflict):
        service.withdraw(owner, evidence_id, at=clock.now(), today=TODAY)


def test_the_next_proof_takes_over_every_link(owner: Actor) -> None:
    offering = make.offering()
    home = client_with(offering)
    old = proofs.note(owner, "SAUV-04", offering_id=offering)
    service.link(owner, loader.current(), old, Aim(["SAUV-05"], None, [home]), today=TODAY)
    new = service.replace_with(
        owner, loader.current(), old, content=NOTE, facts=facts(), today=TODAY
    )
    found = queries.proofs_of(home, edition_id=EDITION, today=TODAY)
    assert {code: [row.evidence_id for row in rows] for code, rows in found.items()} == {
        "SAUV-04": [new.id],
        "SAUV-05": [new.id],
    }


def test_a_proof_is_replaced_once(owner: Actor) -> None:
    old = proofs.note(owner)
    service.replace_with(owner, loader.current(), old, content=NOTE, facts=facts(), today=TODAY)
    with pytest.raises(Conflict):
        service.replace_with(owner, loader.current(), old, content=NOTE, facts=facts(), today=TODAY)


def test_the_old_proof_comes_back_when_its_successor_is_withdrawn(owner: Actor) -> None:
    home = client_with(make.offering())
    old = proofs.note(owner)
    new = service.replace_with(
        owner, loader.current(), old, content=NOTE, facts=facts(), today=TODAY
    )
    service.withdraw(owner, new.id, at=clock.now(), today=TODAY)
    found = queries.proofs_of(home, edition_id=EDITION, today=TODAY)
    assert [row.evidence_id for row in found["SAUV-04"]] == [old]


def test_the_second_of_two_editors_is_told(owner: Actor) -> None:
    evidence_id = proofs.note(owner)
    kept = facts(title="Premier", valid_until=TODAY)
    service.edit(owner, evidence_id, kept, version=1, at=clock.now(), today=TODAY)
    with pytest.raises(service.ChangedMeanwhile):
        service.edit(
            owner, evidence_id, facts(title="Second"), version=1, at=clock.now(), today=TODAY
        )


def test_each_change_of_a_proof_keeps_how_it_stood(owner: Actor) -> None:
    evidence_id, at = proofs.note(owner), clock.now()
    end = proofs.TODAY + timedelta(200)
    said = facts(title="Compte rendu d’essai", valid_until=end)
    service.edit(owner, evidence_id, said, version=1, at=at, today=TODAY)
    unchanged = _past()
    service.edit(
        owner, evidence_id, facts(title="Autre", valid_until=end), version=2, at=at, today=TODAY
    )
    service.withdraw(owner, evidence_id, at=at, today=TODAY)
    service.restore(owner, evidence_id, at=at, today=TODAY)
    assert (unchanged, _past()) == (
        [],
        [("Compte rendu d’essai", False), ("Autre", False), ("Autre", True)],
    )


def test_a_change_that_is_refused_keeps_nothing(owner: Actor) -> None:
    found = queries.evidence(proofs.note(owner))
    with pytest.raises(Refused), former.kept(found, clock.now()):
        _refused(found)
    assert _past() == []


def _refused(found: Evidence) -> None:
    found.title = "Autre"
    raise Refused("Somebody thought better of it.")


def _past() -> list[tuple[str, bool]]:
    rows = db.session.scalars(select(EvidencePast.facts).order_by(EvidencePast.id))
    return [(each["title"], each["withdrawn"]) for each in rows]


def test_those_above_are_told_what_moved_and_for_whom(owner: Actor) -> None:
    heard: list[tuple[list[str], Sequence[uuid.UUID] | None]] = []

    def listen(
        _sender: object,
        *,
        codes: Sequence[str],
        establishment_ids: Sequence[uuid.UUID] | None,
        today: date,
    ) -> None:
        heard.append((list(codes), establishment_ids))

    home = client_with(make.offering())
    with evidence_changed.connected_to(listen):
        proofs.note(owner, "SAUV-05", "SAUV-04")
        proofs.note(owner, "SAUV-04", establishment_ids=[home])
    assert heard == [(["SAUV-04", "SAUV-05"], None), (["SAUV-04"], [home])]

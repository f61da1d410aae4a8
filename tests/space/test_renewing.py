"""An establishment puts the next proof in the place of its own, from the page of that proof."""

import io
import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.contracts.models import Bearer
from portal.evidence import line
from portal.evidence.line import Standing
from portal.evidence.models import Evidence, EvidenceLapse, EvidenceLink, State, Visibility
from portal.kit import clock
from portal.tracking.sweep import sweep
from tenants.db import AnyRow, db
from tenants.roles import Role
from tests import make
from tests.conftest import Visit
from tests.evidence import examined
from tests.space.depositing import OURS, bear, deposited, of
from tests.space.test_ours import answer, row
from tests.tracking.conftest import Pages
from tests.tracking.scene import CODE
from tests.vault import samples

DAY = timedelta(1)
TODAY = clock.today()


@pytest.fixture
def hers(pages: Pages, visit: Visit) -> FlaskClient:
    return visit(pages.director)


def renew(
    browser: FlaskClient, pages: Pages, old: object, content: Any = samples.PNG, **typed: Any
) -> TestResponse:
    data = {"file": (io.BytesIO(content), "suite.png"), **typed}
    return browser.post(of(pages, old, "suivante"), data=data, content_type="multipart/form-data")


def proofs() -> Sequence[AnyRow]:
    """All of the establishment's own, the oldest first."""
    table = Evidence.__table__
    found = db.session.execute(
        sa.select(table).where(table.c.establishment_id.is_not(None)).order_by(table.c.id)
    ).all()
    db.session.rollback()
    return found


def standings(evidence_id: uuid.UUID) -> list[Standing]:
    """Of its line, the latest first."""
    found = [version.standing for version in line.versions(evidence_id, clock.today())]
    db.session.rollback()
    return found


def codes(evidence_id: uuid.UUID) -> list[str]:
    link = EvidenceLink.__table__
    found = db.session.scalars(
        sa.select(link.c.requirement_code).where(link.c.evidence_id == evidence_id)
    ).all()
    db.session.rollback()
    return sorted(found)


def test_from_its_page_the_next_takes_its_place_once_it_is_examined(
    pages: Pages, hers: FlaskClient
) -> None:
    answer(hers, pages)
    old = deposited(hers, pages)
    page = BeautifulSoup(hers.get(f"/acme/preuves/{old.id}").data, "html5lib")
    (first,) = page.select("main a.first")
    form = hers.get(str(first["href"]))
    period = {
        "covers_from": (TODAY - 9 * DAY).isoformat(), "covers_until": TODAY.isoformat(),
        "valid_until": (TODAY + 300 * DAY).isoformat(),
    }  # fmt: skip

    answered = renew(hers, pages, old.id, **period)
    waiting = standings(old.id)
    examined.all_files()

    assert (form.status_code, answered.status_code) == (200, 303)
    assert first.text.strip() == "Déposer la suivante"
    assert waiting == [Standing.WAITING, Standing.CURRENT]
    assert standings(old.id) == [Standing.CURRENT, Standing.PAST]
    _, new = proofs()
    assert (new.title, new.state, new.establishment_id) == (old.title, State.READY, pages.place)
    assert (new.covers_from, new.valid_until) == (TODAY - 9 * DAY, TODAY + 300 * DAY)
    assert codes(new.id) == codes(old.id) == [OURS]
    assert row(pages).proof_until == TODAY + 300 * DAY
    db.session.rollback()
    assert "Version 2 sur 2" in hers.get(f"/acme/preuves/{new.id}").text
    assert "Déposer la suivante" not in hers.get(f"/acme/preuves/{old.id}").text


def test_the_lapse_that_the_old_one_left_ends_with_the_next_and_goes_on_when_that_is_undone(
    pages: Pages, hers: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(hers, pages)
    old = deposited(hers, pages, valid_until=TODAY.isoformat())
    monkeypatch.setattr(clock, "today", lambda: TODAY + DAY)
    sweep(make.EDITION, today=TODAY + DAY, since=TODAY, signature="Treize")
    db.session.commit()
    traces = [_trace()]

    answered = renew(hers, pages, old.id)
    examined.all_files()
    traces.append(_trace())
    (undo,) = BeautifulSoup(hers.get(answered.location).data, "html5lib").select(
        "form[action$='/retirer']"
    )[:1]
    hers.post(str(undo["action"]))
    examined.all_files()
    traces.append(_trace())

    lapsed = (old.id, TODAY + DAY)
    assert traces == [(*lapsed, None), (*lapsed, TODAY + DAY), (*lapsed, None)]
    assert standings(old.id) == [Standing.WITHDRAWN, Standing.LAPSED]


def _trace() -> tuple[object, ...]:
    table = EvidenceLapse.__table__
    found = db.session.execute(
        sa.select(table.c.evidence_id, table.c.lapsed_on, table.c.renewed_on)
    ).one()
    db.session.rollback()
    return tuple(found)


def test_after_one_that_was_refused_or_withdrawn_another_follows_in_the_same_line(
    pages: Pages, hers: FlaskClient
) -> None:
    old = deposited(hers, pages)
    macro = samples.zipped({**samples.docx_parts(), "word/vbaProject.bin": b"x"})
    data = {"file": (io.BytesIO(macro), "a.docx")}
    hers.post(of(pages, old.id, "suivante"), data=data, content_type="multipart/form-data")
    examined.all_files()
    renew(hers, pages, old.id)
    examined.all_files()
    third = proofs()[2]
    hers.post(of(pages, third.id, "retirer"))

    assert renew(hers, pages, old.id).status_code == 303
    examined.all_files()

    assert standings(old.id) == [
        Standing.CURRENT, Standing.WITHDRAWN, Standing.REJECTED, Standing.PAST,
    ]  # fmt: skip


def test_of_two_who_renew_the_second_is_told_and_one_follows(
    pages: Pages, hers: FlaskClient, visit: Visit
) -> None:
    old = deposited(hers, pages)
    colleague = visit(make.member(Role.DIRECTOR, establishments=[pages.place]))

    assert renew(hers, pages, old.id).status_code == 303
    late = renew(colleague, pages, old.id, title="La mienne")

    assert late.status_code == 409
    assert "La mienne" in late.text
    assert len(proofs()) == 2


def test_a_withdrawn_one_is_not_renewed(pages: Pages, hers: FlaskClient) -> None:
    old = deposited(hers, pages)
    hers.post(of(pages, old.id, "retirer"))

    assert renew(hers, pages, old.id).status_code == 409
    assert len(proofs()) == 1


def test_what_has_become_her_provider_s_is_not_hers_to_renew(
    pages: Pages, hers: FlaskClient
) -> None:
    old = deposited(hers, pages)
    bear(pages, Bearer.PROVIDER, OURS)

    assert "ne vous revient plus" in hers.get(of(pages, old.id, "suivante")).text
    assert renew(hers, pages, old.id).status_code == 422
    assert len(proofs()) == 1


def test_what_is_borne_with_the_provider_is_renewed_before_it(
    pages: Pages, hers: FlaskClient, visit: Visit
) -> None:
    bear(pages, Bearer.SHARED, CODE)
    old = deposited(hers, pages, CODE)

    renew(hers, pages, old.id)
    examined.all_files()

    new = proofs()[1]
    assert new.visibility is Visibility.CLIENTS
    assert visit(pages.owner).get(f"/acme/preuves/{new.id}/fichier").status_code == 303


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"valid_until": "hier"}, 422),
        ({"valid_until": "2999-01-01"}, 422),
        ({"covers_from": "2026-02-02", "covers_until": "2026-01-01"}, 422),
        ({"title": "x" * 201}, 422),
        ({"content": b"MZ\x90\x00"}, 422),
    ],
)
def test_what_cannot_be_leaves_the_old_one_as_it_was(
    pages: Pages, hers: FlaskClient, typed: dict[str, Any], said: int
) -> None:
    old = deposited(hers, pages)

    assert renew(hers, pages, old.id, **typed).status_code == said
    assert hers.post(of(pages, old.id, "suivante"), data={"title": "Rien"}).status_code == 422
    assert list(proofs()) == [old]


def test_nobody_else_renews_it(pages: Pages, hers: FlaskClient, visit: Visit) -> None:
    old = deposited(hers, pages)
    neighbour = visit(make.member(Role.DIRECTOR, establishments=[pages.neighbour]))
    theirs = f"/acme/etablissements/{pages.neighbour}/preuves/{old.id}/suivante"
    known = [renew(visit(who), pages, old.id).status_code for who in (pages.owner, pages.auditor)]

    assert known == [403, 403]
    assert renew(neighbour, pages, old.id).status_code == 404
    assert neighbour.get(theirs).status_code == 404
    assert hers.get(of(pages, uuid.UUID(int=7), "suivante")).status_code == 404
    assert list(proofs()) == [old]

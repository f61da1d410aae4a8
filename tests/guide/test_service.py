"""Publishing an edition: once, by the owner role, and never another content under the same name."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import create_engine, func, select
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from portal.config import Settings
from portal.guide import loader, models, service
from tenants.db import db


@pytest.fixture
def owner_session(app: Flask) -> Iterator[Session]:
    """The owner role's session, undone at the end."""
    settings: Settings = app.config["SETTINGS"]
    assert settings.owner_database_url
    engine = create_engine(settings.owner_database_url)
    with Session(engine) as session:
        yield session
        session.rollback()
    engine.dispose()


def rows(session: Session, model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_publishing_again_changes_nothing(owner_session: Session) -> None:
    said = service.publish(owner_session, loader.current())

    assert "already" in said
    assert rows(owner_session, models.Requirement) == 79
    assert rows(owner_session, models.Question) == 13


def test_another_content_under_a_published_name_is_refused(owner_session: Session) -> None:
    altered = replace(loader.current(), digest="0" * 64)

    with pytest.raises(service.AlreadyPublishedError):
        service.publish(owner_session, altered)


def test_a_new_edition_stands_beside_the_old_one(owner_session: Session) -> None:
    newer = replace(loader.current(), id="2027.1", digest="0" * 64)

    service.publish(owner_session, newer)

    assert rows(owner_session, models.Edition) == 2
    assert rows(owner_session, models.Requirement) == 158


def test_the_tables_say_what_the_edition_says(owner_session: Session) -> None:
    row = owner_session.execute(
        select(models.Requirement).where(models.Requirement.code == "EXT-05")
    ).scalar_one()

    requirement = loader.current().requirement("EXT-05")
    assert (row.edition_id, row.question, row.weight) == ("2026.1", 13, requirement.weight)
    assert (row.tier, row.bearer, row.condition) == ("baseline", "shared", "hosted_health_data")
    assert (row.review_months, row.position) == (12, requirement.position)


def test_the_portal_itself_may_only_read_the_guide(isolated: None) -> None:
    db.session.add(
        models.Edition(id="2099.1", published_on=loader.current().published_on, digest="")
    )

    with pytest.raises(ProgrammingError, match="permission denied"):
        db.session.flush()
    db.session.rollback()

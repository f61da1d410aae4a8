"""The guide's editions in the database: global, read-only, for keys and set-based SQL."""

from datetime import date

from sqlalchemy import ForeignKey, ForeignKeyConstraint, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from tenants.db import Model


class Edition(Model):
    """A published edition; ``digest`` is the SHA-256 of its sealed manifest, in hex."""

    __tablename__ = "edition"

    id: Mapped[str] = mapped_column(primary_key=True)
    published_on: Mapped[date]
    digest: Mapped[str]


class Question(Model):
    """One of the thirteen questions."""

    __tablename__ = "question"

    edition_id: Mapped[str] = mapped_column(ForeignKey("edition.id"), primary_key=True)
    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    title: Mapped[str]
    short: Mapped[str]
    #: Whether somebody compared the title with the guide itself.
    title_confirmed: Mapped[bool]


class Requirement(Model):
    """One of the requirements that the questions are made of."""

    __tablename__ = "requirement"
    __table_args__ = (
        ForeignKeyConstraint(
            ["edition_id", "question"], ["question.edition_id", "question.number"]
        ),
    )

    edition_id: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    question: Mapped[int] = mapped_column(SmallInteger)
    weight: Mapped[int] = mapped_column(SmallInteger)
    tier: Mapped[str]
    bearer: Mapped[str]
    condition: Mapped[str]
    review_months: Mapped[int] = mapped_column(SmallInteger)
    position: Mapped[int] = mapped_column(SmallInteger)

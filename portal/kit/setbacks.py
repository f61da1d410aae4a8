"""What keeps promised work from being done, told on the row that somebody follows.

The outbox is out of an establishment's reach and its errors speak to engineers; a followed row
says in a word what went wrong and when the work is tried again.
"""

import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Mapped, mapped_column

from portal.kit.errors import Trouble
from tenants.context import current_tenant_id
from tenants.db import db
from tenants.scoping import Record


@dataclass(frozen=True)
class Setback:
    """A try that failed.  Without ``retry_at`` it was the last: the work waits for a human."""

    trouble: Trouble
    retry_at: datetime | None


class Followed(Record):
    """A row with work promised on it, that somebody watches until it is done."""

    __abstract__ = True

    #: A :class:`Trouble`; ``None`` while nothing has gone wrong.
    trouble: Mapped[str | None] = mapped_column(sort_order=96)
    retry_at: Mapped[datetime | None] = mapped_column(sort_order=97)

    def no_trouble(self) -> None:
        """Begin anew: the work is done, or another is promised."""
        self.trouble = self.retry_at = None

    @property
    def given_up(self) -> bool:
        """Whether nobody tries any more, its state notwithstanding."""
        return self.trouble is not None and self.retry_at is None


Tell = Callable[[Mapping[str, Any], Setback], None]


def told_on(
    model: type[Followed],
    name: str,
    working: Collection[StrEnum],
    *,
    given_up: StrEnum | None = None,
) -> Tell:
    """For a job: tell its setbacks on the row whose id is ``name`` in the payload.

    Only while that is in one of the ``working`` states: done by another, there is nothing to tell.
    After the last try it comes into the state ``given_up``, where it has one.
    """

    def tell(payload: Mapping[str, Any], setback: Setback) -> None:
        values: dict[str, Any] = {"trouble": setback.trouble.value, "retry_at": setback.retry_at}
        if setback.retry_at is None and given_up is not None:
            values["state"] = given_up
        db.session.execute(
            update(model)
            .where(
                model.tenant_id == current_tenant_id(),
                model.id == uuid.UUID(payload[name]),
                model.__table__.c.state.in_(working),
            )
            .values(**values)
            .execution_options(synchronize_session=False)
        )

    return tell

"""Another e-mail address for an account, and back to the one before, from the mailbox it was."""

import uuid
from datetime import datetime
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from portal.accounts import comeback
from portal.accounts.forgetting import ADDRESSES
from portal.accounts.models import AddressChange
from portal.kit import tokens
from portal.kit.errors import Conflict
from portal.kit.tokens import Token
from tenants import service as tenants
from tenants.db import db
from tenants.models import UserAccount

#: How long the former address can take the account back: a holiday week.
UNDO_WITHIN: Final = ADDRESSES


class Taken(Conflict):
    message = "Another account has this address."


def move(person: UserAccount, *, to: str, at: datetime) -> str:
    """Give the account this address, which she reads; returns the token that undoes it.

    Needs her own scope.  Raises :class:`Taken`.  Who waited to come back without a factor was told
    of it at an address that is hers no more: that wait is over for nothing.
    """
    former = person.email
    _write(person, to)
    written, token = tokens.make(person.id)
    db.session.add(
        AddressChange(user_id=person.id, former=former, changed_at=at, digest=token.digest)
    )
    comeback.annul(person.id, at=at)
    db.session.flush()
    return written


def undoable(token: Token, *, at: datetime) -> AddressChange | None:
    """The change that this token undoes, locked; needs her own scope."""
    return db.session.scalar(
        select(AddressChange)
        .where(
            AddressChange.user_id == token.owner_id,
            AddressChange.digest == token.digest,
            AddressChange.changed_at > at - UNDO_WITHIN,
        )
        .with_for_update()
    )


def undo(person: UserAccount, change_id: uuid.UUID, *, at: datetime) -> None:
    """Give the account its former address again, and shut every browser.  Raises :class:`Taken`.

    What was changed after that is undone with it: those later addresses take nothing back.
    """
    change = db.session.get_one(AddressChange, change_id)
    _write(person, change.former)
    db.session.execute(
        delete(AddressChange).where(
            AddressChange.user_id == person.id, AddressChange.changed_at >= change.changed_at
        )
    )
    comeback.annul(person.id, at=at)
    tenants.close_sign_ins(person.id, at=at)
    db.session.flush()


def _write(person: UserAccount, email: str) -> None:
    try:
        with db.session.begin_nested():
            person.email = email
            db.session.flush()
    except IntegrityError as error:
        db.session.refresh(person)
        raise Taken from error

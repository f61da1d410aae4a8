"""What happened to an account: noted for its person, and told to her by e-mail."""

import uuid
from enum import StrEnum
from typing import Any

from flask import current_app, request
from flask_babel import force_locale

from portal.accounts import browsers
from portal.accounts.models import AccountEvent
from portal.config import Settings
from portal.kit import clock, postman
from portal.kit.i18n import format_datetime, gettext
from portal.kit.postman import Addressee, Note
from tenants import queries as tenancy
from tenants.db import db
from tenants.models import UserAccount

LONGEST_AGENT = 300


class Act(StrEnum):
    """What may happen; templates/macros/account.html has the words of each."""

    SIGNED_IN = "signed_in"
    SIGNED_IN_NEW = "signed_in_new"
    SIGN_IN_CLOSED = "sign_in_closed"
    OTHERS_CLOSED = "others_closed"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 -- the name of an act
    PASSWORD_RESET = "password_reset"  # noqa: S105 -- the name of an act
    FACTOR_ADDED = "factor_added"
    FACTOR_REMOVED = "factor_removed"
    RECOVERY_MADE = "recovery_made"
    RECOVERY_USED = "recovery_used"
    IDENTITY_TIED = "identity_tied"
    IDENTITY_UNTIED = "identity_untied"


def agent() -> str:
    """What the present browser calls itself."""
    return request.user_agent.string[:LONGEST_AGENT]


def note(user_id: uuid.UUID, act: Act, *, tell: bool = True, **details: Any) -> None:
    """Keep that this happened just now, in this browser; needs her own scope.

    What touches how she signs in is told to her by e-mail as well, unless ``tell`` is false.
    """
    db.session.add(
        AccountEvent(
            user_id=user_id,
            at=clock.now(),
            action=act.value,
            agent=agent(),
            address=request.remote_addr or "",
            details=details,
        )
    )
    db.session.flush()
    person = tenancy.user(user_id)
    if tell and person is not None:
        _tell(person, act)


def _tell(person: UserAccount, act: Act) -> None:
    settings: Settings = current_app.config["SETTINGS"]
    with force_locale(person.locale):
        if (said := _words().get(act)) is None:
            return
        where = browsers.describe(agent()) or gettext("an unknown browser")
        told = gettext(
            "It was on %(when)s, with %(browser)s, from the network address %(address)s.",
            when=format_datetime(clock.now(), "short"),
            browser=where,
            address=request.remote_addr or "?",
        )
        postman.write(
            Addressee(person.email, person.name, person.locale),
            Note(
                subject=said[0],
                paragraphs=[
                    said[1],
                    told,
                    gettext(
                        "If it was not you, change your password and close the other sign-ins."
                    ),
                ],
                link=(gettext("Open my account"), f"{settings.public_url}/mon-compte"),
            ),
        )


def _words() -> dict[Act, tuple[str, str]]:
    """Subject and first sentence of what is told."""
    return {
        Act.SIGNED_IN_NEW: (
            gettext("Sign-in from a new browser"),
            gettext("Somebody signed in to your account from a browser not seen before."),
        ),
        Act.PASSWORD_CHANGED: (
            gettext("Your password was changed"),
            gettext("The password of your account was changed. The other sign-ins were closed."),
        ),
        Act.PASSWORD_RESET: (
            gettext("Your password was changed"),
            gettext("Another password was chosen with a code sent to this address."),
        ),
        Act.FACTOR_ADDED: (
            gettext("A second factor was added"),
            gettext("A second factor was added to your account."),
        ),
        Act.FACTOR_REMOVED: (
            gettext("A second factor was removed"),
            gettext("A second factor was removed from your account."),
        ),
        Act.RECOVERY_MADE: (
            gettext("New recovery codes"),
            gettext("Recovery codes were made for your account; those of before are void."),
        ),
        Act.RECOVERY_USED: (
            gettext("A recovery code was used"),
            gettext("Somebody signed in to your account with one of its recovery codes."),
        ),
        Act.IDENTITY_TIED: (
            gettext("Another way to sign in was added"),
            gettext("From now on a directory, or Pro Santé Connect, may sign you in."),
        ),
        Act.IDENTITY_UNTIED: (
            gettext("A way to sign in was removed"),
            gettext("A directory, or Pro Santé Connect, signs you in no more."),
        ),
    }

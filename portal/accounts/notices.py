"""What happened to an account: noted for its person, and told to her by e-mail."""

import uuid
from enum import StrEnum
from typing import Any

from flask import current_app, request
from flask_babel import LazyString, force_locale

from portal.accounts import browsers
from portal.accounts.models import AccountEvent
from portal.config import Settings
from portal.kit import clock, postman
from portal.kit.i18n import format_datetime, gettext
from portal.kit.postman import Addressee, Note
from tenants import queries as tenancy
from tenants.db import db

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
    COMEBACK_ASKED = "comeback_asked"
    COMEBACK_VOID = "comeback_void"
    COMEBACK_DONE = "comeback_done"
    RENAMED = "renamed"
    ADDRESS_CHANGED = "address_changed"
    ADDRESS_RESTORED = "address_restored"
    SIGN_IN_REFUSED = "sign_in_refused"


def agent() -> str:
    """What the present browser calls itself."""
    return request.user_agent.string[:LONGEST_AGENT]


def note(
    user_id: uuid.UUID,
    act: Act,
    *,
    tell: bool = True,
    link: tuple[LazyString, str] | None = None,
    **details: Any,
) -> None:
    """Keep that this happened just now, in this browser; needs her own scope.

    What touches how she signs in is told to her by e-mail as well, unless ``tell`` is false;
    ``link`` is what she had better do when it was not she: a label and a path.
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
        write(Addressee(person.email, person.name, person.locale), act, link=link)


def write(to: Addressee, act: Act, *, link: tuple[LazyString, str] | None = None) -> None:
    """Tell what has just happened to who reads this address."""
    settings: Settings = current_app.config["SETTINGS"]
    with force_locale(to.locale):
        if (said := _words().get(act)) is None:
            return
        where = browsers.describe(agent()) or gettext("an unknown browser")
        told = gettext(
            "It was on %(when)s, with %(browser)s, from the network address %(address)s.",
            when=format_datetime(clock.now(), "short"),
            browser=where,
            address=request.remote_addr or "?",
        )
        label, path = link or (gettext("Open my account"), "/mon-compte")
        note = Note(
            subject=said[0],
            paragraphs=[said[1], told, _otherwise(act)],
            link=(str(label), f"{settings.public_url}{path}"),
        )
        postman.write(to, note)


def _otherwise(act: Act) -> str:
    """What to do when it was not she."""
    said: dict[Act, str] = {
        Act.COMEBACK_ASKED: gettext(
            "If it was not you, cancel it now, then choose another password: who asked knows yours."
        ),
        Act.ADDRESS_CHANGED: gettext(
            "If it was not you, take your address back within seven days: the link below does it,"
            " and signs out every browser."
        ),
        Act.ADDRESS_RESTORED: gettext(
            "Choose another password now: somebody was signed in as you."
        ),
    }
    usual: str = gettext("If it was not you, change your password and close the other sign-ins.")
    return said.get(act, usual)


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
        Act.COMEBACK_ASKED: (
            gettext("Somebody says that you lost your second factors"),
            gettext(
                "Somebody who knows your password asked to replace all your second factors. In"
                " three days from now, a code sent to this address will make that possible."
            ),
        ),
        Act.COMEBACK_VOID: (
            gettext("Your second factors stay as they are"),
            gettext("The request to replace your second factors is cancelled."),
        ),
        Act.COMEBACK_DONE: (
            gettext("Your second factors were replaced"),
            gettext(
                "A new second factor was added to your account. Those of before, and the recovery"
                " codes, open nothing any more; the other sign-ins were closed."
            ),
        ),
        Act.ADDRESS_CHANGED: (
            gettext("The address of your account was changed"),
            gettext("From now on your account is opened and written to at another address."),
        ),
        Act.ADDRESS_RESTORED: (
            gettext("Your account has its former address again"),
            gettext("The change of address was undone and every browser was signed out."),
        ),
    }

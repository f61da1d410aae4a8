"""Passkeys (WebAuthn level 3): made for this portal's name, each challenge answered once.

The person is verified by her device, by PIN, finger or face: a passkey counts as two factors.
"""

import ipaddress
import json
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import webauthn
from flask import current_app, request, session
from sqlalchemy import select
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from portal.accounts import challenges
from portal.accounts.models import Factor, FactorKind
from portal.config import Settings
from portal.kit import clock
from tenants.db import db
from tenants.models import UserAccount

GOOD_FOR: Final = timedelta(minutes=5)
_KEY: Final = "passkey"
_NAME: Final = "Treize"
#: What comes of an answer that no browser gives: of another shape, or nested without an end.
_NONSENSE: Final = (
    *(WebAuthnException, ValueError, TypeError, LookupError, AttributeError, RecursionError),
)


@dataclass(frozen=True)
class Party:
    """For whom passkeys are made: the portal's name and its origin."""

    id: str
    origin: str


@dataclass(frozen=True)
class Made:
    """A passkey that a browser has just made."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


def party() -> Party | None:
    """``None`` where the portal is called by a number: browsers make passkeys for names alone.

    In development it also answers to ``localhost``.
    """
    settings: Settings = current_app.config["SETTINGS"]
    here = urlsplit(request.host_url)
    if settings.development and here.hostname == "localhost":
        return Party("localhost", f"{here.scheme}://{here.netloc}")
    public = urlsplit(settings.public_url)
    name = public.hostname or ""
    return None if _is_number(name) else Party(name, f"{public.scheme}://{public.netloc}")


def _is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def options_to_make(person: UserAccount, known: list[Factor], party: Party) -> str:
    """What the browser needs to make one, as JSON; asks a challenge of this browser."""
    options = webauthn.generate_registration_options(
        rp_id=party.id,
        rp_name=_NAME,
        user_id=person.id.bytes,
        user_name=person.email,
        user_display_name=person.name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=_descriptors(known),
    )
    _ask("make", options.challenge)
    return webauthn.options_to_json(options)


def options_to_prove(known: list[Factor], party: Party) -> str:
    """What the browser needs to use one of these, or any that it knows when there are none."""
    options = webauthn.generate_authentication_options(
        rp_id=party.id,
        allow_credentials=_descriptors(known),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    _ask("prove", options.challenge)
    return webauthn.options_to_json(options)


def made(answer: str, party: Party) -> Made | None:
    """The passkey in a browser's answer; ``None`` when it does not answer our challenge."""
    if (challenge := _answered("make")) is None:
        return None
    try:
        found = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except _NONSENSE:
        return None
    return Made(found.credential_id, found.credential_public_key, found.sign_count)


def claimed_by(answer: str) -> uuid.UUID | None:
    """Who a passkey says it belongs to; believed only once :func:`proves` has looked."""
    handle = _said(answer, "userHandle")
    try:
        return uuid.UUID(bytes=base64url_to_bytes(handle)) if handle else None
    except ValueError:
        return None


def proves(user_id: uuid.UUID, answer: str, party: Party) -> Factor | None:
    """The passkey of this person that signed our challenge; needs her own scope.

    A count of uses that goes back tells of a copied key (WebAuthn 7.2, 22): it proves nothing.
    """
    challenge, factor = _answered("prove"), _named(user_id, answer)
    if challenge is None or factor is None or factor.public_key is None:
        return None
    try:
        found = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=factor.public_key,
            credential_current_sign_count=factor.sign_count,
            require_user_verification=True,
        )
    except _NONSENSE:
        return None
    factor.sign_count, factor.used_at = found.new_sign_count, clock.now()
    db.session.flush()
    return factor


def _named(user_id: uuid.UUID, answer: str) -> Factor | None:
    try:
        credential_id = base64url_to_bytes(str(json.loads(answer)["rawId"]))
    except _NONSENSE:
        return None
    found: Factor | None = db.session.scalar(
        select(Factor)
        .where(
            Factor.user_id == user_id,
            Factor.kind == FactorKind.PASSKEY,
            Factor.credential_id == credential_id,
        )
        .with_for_update()
    )
    return found


def _said(answer: str, name: str) -> str | None:
    try:
        said: Any = json.loads(answer)["response"].get(name)
    except _NONSENSE:
        return None
    return said if isinstance(said, str) else None


def _descriptors(known: list[Factor]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=f.credential_id) for f in known if f.credential_id]


def _ask(deed: str, challenge: bytes) -> None:
    told, at = bytes_to_base64url(challenge), clock.now()
    asked = challenges.ask("passkey", deed, told, at=at, until=at + GOOD_FOR)
    session[f"{_KEY}:{deed}"] = [str(asked), told]


def _answered(deed: str) -> bytes | None:
    """The challenge this browser was asked, used up by this."""
    asked, told = session.pop(f"{_KEY}:{deed}", (None, ""))
    if asked is None:
        return None
    fresh = challenges.answered(uuid.UUID(asked), "passkey", deed, told, at=clock.now())
    return base64url_to_bytes(told) if fresh else None

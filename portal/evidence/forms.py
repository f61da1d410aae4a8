"""What the pages of proofs accept."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from marshmallow import ValidationError, fields, validate

from portal.evidence import certificates, facts, suggesting
from portal.evidence.certificates import Certificate
from portal.evidence.facts import Facts
from portal.evidence.linking import Aim
from portal.evidence.models import CertificateKind, Kind, Visibility
from portal.evidence.shelf import Filters, State
from portal.evidence.suggesting import Served, Suggestion
from portal.guide.edition import Edition
from portal.kit.form import FormSchema, at_most, lenient
from portal.kit.i18n import gettext

MAX_URL = 2000
_BLANK = re.compile(r"[\s\x00-\x1f\x7f<>\"\\]")


def web_address(value: str) -> None:
    """An https address of a host, without a password in it."""
    try:
        parts = urlsplit(value)
        plain = bool(parts.hostname) and parts.username is None and parts.port != 0
    except ValueError:
        plain = False
    if not plain or not value.startswith("https://") or _BLANK.search(value):
        raise ValidationError("Give a full address that begins with https://.")


class FactsForm(FormSchema):
    """What is said of a proof."""

    title = fields.String(load_default="", validate=at_most(facts.MAX_TITLE))
    visibility = fields.Enum(
        Visibility,
        by_value=True,
        load_default=Visibility.CLIENTS,
        validate=validate.NoneOf([Visibility.HOUSE], error="Choose who may see it."),
    )
    covers_from = fields.Date(load_default=None)
    covers_until = fields.Date(load_default=None)
    valid_until = fields.Date(load_default=None)
    certificate = fields.Enum(CertificateKind, by_value=True, load_default=None)
    issuer = fields.String(load_default="", validate=at_most(certificates.MAX_TEXT))
    number = fields.String(load_default="", validate=at_most(certificates.MAX_TEXT))
    scope = fields.String(load_default="", validate=at_most(certificates.MAX_TEXT))


class EditForm(FactsForm):
    title = fields.String(required=True, validate=at_most(facts.MAX_TITLE))
    valid_until = fields.Date(required=True)
    version = fields.Integer(required=True, validate=validate.Range(min=0))


class ContentForm(FactsForm):
    """A proof without its file, which travels beside: for the next of an existing one."""

    url = fields.String(
        load_default=None, validate=[at_most(MAX_URL), web_address], allow_none=True
    )
    body = fields.String(load_default="", validate=at_most(facts.MAX_BODY))


_CODES = fields.List(
    fields.String(validate=at_most(20)),
    required=True,
    validate=validate.Length(min=1, max=200, error="Choose at least one requirement."),
    error_messages={"required": "Choose at least one requirement."},
)
_LEVEL = fields.String(
    load_default="tenant", validate=validate.OneOf(["tenant", "offering", "establishment"])
)
_ESTABLISHMENTS = fields.List(
    fields.UUID(),
    load_default=list,
    validate=validate.Length(max=10_000, error="That is too many at once."),
)


class LinkForm(FormSchema):
    """Requirements and whom they are proven for."""

    codes = _CODES
    level = _LEVEL
    offering = fields.UUID(load_default=None)
    establishments = _ESTABLISHMENTS


class LinkManyForm(LinkForm):
    """The same for many proofs; those that served nothing yet get an end of validity."""

    valid_until = fields.Date(load_default=None)


class BatchForm(FactsForm):
    """What is said of many files at once; each is called by its own name."""

    class Meta(FormSchema.Meta):
        exclude = ("title",)


class AddForm(ContentForm):
    """A new proof and what it serves."""

    codes = _CODES
    level = _LEVEL
    offering = fields.UUID(load_default=None)
    establishments = _ESTABLISHMENTS


class SuggestForm(FormSchema):
    """What the end of validity follows from, as far as it is typed."""

    codes = fields.List(fields.String(validate=at_most(20)), load_default=list)
    level = _LEVEL
    offering = fields.UUID(load_default=None)
    covers_from = fields.Date(load_default=None)
    covers_until = fields.Date(load_default=None)
    certificate = fields.Enum(CertificateKind, by_value=True, load_default=None)


class ShelfForm(FormSchema):
    """The shelf's filters, from the address."""

    q = fields.String(load_default="", validate=at_most(80))
    code = fields.String(load_default="", validate=at_most(20))
    offering = fields.UUID(load_default=None)
    establishment = fields.UUID(load_default=None)
    kind = fields.Enum(Kind, by_value=True, load_default=None)
    visibility = fields.Enum(Visibility, by_value=True, load_default=None)
    certificate = fields.Enum(CertificateKind, by_value=True, load_default=None)
    state = fields.Enum(State, by_value=True, load_default=State.SHOWN)


def wanted(args: dict[str, str]) -> tuple[Filters, State]:
    """The filters of an address; nonsense in one of them leaves that one out."""
    given = lenient(ShelfForm, args)
    filters = Filters(
        text=given["q"],
        code=given["code"],
        offering_id=given["offering"],
        establishment_id=given["establishment"],
        kind=given["kind"],
        visibility=given["visibility"],
        certificate=given["certificate"],
    )
    return filters, given["state"]


def suggestion(
    typed: Mapping[str, Any],
    edition: Edition,
    *,
    today: date,
    served: Served | None = None,
) -> Suggestion | None:
    """The end of validity that follows from what is typed so far; ``None`` while nothing does.

    ``served``: by a proof that has its links already, which its form does not ask again.
    """
    given = lenient(SuggestForm, typed)
    if given["certificate"] and given["covers_from"]:
        return suggesting.of_certificate(given["certificate"], given["covers_from"])
    if given["certificate"]:
        return None
    until = given["covers_until"]
    return suggesting.usual_of(
        edition,
        served or {given["offering"] if given["level"] == "offering" else None: given["codes"]},
        covers_until=until if until and facts.EARLIEST <= until < _FURTHEST else None,
        today=today,
    )


#: No calendar goes on much longer, and no date typed by mistake may break one.
_FURTHEST = date(9900, 1, 1)


def aim(data: dict[str, Any]) -> Aim:
    """Whom the links are for; what another level left filled in does not count."""
    level = data["level"]
    return Aim(
        data["codes"],
        data["offering"] if level == "offering" else None,
        data["establishments"] if level == "establishment" else (),
    )


def missing_target(data: dict[str, Any]) -> tuple[str, str] | None:
    """The field left empty that the chosen level needs, with what to say of it."""
    if data["level"] == "offering" and data["offering"] is None:
        return "offering", gettext("Choose an offering.")
    if data["level"] == "establishment" and not data["establishments"]:
        return "establishments", gettext("Choose at least one establishment.")
    return None


def said(data: dict[str, Any], *, fallback_title: str = "") -> Facts:
    return Facts(
        title=data.get("title") or fallback_title,
        visibility=data["visibility"],
        covers_from=data["covers_from"],
        covers_until=data["covers_until"],
        valid_until=data["valid_until"],
        certificate=_certificate(data),
    )


def _certificate(data: dict[str, Any]) -> Certificate | None:
    """What is written beside no type is not kept."""
    if data["certificate"] is None:
        return None
    return Certificate(data["certificate"], data["issuer"], data["number"], data["scope"])

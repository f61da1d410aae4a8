"""A provider arrives: a tenant, its owner, the usual offerings, in one transaction."""

import json
import re
import uuid
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from stdnum.exceptions import InvalidChecksum, InvalidFormat, InvalidLength
from stdnum.fr import siren as siren_rules

from portal.audit import service as audit
from portal.contracts import offerings
from portal.guide.edition import Edition
from portal.kit.errors import Conflict, Refused
from portal.kit.folding import fold
from tenants import queries as tenancy
from tenants import service as tenants
from tenants.access import Actor
from tenants.context import current_tenant_id
from tenants.models import Tenant
from tenants.roles import Role

_LONGEST_SLUG = 40
#: What a company's name ends with and nobody says.
_FORMS = frozenset({"sa", "sas", "sasu", "sarl", "eurl", "scop", "snc", "ste", "societe"})


class EditedMeanwhile(Conflict):
    """Somebody else kept other settings after their author had read the page."""

    message = (
        "Somebody else has changed these settings meanwhile, and yours are not written:"
        " compare them, then save to replace theirs."
    )


@dataclass(frozen=True, kw_only=True)
class Provider:
    """What a provider says of itself."""

    name: str
    siren: str
    slug: str
    locale: str


@dataclass(frozen=True, kw_only=True)
class Newcomer:
    """Who opens it: somebody known, or a name, an address and a password's hash."""

    name: str
    email: str
    user_id: uuid.UUID | None = None
    password_hash: str | None = None


def open_provider(provider: Provider, who: Newcomer, edition: Edition, *, today: date) -> uuid.UUID:
    """Needs the scope of a tenant id that nobody has yet; returns the owner's id.

    Raises ``Refused`` on an address that is taken or that no URL carries.
    """
    check_slug(provider.slug)
    tenants.open_tenant(
        slug=provider.slug,
        name=provider.name,
        siren=provider.siren,
        edition_id=edition.id,
        tenant_id=current_tenant_id(),
        locale=provider.locale,
    )
    user_id = who.user_id
    if user_id is None:
        person = tenants.register_user(
            email=who.email, name=who.name, password_hash=who.password_hash
        )
        person.locale = provider.locale
        user_id = person.id
    tenants.admit(user_id, role=Role.OWNER)
    actor = Actor(user_id, current_tenant_id(), Role.OWNER, who.name)
    audit.record(
        actor,
        "tenant.opened",
        subject="tenant",
        subject_id=actor.tenant_id,
        name=provider.name,
        siren=provider.siren,
    )
    offerings.adopt(actor, edition, codes=None, today=today)
    return user_id


def check_slug(slug: str) -> None:
    """Raises ``Refused``."""
    if not tenants.is_slug(slug):
        raise Refused(
            "An address is made of small letters, digits and hyphens, and is not reserved.",
            field="slug",
        )
    if tenancy.tenant_by_slug(slug) is not None:
        raise Refused("There is a provider with this address already.", field="slug")


def proposed_slug(name: str) -> str:
    """A free address after the name of a provider."""
    words = re.sub(r"[^a-z0-9]+", " ", fold(name)).split()
    said = [word for word in words if word not in _FORMS] or words or ["espace"]
    stem = "-".join(said)[: _LONGEST_SLUG - 3].strip("-")
    tried = [stem, *(f"{stem}-{number}" for number in range(2, 100))]
    for slug in tried:
        if tenants.is_slug(slug) and tenancy.tenant_by_slug(slug) is None:
            return slug
    return ""


def siren(given: str) -> str:
    """Nine digits without the spaces between them.  Raises ``Refused``, saying what is wrong."""
    try:
        found: str = siren_rules.validate(re.sub(r"[\s.\-]+", "", given))
    except InvalidLength:
        raise Refused("A SIREN has nine digits.", field="siren") from None
    except InvalidFormat:
        raise Refused("A SIREN is made of digits alone.", field="siren") from None
    except InvalidChecksum:
        raise Refused(
            "This SIREN does not add up: a digit is wrong, or two are swapped.", field="siren"
        ) from None
    return found


def settings_mark(tenant: Tenant) -> str:
    """What its settings are, in a short word: another one when somebody has changed them."""
    said = [tenant.name, tenant.siren, tenant.second_factor.value, tenant.locale]
    return sha256(json.dumps(said).encode()).hexdigest()[:16]


def edit(
    actor: Actor, tenant_id: uuid.UUID, *, seen: str, **wanted: str
) -> dict[str, list[str | None]]:
    """Change what the tenant says of itself and demands; returns what changed, before and after.

    ``seen`` is the mark of the settings that their author read; raises :class:`EditedMeanwhile`
    when they are others by now.
    """
    tenant = tenancy.tenant(tenant_id, lock=True)
    if settings_mark(tenant) != seen:
        raise EditedMeanwhile
    changes: dict[str, list[str | None]] = {}
    for name, value in wanted.items():
        before = getattr(tenant, name)
        if before != value:
            setattr(tenant, name, value)
            changes[name] = [before and str(before), str(value)]
    if changes:
        audit.record(
            actor, "tenant.edited", subject="tenant", subject_id=tenant.id, changes=changes
        )
    return changes

"""What the frame around every page says: where one is, where one may go, what one has not read.

Reads the database once, for how many reminders wait to be read.
"""

from dataclasses import dataclass
from datetime import date

from flask import Flask, current_app, g, request, session

from portal.config import Settings
from portal.kit import clock
from portal.kit.addresses import address
from portal.reminders import centre
from tenants.access import PUBLIC, SIGNED_IN, Actor, access_of
from tenants.roles import PROVIDER_ROLES, Permission, Role


@dataclass(frozen=True)
class Place:
    """A line of the rail.  It is the current one on any endpoint that begins like ``within``."""

    name: str
    endpoint: str
    within: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    """A line as the layout shows it; macros/navigation.html has the word behind ``name``."""

    name: str
    url: str
    current: bool
    count: int | None = None


@dataclass(frozen=True)
class Shell:
    """Who is here and what the frame offers; an absent address hides its link."""

    tenant: str | None
    person: str | None
    role: str | None
    home_url: str
    sign_out_url: str | None
    language_url: str
    tenants_url: str | None
    search_url: str | None
    account_url: str | None = None
    #: What fills the menu of spaces as it opens.
    spaces_url: str | None = None
    #: Told to owners: the last day of a plan that is over.
    ended_on: date | None = None


_PROVIDER = (
    Place(
        "fleet",
        "tracking.board",
        (
            *("tracking.", "fleet.", "space.", "contests.", "assessments.", "briefs.", "leaving."),
            # One establishment's, or given to many of the board.
            *("contracts.here", "contracts.sign", "contracts.many", "contracts.responsibility"),
        ),
    ),
    Place("requirements", "tracking.requirements", ("tracking.requirement", "tracking.declare")),
    Place("actions", "actions.index", ("actions.", "calendars.")),
    Place("evidence", "evidence.shelf", ("evidence.", "collecting.", "collections.")),
    Place("offerings", "contracts.offerings", ("contracts.",)),
    Place("attestations", "attestations.index", ("attestations.",)),
    Place("audits", "engagements.index", ("engagements.",)),
    Place("guide", "guide.index", ("guide.",)),
    Place("reminders", "reminders.centre", ("reminders.",)),
    Place("journal", "journal.index", ("journal.",)),
    Place("mailbox", "reminders.mailbox", ("reminders.mailbox", "reminders.message")),
    Place("team", "people.team", ("people.", "federation.", "leaving.register")),
)
_LISTED = (
    Place(
        "establishment",
        "accounts.tenant_home",
        (
            "tracking.",
            "fleet.",
            "evidence.",
            "space.",
            "contests.",
            "assessments.",
            "briefs.",
            "leaving.",
            "collecting.",
            "contracts.",
        ),
    ),
    Place("actions", "actions.index", ("actions.", "calendars.")),
    Place("collections", "collections.index", ("collections.",)),
    Place("attestations", "attestations.index", ("attestations.",)),
    Place("audits", "engagements.index", ("engagements.",)),
    Place("reminders", "reminders.centre", ("reminders.",)),
    Place("journal", "journal.index", ("journal.",)),
    Place("guide", "guide.index", ("guide.",)),
)
#: An auditor has the rooms of her engagements, and the guide to read them by.
_AUDITOR = (
    Place("audits", "engagements.index", ("engagements.",)),
    Place("guide", "guide.index", ("guide.",)),
)
_DEVELOPMENT_ONLY = frozenset({"mailbox"})
_SEARCH = "tracking.search"


def init_app(app: Flask) -> None:
    app.context_processor(_frame)


def _frame() -> dict[str, object]:
    """For every template: what surrounds the page, and who may do what on it."""
    return {"navigation": navigation, "shell": shell, "actor": g.get("actor")}


def navigation() -> list[Entry]:
    """The lines that the person here may open, the current one marked."""
    actor: Actor | None = g.get("actor")
    if actor is None:
        return []
    shown = [place for place in _places(actor.role) if _may_open(place.endpoint) and _fits(place)]
    current = max(shown, key=_closeness, default=None)
    return [
        Entry(
            place.name,
            address(place.endpoint),
            place is current and _closeness(place) > 0,
            centre.unread(actor) if place.name == "reminders" else None,
        )
        for place in shown
    ]


def _places(role: Role) -> tuple[Place, ...]:
    if role in PROVIDER_ROLES:
        return _PROVIDER
    return _AUDITOR if role is Role.AUDITOR else _LISTED


def shell() -> Shell:
    """Who is here, in words, and the addresses around the page."""
    actor: Actor | None = g.get("actor")
    person = g.get("user")
    elsewhere = _tenants_url() if actor else None
    return Shell(
        tenant=g.tenant.name if actor else None,
        person=person.name if person else None,
        role=actor.role.value if actor else None,
        home_url=address("accounts.tenant_home") if actor else address("accounts.home"),
        sign_out_url=address("accounts.sign_out") if person else None,
        language_url=address("accounts.choose_language"),
        account_url=address("accounts.account") if person else None,
        tenants_url=elsewhere,
        spaces_url=address("people.spaces", ici=g.tenant_slug) if elsewhere else None,
        search_url=address(_SEARCH) if actor and _may_open(_SEARCH) else None,
        ended_on=_plan_ended_on(actor),
    )


def _plan_ended_on(actor: Actor | None) -> date | None:
    """Only owners can do something about it."""
    if actor is None or actor.role is not Role.OWNER or not g.tenant.plan_is_over(clock.today()):
        return None
    last: date | None = g.tenant.plan_until
    return last


def _tenants_url() -> str | None:
    """Hidden from who is known to have one tenant only."""
    return None if session.get("one_tenant") else address("accounts.my_access")


def _may_open(endpoint: str) -> bool:
    view = current_app.view_functions.get(endpoint)
    access = access_of(view) if view else None
    if isinstance(access, Permission):
        return bool(g.actor.may(access))
    return access in {PUBLIC, SIGNED_IN}


def _fits(place: Place) -> bool:
    settings: Settings = current_app.config["SETTINGS"]
    return settings.development or place.name not in _DEVELOPMENT_ONLY


def _closeness(place: Place) -> int:
    """How much of the present endpoint the place claims: 0 for nothing, its whole name at best."""
    here = request.endpoint or ""
    claims = (place.endpoint, *place.within)
    return max((len(claim) for claim in claims if here.startswith(claim)), default=0)

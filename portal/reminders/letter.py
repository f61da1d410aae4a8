"""A digest in words: in the reader's language, as text and as HTML, with absolute addresses."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from flask import current_app, render_template
from flask_babel import force_locale
from werkzeug.routing import MapAdapter

from portal.config import Settings
from portal.guide import loader
from portal.kit import mail
from portal.kit.i18n import gettext, ngettext
from portal.kit.lines import lined
from portal.reminders import later, registry
from portal.reminders.drafting import Digest
from portal.reminders.items import Item, Name
from portal.reminders.kinds import Subject
from portal.reminders.later import Delay
from portal.reminders.queries import Recipient
from portal.reminders.service import Letter
from tenants.models import Tenant

#: A longer list is not read: the rest is one click away.
MOST_LINES = 20


@dataclass(frozen=True)
class Line:
    """One thing that is due, in plain words.  ``raised``: it went up to her, in words, or empty."""

    tone: str
    when: str
    what: str
    holds: str
    remedy: str
    raised: str


def of(digest: Digest, *, tenant: Tenant, today: date) -> Letter:
    """The message that a digest makes."""
    return compose(
        digest.person, digest.items,
        tenant=tenant, today=today, week=digest.week, raised=digest.raised,
    )  # fmt: skip


def compose(
    person: Recipient,
    items: Sequence[Item],
    *,
    tenant: Tenant,
    today: date,
    week: Sequence[Item] = (),
    raised: Collection[Name] = (),
) -> Letter:
    """Write the digest of ``items`` and of the fleet's ``week``, ranked; one of them at least."""
    addresses = Addresses(tenant.slug, listed=person.listed)
    with force_locale(person.locale):
        say = Words(today, listed=person.listed, raised=raised)
        lines = [
            (
                say.line(item),
                addresses.of(item),
                later.address(Delay(tenant.id, person.user_id, item.subject, item.subject_id)),
            )
            for item in items[:MOST_LINES]
        ]
        subject = say.subject(items) if items else say.week(week)
        context: dict[str, Any] = {
            "subject": subject,
            "lines": lines,
            "more": len(items) - len(lines),
            "week": [(say.line(item), addresses.of(item)) for item in week],
            "name": mail.called(person.name),
            "tenant": tenant.name,
            "addresses": addresses,
            "locale": person.locale,
        }
        text = lined(render_template("mail/digest.txt", **context, **_PLAIN))
        return Letter(subject, text, render_template("mail/digest.html", **context))


#: The screens' words are HTML; in plain text the apostrophe of a name must stay one.
_PLAIN = {"gettext": gettext, "ngettext": ngettext}


class Words:
    """The macros of mail/lines.txt in the language of the moment; plain text, to be escaped."""

    def __init__(self, today: date, *, listed: bool, raised: Collection[Name] = ()) -> None:
        self._today, self._raised = today, raised
        known = {"today": today, "listed": listed, "by_code": loader.current().by_code}
        template = current_app.jinja_env.get_template("mail/lines.txt")
        self._say: Any = template.make_module({**known, **_PLAIN})

    def line(self, item: Item) -> Line:
        # A macro's result passes for HTML: made plain, so that pages escape it.
        return Line(
            tone="late" if item.days(self._today) < 0 else "due",
            when=str(self._say.date_words(item)),
            what=str(self._say.what(item)),
            holds=str(self._say.holds(item)),
            remedy=str(self._say.remedy(item)),
            raised=str(self._say.raised(item)) if item.name in self._raised else "",
        )

    def week(self, items: Sequence[Item]) -> str:
        return str(self._say.sum_up_week(len(items)))

    def subject(self, items: Sequence[Item]) -> str:
        if all(item.subject is Subject.CONTEST for item in items):
            return str(self._say.sum_up_contests(len(items)))
        late = sum(item.days(self._today) < 0 for item in items)
        nearest = min(item.due_on for item in items)
        return str(self._say.sum_up(len(items), late, nearest))


class Addresses:
    """Where each line is acted upon, for somebody who reads far from the portal."""

    def __init__(self, tenant_slug: str, *, listed: bool) -> None:
        self._tenant_slug = tenant_slug
        self._listed = listed
        public = urlsplit(_settings().public_url)
        self._map: MapAdapter = current_app.url_map.bind(
            public.netloc, script_name=public.path or "/", url_scheme=public.scheme
        )

    @property
    def home(self) -> str:
        return self._build("accounts.tenant_home")

    @property
    def upcoming(self) -> str:
        return self._build("reminders.upcoming")

    @property
    def centre(self) -> str:
        return self._build("reminders.centre")

    @property
    def wishes(self) -> str:
        return self._build("reminders.wishes")

    def of(self, item: Item) -> str:
        endpoint, values = registry.remedy(item, listed=self._listed)
        return self._build(endpoint, **values)

    def _build(self, endpoint: str, **values: Any) -> str:
        values["tenant_slug"] = self._tenant_slug
        return self._map.build(endpoint, values, force_external=True)


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings

"""Put the application together.  The only module that knows every slice."""

from datetime import timedelta
from typing import Any

from flask import Flask
from flask_migrate import Migrate
from flask_wtf import CSRFProtect
from redis import Redis

import tenants.http
import tenants.models
import tenants.scoping
import tenants.selfcheck
from portal import cli, navigation
from portal.accounts import factors, sessions
from portal.accounts import views as accounts
from portal.actions import calendar as actions_calendar
from portal.actions import listeners as actions_listeners
from portal.actions import views as actions
from portal.assessments import views as assessments
from portal.attestations import views as attestations
from portal.briefs import views as briefs
from portal.calendars import views as calendars
from portal.collecting import calendar as collecting_calendar
from portal.collecting import listeners as collecting_listeners
from portal.collecting import views as collecting
from portal.config import Settings
from portal.contests import listeners as contests_listeners
from portal.contests import views as contests
from portal.contracts import views as contracts
from portal.contracts.signals import fleet_filtered
from portal.engagements import listeners as engagements_listeners
from portal.engagements import views as engagements
from portal.evidence import views as evidence
from portal.federation import views as federation
from portal.fleet import views as fleet
from portal.guide import views as guide
from portal.journal import views as journal
from portal.kit import (
    bodies,
    failures,
    headers,
    health,
    hosts,
    i18n,
    limits,
    mail,
    proxies,
    referrers,
    root_files,
    screens,
    secrecy,
    sending,
    storage,
    transactions,
    unsent,
    valkey,
)
from portal.kit.signing import Signer
from portal.leaving import listeners as leaving_listeners
from portal.leaving import views as leaving
from portal.operations import views as operations
from portal.people import listeners as people_listeners
from portal.people import views as people
from portal.privacy import views as privacy
from portal.publiclog import views as publiclog
from portal.reminders import listeners as reminders_listeners
from portal.reminders import views as reminders
from portal.space import views as space
from portal.tracking import listeners as tracking_listeners
from portal.tracking import views as tracking
from portal.tracking.signals import swept
from portal.vault import masters
from tenants.db import db

BLUEPRINTS = [
    health.bp, root_files.bp, accounts.bp, fleet.bp, guide.bp, guide.open_bp, contracts.bp,
    evidence.bp, collecting.bp, collecting.open_bp, collecting.collections_bp, tracking.bp,
    contests.bp, assessments.bp, space.bp, actions.bp, attestations.bp, briefs.bp,
    reminders.bp, journal.bp, people.bp, federation.bp, privacy.bp, operations.bp,
    publiclog.bp, calendars.bp, calendars.open_bp,
    engagements.bp, leaving.bp, leaving.open_bp,
    reminders.open_bp,
]  # fmt: skip
#: What every request passes, after the gate and in this order.
PASSED = (
    secrecy, bodies, i18n, screens, sending, transactions, unsent, headers, failures, sessions,
    navigation, limits, masters,
)  # fmt: skip
#: What a slice does when another, further down, sends a signal.
LISTENERS = (
    tracking_listeners, contests_listeners, actions_listeners, actions_calendar,
    collecting_listeners, collecting_calendar, reminders_listeners, people_listeners,
    engagements_listeners, leaving_listeners,
)  # fmt: skip


def create_app(settings: Settings | None = None) -> Flask:
    settings = settings or Settings.from_env()
    app = Flask(__name__, template_folder="../templates", static_folder="../static")
    app.config.update(SETTINGS=settings, **_configured(settings))
    _reach_servers(app, settings)
    _keep_the_door(app, production=not settings.development)
    cli.init_app(app)
    for part in LISTENERS:
        part.connect()
    # A slice that is told by one above it, and an answer that a page gives: no listener may
    # import either.
    swept.connect(collecting_listeners.on_day)
    fleet_filtered.connect(tracking.board.selected)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    return app


def _configured(settings: Settings) -> dict[str, Any]:
    """What Flask and its extensions ask for, each by the name it is known by there."""
    return {
        "SECRET_KEY": settings.secret_key,
        "SECRET_KEY_FALLBACKS": list(settings.former_secret_keys),
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "MAX_FORM_MEMORY_SIZE": 16 * 2**20,
        # As long as the session that it is bound to: who writes for two hours loses nothing.
        "WTF_CSRF_TIME_LIMIT": None,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.secure,
        # Browsers take a name that begins so from this host alone, for all of it, by HTTPS.
        "SESSION_COOKIE_NAME": "__Host-session" if settings.secure else "session",
        "SESSION_COOKIE_PATH": "/",
        "PERMANENT_SESSION_LIFETIME": timedelta(days=14),
        "SEND_FILE_MAX_AGE_DEFAULT": None if settings.development else timedelta(days=30),
    }


def _reach_servers(app: Flask, settings: Settings) -> None:
    """The database, Valkey, the post and the storage, as ``settings`` address them."""
    db.init_app(app)
    Migrate(app, db, directory="migrations")
    app.extensions["valkey"] = Redis.from_url(settings.redis_url, socket_timeout=5)
    app.extensions["valkey_impatient"] = valkey.impatient(settings.redis_url)
    # A worker waits on this one for longer than any page may.
    app.extensions["valkey_blocking"] = Redis.from_url(settings.redis_url, socket_connect_timeout=5)
    app.extensions["post"] = mail.choose(
        settings.smtp_url, returns=settings.mail_returns, signer=_signer(settings)
    )
    app.extensions["storage"] = storage.Storage.from_url(settings.storage_url)


def _signer(settings: Settings) -> Signer | None:
    if settings.dkim_key_file is None:
        return None
    return Signer.read(
        settings.dkim_key_file, selector=settings.dkim_selector, domain=settings.sender_domain
    )


def _keep_the_door(app: Flask, *, production: bool) -> None:
    """What every request passes, in this order, before a view is asked and after it answered."""
    proxies.init_app(app)
    hosts.init_app(app)  # before anything is read or answered
    referrers.init_app(app)
    tenants.selfcheck.init_app(
        app, production=production, spared={"health.alive", "health.ready", "static"}
    )
    tenants.http.init_app(app, production=production, holds_factor=factors.held)
    for part in PASSED:
        part.init_app(app)
    # After the gate: whoever may not enter is told so before a body is read for its token.
    forgery = CSRFProtect(app)
    # Mail readers send it (RFC 8058): the signed address is what they have.
    forgery.exempt(reminders.left)
    # Mail services send it, with a secret of theirs.
    forgery.exempt(reminders.returned)
    # Looks for the token itself, once the link is known: nothing is read for whoever has none.
    forgery.exempt(collecting.depositing.deposit)

"""Answer under our own names only: links made from a forged ``Host`` would lead elsewhere."""

from flask import Flask, abort, current_app, request

from portal.config import Settings


def init_app(app: Flask) -> None:
    settings: Settings = app.config["SETTINGS"]
    if settings.secure or not settings.development:
        app.before_request(_known)


def _known() -> None:
    settings: Settings = current_app.config["SETTINGS"]
    # Whoever watches over the portal asks it by whatever address it has inside.
    if request.endpoint != "health.alive" and request.host not in settings.hosts:
        abort(400)

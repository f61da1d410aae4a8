"""Behind proxies of ours: from which address, by which scheme, under which name we are asked.

Anybody can write these headers; only what the last proxies wrote is believed, as many as there are.
"""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from portal.config import Settings


def init_app(app: Flask) -> None:
    settings: Settings = app.config["SETTINGS"]
    if hops := settings.trusted_proxies:
        # The name is looked at afterwards, as any other (``portal.kit.hosts``).
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]  # as Flask says to
